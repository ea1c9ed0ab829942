//! The inputs of the routes. As in better-auth, addresses are checked after the fields.

use secrecy::SecretString;

use super::purpose::Purpose;
use crate::{
    email_password::check_name,
    extract::{Fields, Input},
    mailbox::Profile,
};

/// An address, and what a code for it would do.
pub(super) struct Send {
    pub(super) email: String,
    /// `None` for an invalid one, which is refused.
    pub(super) purpose: Option<Purpose>,
}

impl Input for Send {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: text(fields, "email"),
            purpose: Purpose::of_name(fields.one_of("type", &Purpose::NAMES)),
        }
    }
}

pub(super) struct Check {
    pub(super) email: String,
    pub(super) purpose: Option<Purpose>,
    pub(super) otp: String,
}

impl Input for Check {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: text(fields, "email"),
            purpose: Purpose::of_name(fields.one_of("type", &Purpose::NAMES)),
            otp: text(fields, "otp"),
        }
    }
}

pub(super) struct VerifyEmail {
    pub(super) email: String,
    pub(super) otp: String,
}

impl Input for VerifyEmail {
    /// It signs in where a setting says so.
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { email: text(fields, "email"), otp: text(fields, "otp") }
    }
}

pub(super) struct SignIn {
    pub(super) email: String,
    pub(super) otp: String,
    pub(super) profile: Profile,
    /// Whether the client requests a role, which is refused for a new user.
    pub(super) requests_role: bool,
}

impl Input for SignIn {
    const SIGNS_IN: bool = true;
    const EXPECTED: &'static [&'static str] = &["object", "record"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let (email, otp) = (text(fields, "email"), text(fields, "otp"));
        let name = fields.optional_stored("name").unwrap_or_default().to_owned();
        check_name(fields, &name);
        let image = fields.optional_stored("image").map(str::to_owned);
        let requests_role = fields.is_set("role");
        Self { email, otp, profile: Profile { name, image }, requests_role }
    }
}

pub(super) struct RequestReset {
    pub(super) email: String,
}

impl Input for RequestReset {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { email: text(fields, "email") }
    }
}

pub(super) struct Reset {
    pub(super) email: String,
    pub(super) otp: String,
    pub(super) password: SecretString,
}

impl Input for Reset {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: text(fields, "email"),
            otp: text(fields, "otp"),
            password: fields.string("password").unwrap_or_default().into(),
        }
    }
}

pub(super) struct RequestChange {
    pub(super) new_email: String,
    /// The code of the current address.
    pub(super) otp: Option<String>,
}

impl Input for RequestChange {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            new_email: text(fields, "newEmail"),
            otp: fields.optional_string("otp").map(str::to_owned),
        }
    }
}

pub(super) struct Change {
    pub(super) new_email: String,
    pub(super) otp: String,
}

impl Input for Change {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { new_email: text(fields, "newEmail"), otp: text(fields, "otp") }
    }
}

fn text(fields: &mut Fields<'_>, name: &str) -> String {
    fields.string(name).unwrap_or_default().to_owned()
}
