//! What a code is for. A code of one purpose is not valid for another.

use chrono::TimeDelta;
use domain::UserId;
use mailer::Message;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    EmailVerification,
    SignIn,
    ForgetPassword,
    ChangeEmail,
}

impl Purpose {
    /// better-auth's names, in its order.
    pub(super) const NAMES: [&str; 4] =
        ["email-verification", "sign-in", "forget-password", "change-email"];

    fn name(self) -> &'static str {
        match self {
            Self::EmailVerification => "email-verification",
            Self::SignIn => "sign-in",
            Self::ForgetPassword => "forget-password",
            Self::ChangeEmail => "change-email",
        }
    }

    /// The purpose of this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        [Self::EmailVerification, Self::SignIn, Self::ForgetPassword, Self::ChangeEmail]
            .into_iter()
            .find(|purpose| purpose.name() == name)
    }

    /// Under which a code for this lower-case address is stored.
    pub(super) fn identifier(self, address: &str) -> String {
        format!("{}-otp-{address}", self.name())
    }

    /// The mail with a code. `name` is the user's, or empty.
    pub(super) fn message(
        self,
        name: String,
        provider: Option<String>,
        code: String,
        expires_in: TimeDelta,
    ) -> Message {
        match self {
            Self::EmailVerification => {
                Message::VerificationCode { name, provider, code, expires_in }
            }
            Self::SignIn => Message::SignInCode { name, code, expires_in },
            Self::ForgetPassword => Message::ResetCode { name, code, expires_in },
            Self::ChangeEmail => Message::ChangeEmailCode { name, code, expires_in },
        }
    }
}

/// Under which the code for a user's change to this address is stored.
pub(super) fn change_identifier(user: &UserId, new_email: &str) -> String {
    Purpose::ChangeEmail.identifier(&format!("{user}:{new_email}"))
}
