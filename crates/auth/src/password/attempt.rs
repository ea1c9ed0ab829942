//! Trying a password.

use secrecy::SecretString;

use super::{PasswordHash, Verdict};
use crate::{
    account,
    context::Context,
    error::AuthError,
    extract::Client,
    limit::{Rule, Taken},
};

const MINUTE: i64 = 60_000;
/// One client's checks, less than an account's: alone, it can shut nobody out.
const OF_A_CLIENT: Rule = Rule::Fixed { length: MINUTE, max: 24 };
/// One account's checks, whoever asks: addresses can be had by the thousand.
const OF_AN_ACCOUNT: Rule = Rule::Fixed { length: MINUTE, max: 40 };

impl Context {
    /// Checks a password that somebody gave for the account of an address; `None` is
    /// an address without one, which takes as long and is limited alike.
    pub(crate) async fn try_password(
        &self,
        email: &str,
        client: &Client,
        password: SecretString,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, AuthError> {
        self.count_password(email, client).await?;
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

    /// Refuses too many checks before any hashing.
    async fn count_password(&self, email: &str, client: &Client) -> Result<(), AuthError> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        for (key, rule) in [
            (format!("password|{}", client.ip), OF_A_CLIENT),
            (limiter.key_of("password-of", email), OF_AN_ACCOUNT),
        ] {
            if let Taken::No { seconds } = limiter.take(self.db.writer(), &key, rule).await? {
                let of_account = rule == OF_AN_ACCOUNT;
                tracing::info!(of_account, "too many passwords tried");
                return Err(AuthError::too_many(seconds));
            }
        }
        Ok(())
    }
}
