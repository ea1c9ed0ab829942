//! How a message reaches its recipient.

/// How a message reaches its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By mail, to an address.
    Mail,
    /// By SMS, to a phone number.
    Sms,
}

impl Channel {
    pub(crate) const ALL: [Self; 2] = [Self::Mail, Self::Sms];

    /// The name in the table, which never changes: processes of two versions share the rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }
}
