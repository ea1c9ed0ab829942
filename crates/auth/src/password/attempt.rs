//! Trying a password.

use secrecy::SecretString;

use super::{PasswordHash, Verdict};
use crate::{context::Context, error::AuthError, extract::Client};

impl Context {
    /// Checks a password that somebody gave for the account of an address; `None` is
    /// an address without one, which takes as long.
    pub(crate) async fn try_password(
        &self,
        _email: &str,
        _client: &Client,
        password: SecretString,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, AuthError> {
        Ok(self.passwords.verify(password, stored).await?)
    }
}
