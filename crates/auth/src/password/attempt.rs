//! Trying a password.

use domain::{Result, UserId};
use secrecy::SecretString;

use super::{PasswordHash, Verdict};
use crate::{
    account::{self, Candidate},
    audit::{Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    limit::Failures,
    session::CurrentSession,
};

/// Wrong passwords per minute from one IP address. A few typing errors lock nobody out.
const MAX_PER_IP: u32 = 12;
/// Wrong passwords per minute for one account, from all unknown clients together: one
/// attacker may have thousands of IP addresses.
const MAX_PER_ACCOUNT: u32 = 40;
/// Wrong passwords per minute of one session or one known device. No unknown client counts
/// towards it.
const MAX_PER_SESSION_OR_DEVICE: u32 = 10;
/// How the audit tells that a limit was reached.
const TOO_MANY: Outcome = Outcome::Refused("TOO_MANY_WRONG_PASSWORDS");

impl Context {
    /// Checks the password of a sign-in. `candidate` is the user with this e-mail address and
    /// their hash. `None`: no user with a password has this e-mail address; the check takes as
    /// long, and the same limits apply. `devices` are the values of the cookies of known devices.
    pub(crate) async fn try_to_sign_in(
        &self,
        email: &str,
        client: &Client,
        devices: &[String],
        password: SecretString,
        candidate: Option<&Candidate>,
    ) -> Result<Verdict, AuthError> {
        let device = candidate.and_then(|Candidate { user, hash }| {
            let mut known = devices.iter();
            known.find_map(|cookie| self.devices.recognise(cookie, &user.id, hash))
        });
        let failures = match device {
            Some(device) => vec![limit_of("device", device)],
            None => self.limits_of_unknown_client(email, client),
        };
        let stored = candidate.map(|candidate| candidate.hash.clone());
        let subject = candidate.map(|candidate| &candidate.user.id);
        // Noted of an address that nobody has, too: the time tells nothing.
        let note = async || {
            warn(subject);
            let (writer, action) = (self.db.writer(), Action::SignIn);
            self.audit_nobody(writer, action, subject, client, TOO_MANY).await
        };
        self.try_password(&failures, email, password, stored, note).await
    }

    /// Checks the password of somebody who is signed in, which `action` needs.
    pub(crate) async fn try_own_password(
        &self,
        action: Action,
        current: &CurrentSession,
        client: &Client,
        password: SecretString,
        stored: PasswordHash,
    ) -> Result<Verdict, AuthError> {
        let CurrentSession { session, user, .. } = current;
        let failures = [limit_of("session", session.id.as_str())];
        let note = async || {
            warn(Some(&user.id));
            self.audit(self.db.writer(), action, &user.id, client, TOO_MANY).await
        };
        self.try_password(&failures, &user.email, password, Some(stored), note).await
    }

    /// The limits of a client that is no known device: per IP address and network, and per
    /// account.
    fn limits_of_unknown_client(&self, email: &str, client: &Client) -> Vec<Failures> {
        let of_networks = client.networks.iter().map(|network| Failures {
            key: format!("password|{}", network.text),
            max: MAX_PER_IP * network.weight,
        });
        let of_account = self.limiter.iter().map(|limiter| Failures {
            key: limiter.key_of("password-of", email),
            max: MAX_PER_ACCOUNT,
        });
        of_networks.chain(of_account).collect()
    }

    /// Refuses the attempt before any hashing, if a limit is reached. Counts a failure
    /// before checking and takes it back on success, so that parallel attempts cannot exceed
    /// the limit. `note` leaves a note of the refusal.
    async fn try_password(
        &self,
        failures: &[Failures],
        email: &str,
        password: SecretString,
        stored: Option<PasswordHash>,
        note: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<Verdict, AuthError> {
        let Some(limiter) = &self.limiter else {
            return self.check_password(email, password, stored).await;
        };
        let counted = match limiter.consume(&self.db, failures).await? {
            Ok(counted) => counted,
            Err(seconds) => {
                note().await?;
                return Err(AuthError::too_many(seconds));
            }
        };
        let verdict = self.check_password(email, password, stored).await;
        if !matches!(verdict, Ok(Verdict::Wrong)) {
            limiter.refund(&self.db, failures, counted).await?;
        }
        verdict
    }

    /// Compares the password with the stored hash, or with a dummy hash when there is none, so
    /// that both take as long.
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

/// Says whose password is tried too often.
fn warn(user: Option<&UserId>) {
    tracing::warn!(user_id = user.map(UserId::as_str), "too many wrong passwords");
}

/// The limit of one session or one known device.
fn limit_of(what: &str, id: &str) -> Failures {
    Failures { key: format!("password-{what}|{id}"), max: MAX_PER_SESSION_OR_DEVICE }
}
