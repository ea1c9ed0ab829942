//! The inputs of the routes.

use crate::{
    email_password::check_name,
    extract::{Fields, Input},
};

/// The body of `sign-in/magic-link`.
pub(super) struct Request {
    pub(super) email: String,
    /// The name of a new user.
    pub(super) name: Option<String>,
    pub(super) callback_url: Option<String>,
    pub(super) new_user_callback_url: Option<String>,
    pub(super) error_callback_url: Option<String>,
}

impl Input for Request {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.claimed_email("email");
        let name = fields.optional_stored("name");
        check_name(fields, name.unwrap_or_default());
        let mut url = |name| fields.optional_string(name).map(str::to_owned);
        let callback_url = url("callbackURL");
        let new_user_callback_url = url("newUserCallbackURL");
        let error_callback_url = url("errorCallbackURL");
        // For the function of a Node server that sends the mail.
        fields.optional_record("metadata");
        let name = name.map(str::to_owned);
        Self { email, name, callback_url, new_user_callback_url, error_callback_url }
    }
}

/// The query of a link, or the form of its page.
pub(super) struct Verify {
    pub(super) token: String,
    callback_url: Option<String>,
    error_callback_url: Option<String>,
    new_user_callback_url: Option<String>,
}

impl Input for Verify {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let token = fields.string("token").unwrap_or_default().to_owned();
        let mut url = |name| fields.optional_string(name).map(str::to_owned);
        let callback_url = url("callbackURL");
        let error_callback_url = url("errorCallbackURL");
        let new_user_callback_url = url("newUserCallbackURL");
        Self { token, callback_url, error_callback_url, new_user_callback_url }
    }
}

impl Verify {
    /// Where a user continues who signed in.
    pub(super) fn callback(&self) -> Option<&str> {
        given(self.callback_url.as_ref())
    }

    /// Where a new user continues.
    pub(super) fn new_user_callback(&self) -> Option<&str> {
        given(self.new_user_callback_url.as_ref()).or_else(|| self.callback())
    }

    /// Where a user continues who did not sign in.
    pub(super) fn error_callback(&self) -> Option<&str> {
        given(self.error_callback_url.as_ref()).or_else(|| self.callback())
    }

    /// The targets that were given, with their names.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let targets = [
            ("callbackURL", &self.callback_url),
            ("newUserCallbackURL", &self.new_user_callback_url),
            ("errorCallbackURL", &self.error_callback_url),
        ];
        targets.into_iter().filter_map(|(name, url)| Some((name, given(url.as_ref())?)))
    }
}

fn given(url: Option<&String>) -> Option<&str> {
    url.map(String::as_str).filter(|url| !url.is_empty())
}
