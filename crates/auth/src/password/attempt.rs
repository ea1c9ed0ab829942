//! Trying a password.

use secrecy::SecretString;

use super::{PasswordHash, Verdict};
use crate::{account, context::Context, error::AuthError, extract::Client};

impl Context {
    /// Checks a password that somebody gave for the account of an address; `None` is
    /// an address without one, which takes as long.
    pub(crate) async fn try_password(
        &self,
        email: &str,
        _client: &Client,
        password: SecretString,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, AuthError> {
        let now = self.clock.now();
        if self.decoys.is_stale(now) {
            self.decoys.learn(account::password_forms(self.db.reader()).await?, now);
        }
        let Some(stored) = stored else {
            let form = self.decoys.form(email, self.passwords.form());
            self.passwords.pretend(password, form).await?;
            return Ok(Verdict::Wrong);
        };
        Ok(self.passwords.verify(password, stored).await?)
    }
}
