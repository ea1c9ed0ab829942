//! The inputs of the module's routes.

use secrecy::SecretString;

use crate::{
    email_password::lifetime,
    extract::{Fields, Input},
    session::Lifetime,
};

/// The body of `sign-in/phone-number`.
pub(super) struct SignIn {
    pub(super) number: String,
    pub(super) password: SecretString,
    pub(super) lifetime: Lifetime,
}

impl Input for SignIn {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            number: text(fields, "phoneNumber"),
            password: fields.string("password").unwrap_or_default().into(),
            lifetime: lifetime(fields),
        }
    }
}

/// The body of `phone-number/send-otp` and `phone-number/request-password-reset`.
pub(super) struct Send {
    pub(super) number: String,
}

impl Input for Send {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { number: text(fields, "phoneNumber") }
    }
}

/// The body of `phone-number/verify`.
pub(super) struct Verify {
    pub(super) number: String,
    pub(super) code: String,
    /// Whether no session begins.
    pub(super) without_session: bool,
    /// Whether the number becomes that of the session's user.
    pub(super) updates: bool,
}

impl Input for Verify {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            number: text(fields, "phoneNumber"),
            code: text(fields, "code"),
            without_session: fields.optional_boolean("disableSession").unwrap_or_default(),
            updates: fields.optional_boolean("updatePhoneNumber").unwrap_or_default(),
        }
    }
}

/// The body of `phone-number/reset-password`.
pub(super) struct Reset {
    pub(super) otp: String,
    pub(super) number: String,
    pub(super) password: SecretString,
}

impl Input for Reset {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            otp: text(fields, "otp"),
            number: text(fields, "phoneNumber"),
            password: fields.string("newPassword").unwrap_or_default().into(),
        }
    }
}

fn text(fields: &mut Fields<'_>, name: &str) -> String {
    fields.string(name).unwrap_or_default().to_owned()
}
