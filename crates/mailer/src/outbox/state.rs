//! What may become of a mail.

use std::fmt;

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its first or next attempt, or is being sent.
    Waiting,
    /// A server took it.
    Sent,
    /// It was given up, and stays to be seen and retried.
    Failed,
    /// It stands in the development mailbox.
    Delivered,
    /// It is for nobody and about to be removed.
    Decoy,
}

impl State {
    const ALL: [Self; 5] = [Self::Waiting, Self::Sent, Self::Failed, Self::Delivered, Self::Decoy];

    /// The name in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Decoy => "decoy",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Padded where a table asks for it.
        f.pad(self.as_str())
    }
}
