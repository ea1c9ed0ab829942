//! The kinds of messages by SMS.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::sanitize::humanize;

/// A message to one phone number. Codes are secrets: `Debug` shows the kind only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Sms {
    /// A code that verifies a phone number, and signs in.
    PhoneVerification {
        /// The code.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
    /// A code that resets a forgotten password.
    PhonePasswordReset {
        /// The code.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
    /// A code that is the second factor of a sign-in.
    TwoFactorCode {
        /// The code.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
}

impl Sms {
    /// The kind's stable name, for logs, the table and the webhook.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PhoneVerification { .. } => "phone-verification",
            Self::PhonePasswordReset { .. } => "phone-password-reset",
            Self::TwoFactorCode { .. } => "two-factor-code",
        }
    }

    /// How long the code is valid after the message was enqueued. Later the message is not sent.
    pub(crate) fn expires_in(&self) -> TimeDelta {
        match self {
            Self::PhoneVerification { expires_in, .. }
            | Self::PhonePasswordReset { expires_in, .. }
            | Self::TwoFactorCode { expires_in, .. } => *expires_in,
        }
    }

    /// The text. The code comes first: phones show it without opening the message.
    pub(crate) fn text(&self, product: &str) -> String {
        let lifetime = humanize(self.expires_in());
        match self {
            Self::PhoneVerification { code, .. } => {
                format!(
                    "{code} is your {product} code, valid for {lifetime}. Share it with nobody."
                )
            }
            Self::PhonePasswordReset { code, .. } => format!(
                "{code} resets your {product} password, valid for {lifetime}. If you did not \
                 request it, ignore it."
            ),
            Self::TwoFactorCode { code, .. } => format!(
                "{code} is your {product} sign-in code, valid for {lifetime}. Share it with nobody."
            ),
        }
    }
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sms({})", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_kind() -> [Sms; 3] {
        let (code, expires_in) = (|| "012345".to_owned(), TimeDelta::minutes(5));
        [
            Sms::PhoneVerification { code: code(), expires_in },
            Sms::PhonePasswordReset { code: code(), expires_in },
            Sms::TwoFactorCode { code: code(), expires_in },
        ]
    }

    #[test]
    fn a_message_is_stored_under_the_name_of_its_kind() {
        for message in every_kind() {
            let stored = serde_json::to_value(&message).unwrap();
            assert_eq!(stored["kind"], message.kind());
            assert_eq!(serde_json::from_value::<Sms>(stored).unwrap(), message);
            assert_eq!(format!("{message:?}"), format!("Sms({})", message.kind()));
        }
    }

    #[test]
    fn a_text_is_one_sms_that_begins_with_the_code() {
        for message in every_kind() {
            let text = message.text(&"x".repeat(60));
            assert!(text.starts_with("012345 ") && text.contains("5 minutes"), "{text}");
            assert!(text.is_ascii() && text.len() <= 160, "{} {text}", text.len());
        }
    }
}
