//! The kinds of mails.

mod subject;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The content of a mail to one user, without the address. Links and codes are secrets: `Debug` shows
/// the kind only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Message {
    /// Verifies the address of a new user.
    Verification {
        /// The user's name, not sanitized.
        name: String,
        /// The name of the provider, if the user signed up with an account there.
        #[serde(default)]
        provider: Option<String>,
        /// The link of the button.
        url: String,
        /// How long the link is valid; `None` is for ever.
        expires_in: Option<TimeDelta>,
    },
    /// Resets a forgotten password.
    Reset {
        /// The user's name, not sanitized.
        name: String,
        /// The link of the button.
        url: String,
        /// How long the link is valid; `None` is for ever.
        expires_in: Option<TimeDelta>,
    },
    /// To the old address: asks to confirm the change of the address.
    ChangeEmailConfirmation {
        /// The user's name, not sanitized.
        name: String,
        /// The requested address.
        new_email: String,
        /// The link of the button.
        url: String,
        /// How long the link is valid; `None` is for ever.
        expires_in: Option<TimeDelta>,
    },
    /// To the new address: verifies it.
    ChangeEmailVerification {
        /// The user's name, not sanitized.
        name: String,
        /// The link of the button.
        url: String,
        /// How long the link is valid; `None` is for ever.
        expires_in: Option<TimeDelta>,
    },
    /// Asks to confirm the deletion of the account.
    DeleteAccount {
        /// The user's name, not sanitized.
        name: String,
        /// The link of the button.
        url: String,
        /// How long the link is valid; `None` is for ever.
        expires_in: Option<TimeDelta>,
    },
    /// Welcomes a new user.
    Welcome {
        /// The user's name, not sanitized.
        name: String,
    },
    /// A password was changed, possibly by an attacker.
    PasswordChanged {
        /// The user's name, not sanitized.
        name: String,
    },
    /// The phone number was added, changed or removed, possibly by an attacker.
    PhoneNumberChanged {
        /// The user's name, not sanitized.
        name: String,
    },
    /// To the old address, which was never verified: another one was requested.
    EmailChangeRequested {
        /// The user's name, not sanitized.
        name: String,
        /// The requested address.
        new_email: String,
    },
    /// To the old address: the change was confirmed by the link mailed there.
    EmailChangeConfirmed {
        /// The user's name, not sanitized.
        name: String,
        /// The requested address.
        new_email: String,
    },
    /// To the old address: the account has a new one.
    EmailChanged {
        /// The user's name, not sanitized.
        name: String,
        /// The new address.
        new_email: String,
    },
    /// A sign-up was attempted with the address of an account.
    AccountExists {
        /// The user's name, not sanitized.
        name: String,
    },
    /// The one-time code that is the second factor of a sign-in.
    TwoFactorCode {
        /// The user's name, not sanitized.
        name: String,
        /// The digits.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
    /// Signs in, with a link.
    MagicLink {
        /// The user's name, not sanitized; empty for an address without a user.
        name: String,
        /// The link of the button.
        url: String,
        /// How long the link is valid.
        expires_in: TimeDelta,
    },
    /// Signs in, with a code.
    SignInCode {
        /// The user's name, not sanitized; empty for an address without a user.
        name: String,
        /// The digits.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
    /// Verifies the address of a user, with a code.
    VerificationCode {
        /// The user's name, not sanitized.
        name: String,
        /// The name of the provider, if the user signed up with an account there.
        #[serde(default)]
        provider: Option<String>,
        /// The digits.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
    /// Resets a forgotten password, with a code.
    ResetCode {
        /// The user's name, not sanitized.
        name: String,
        /// The digits.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
    /// To the new address: verifies it, with a code.
    ChangeEmailCode {
        /// The user's name, not sanitized.
        name: String,
        /// The digits.
        code: String,
        /// How long the code is valid.
        expires_in: TimeDelta,
    },
}

impl Message {
    /// The kind's stable name, for logs and the table.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Verification { .. } => "verification",
            Self::Reset { .. } => "reset",
            Self::ChangeEmailConfirmation { .. } => "change-email-confirmation",
            Self::ChangeEmailVerification { .. } => "change-email-verification",
            Self::DeleteAccount { .. } => "delete-account",
            Self::Welcome { .. } => "welcome",
            Self::PasswordChanged { .. } => "password-changed",
            Self::PhoneNumberChanged { .. } => "phone-number-changed",
            Self::EmailChangeRequested { .. } => "email-change-requested",
            Self::EmailChangeConfirmed { .. } => "email-change-confirmed",
            Self::EmailChanged { .. } => "email-changed",
            Self::AccountExists { .. } => "account-exists",
            Self::MagicLink { .. } => "magic-link",
            Self::SignInCode { .. } => "sign-in-code",
            Self::VerificationCode { .. } => "verification-code",
            Self::ResetCode { .. } => "reset-code",
            Self::ChangeEmailCode { .. } => "change-email-code",
            Self::TwoFactorCode { .. } => "two-factor-code",
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Verification { name, .. }
            | Self::Reset { name, .. }
            | Self::ChangeEmailConfirmation { name, .. }
            | Self::ChangeEmailVerification { name, .. }
            | Self::DeleteAccount { name, .. }
            | Self::Welcome { name }
            | Self::PasswordChanged { name }
            | Self::PhoneNumberChanged { name }
            | Self::EmailChangeRequested { name, .. }
            | Self::EmailChangeConfirmed { name, .. }
            | Self::EmailChanged { name, .. }
            | Self::AccountExists { name }
            | Self::MagicLink { name, .. }
            | Self::SignInCode { name, .. }
            | Self::VerificationCode { name, .. }
            | Self::ResetCode { name, .. }
            | Self::ChangeEmailCode { name, .. }
            | Self::TwoFactorCode { name, .. } => name,
        }
    }

    pub(crate) fn new_email(&self) -> Option<&str> {
        match self {
            Self::ChangeEmailConfirmation { new_email, .. }
            | Self::EmailChangeRequested { new_email, .. }
            | Self::EmailChangeConfirmed { new_email, .. }
            | Self::EmailChanged { new_email, .. } => Some(new_email),
            _ => None,
        }
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        match self {
            Self::Verification { provider, .. } | Self::VerificationCode { provider, .. } => {
                provider.as_deref()
            }
            _ => None,
        }
    }

    /// The link, and how long it is valid.
    pub(crate) fn link(&self) -> Option<(&str, Option<TimeDelta>)> {
        match self {
            Self::Verification { url, expires_in, .. }
            | Self::Reset { url, expires_in, .. }
            | Self::ChangeEmailConfirmation { url, expires_in, .. }
            | Self::ChangeEmailVerification { url, expires_in, .. }
            | Self::DeleteAccount { url, expires_in, .. } => Some((url, *expires_in)),
            Self::MagicLink { url, expires_in, .. } => Some((url, Some(*expires_in))),
            Self::Welcome { .. }
            | Self::PasswordChanged { .. }
            | Self::PhoneNumberChanged { .. }
            | Self::EmailChangeRequested { .. }
            | Self::EmailChangeConfirmed { .. }
            | Self::EmailChanged { .. }
            | Self::AccountExists { .. }
            | Self::SignInCode { .. }
            | Self::VerificationCode { .. }
            | Self::ResetCode { .. }
            | Self::ChangeEmailCode { .. }
            | Self::TwoFactorCode { .. } => None,
        }
    }

    /// The one-time code, and how long it is valid.
    pub(crate) fn code(&self) -> Option<(&str, TimeDelta)> {
        match self {
            Self::SignInCode { code, expires_in, .. }
            | Self::VerificationCode { code, expires_in, .. }
            | Self::ResetCode { code, expires_in, .. }
            | Self::ChangeEmailCode { code, expires_in, .. }
            | Self::TwoFactorCode { code, expires_in, .. } => Some((code, *expires_in)),
            _ => None,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({})", self.kind())
    }
}
