//! The inputs of sign-up and sign-in.

use secrecy::SecretString;

use crate::{
    extract::{Fields, Input},
    session::Lifetime,
    username::UsernameFields,
};

/// The maximum length of a name in characters.
pub(crate) const MAX_NAME_LEN: usize = 300;

/// The body of `sign-up/email`.
pub(super) struct SignUp {
    /// May be empty, as in better-auth.
    pub(super) name: String,
    /// In lower case.
    pub(super) email: String,
    pub(super) password: SecretString,
    pub(super) image: Option<String>,
    /// The page to which the link that verifies the address redirects.
    pub(super) callback_url: Option<String>,
    pub(super) lifetime: Lifetime,
    /// Whether the client requests a role, which is refused after the password's rules.
    pub(super) requests_role: bool,
    /// Whether the client requests a phone number, which must be verified first.
    pub(super) requests_phone_number: bool,
    pub(super) usernames: UsernameFields,
}

impl Input for SignUp {
    const SIGNS_IN: bool = true;
    const EXPECTED: &'static [&'static str] = &["object", "record"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields.stored("name").unwrap_or_default();
        check_name(fields, name);
        let email = fields.claimed_email("email");
        let password = fields.string("password");
        if password == Some("") {
            fields.fail("password", "Too small: expected string to have >=1 characters");
        }
        let image = fields.optional_stored("image");
        let callback_url = fields.optional_string("callbackURL");
        Self {
            name: name.to_owned(),
            email,
            password: password.unwrap_or_default().into(),
            image: image.map(str::to_owned),
            callback_url: callback_url.map(str::to_owned),
            lifetime: lifetime(fields),
            requests_role: fields.is_set("role"),
            requests_phone_number: fields.is_set("phoneNumber"),
            usernames: UsernameFields::read(fields),
        }
    }
}

/// Checks a name that other users will see. Clients send an empty name for users without one.
pub(crate) fn check_name(fields: &mut Fields<'_>, name: &str) {
    fields.stricter(|fields| {
        if name.chars().count() > MAX_NAME_LEN {
            fields.fail("name", "Too big: expected string to have <=300 characters");
        }
        // U+0000 is checked in every text.
        let needs_check = !name.is_empty() && !name.contains('\0');
        if let Some(problem) = needs_check.then(|| domain::name::error_in(name)).flatten() {
            fields.fail("name", &format!("Invalid input: {problem}"));
        }
    });
}

/// The body of `sign-in/email`.
pub(super) struct SignIn {
    /// As typed. The address is checked after the fields.
    pub(super) email: String,
    pub(super) password: SecretString,
    pub(super) callback_url: Option<String>,
    pub(super) lifetime: Lifetime,
}

impl Input for SignIn {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.string("email").unwrap_or_default().to_owned(),
            password: fields.string("password").unwrap_or_default().into(),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
            lifetime: lifetime(fields),
        }
    }
}

/// The optional field `rememberMe`.
pub(crate) fn lifetime(fields: &mut Fields<'_>) -> Lifetime {
    match fields.optional_boolean("rememberMe") {
        Some(false) => Lifetime::BrowserSession,
        _ => Lifetime::Remembered,
    }
}
