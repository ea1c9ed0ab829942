//! The states of a mail.

use std::fmt;

/// The state of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for an attempt, or is being sent.
    Waiting,
    /// A server accepted it.
    Sent,
    /// Given up. Administrators can list and retry it.
    Failed,
    /// In the development mailbox.
    Delivered,
    /// Written only for the time that it takes. The worker deletes it, and never sends it.
    Simulated,
}

impl State {
    const ALL: [Self; 5] =
        [Self::Waiting, Self::Sent, Self::Failed, Self::Delivered, Self::Simulated];

    /// The name in the table, which never changes: processes of two versions share the rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Simulated => "decoy",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` aligns it in tables.
        f.pad(self.as_str())
    }
}
