//! Trying a password.

use domain::SessionId;
use secrecy::SecretString;

use super::{PasswordHash, Verdict};
use crate::{
    account::{self, Candidate},
    context::Context,
    error::AuthError,
    extract::Client,
    limit::{Failures, Taken},
};

/// What one address may get wrong in a minute: three of them shut nobody out.
const OF_AN_ADDRESS: u32 = 12;
/// What strangers may get wrong for one account, whoever they are: addresses can be had by
/// the thousand.
const OF_AN_ACCOUNT: u32 = 40;
/// What one session or one known device may get wrong. No stranger uses it up.
const OF_ONE: u32 = 10;

impl Context {
    /// Checks a password that somebody gave to sign in with an address. `None` is an
    /// address without one, which takes as long and is limited alike. `device` is what the
    /// cookie of a known device says.
    pub(crate) async fn try_to_sign_in(
        &self,
        email: &str,
        client: &Client,
        device: Option<&str>,
        password: SecretString,
        candidate: Option<&Candidate>,
    ) -> Result<Verdict, AuthError> {
        let device = candidate.zip(device).and_then(|(Candidate { user, hash }, cookie)| {
            self.devices.recognise(cookie, &user.id, hash)
        });
        let failures = match device {
            Some(device) => vec![of_one("device", device)],
            None => self.of_strangers(email, client),
        };
        let stored = candidate.map(|candidate| candidate.hash.clone());
        self.try_password(&failures, email, password, stored).await
    }

    /// Checks the password of somebody who is signed in.
    pub(crate) async fn try_own_password(
        &self,
        session: &SessionId,
        email: &str,
        password: SecretString,
        stored: PasswordHash,
    ) -> Result<Verdict, AuthError> {
        let failures = [of_one("session", session.as_str())];
        self.try_password(&failures, email, password, Some(stored)).await
    }

    /// What whoever is not known may get wrong.
    fn of_strangers(&self, email: &str, client: &Client) -> Vec<Failures> {
        let of_networks = client.networks.iter().map(|network| Failures {
            key: format!("password|{}", network.text),
            max: OF_AN_ADDRESS * network.worth,
        });
        let of_account = self.limiter.iter().map(|limiter| Failures {
            key: limiter.key_of("password-of", email),
            max: OF_AN_ACCOUNT,
        });
        of_networks.chain(of_account).collect()
    }

    /// Refuses too many wrong ones before any hashing. A password counts as wrong until it
    /// is known not to be.
    async fn try_password(
        &self,
        failures: &[Failures],
        email: &str,
        password: SecretString,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, AuthError> {
        let Some(limiter) = &self.limiter else {
            return self.check_password(email, password, stored).await;
        };
        let writer = self.db.writer();
        if let Taken::No { seconds } = limiter.take_all(writer, failures).await? {
            tracing::info!("too many wrong passwords");
            return Err(AuthError::too_many(seconds));
        }
        let verdict = self.check_password(email, password, stored).await;
        if !matches!(verdict, Ok(Verdict::Wrong)) {
            limiter.give_back(writer, failures).await?;
        }
        verdict
    }

    async fn check_password(
        &self,
        email: &str,
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

/// What a session or a device may get wrong.
fn of_one(what: &str, id: &str) -> Failures {
    Failures { key: format!("password-{what}|{id}"), max: OF_ONE }
}
