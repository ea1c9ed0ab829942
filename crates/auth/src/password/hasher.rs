//! Hashing and checking passwords, a few at a time.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use domain::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::{
    Comparison, Config, Form, PasswordHash,
    error::{PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT},
    hash, strength,
};
use crate::{breach_check::BreachCheck, error::AuthError, error_code::ErrorCode};

/// How long a request waits for a hashing permit.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The result of comparing a password with the stored one.
#[derive(Debug)]
pub(crate) enum Verdict {
    Wrong,
    Right {
        /// The new hash to store, if the form of the stored one is outdated.
        renewed: Option<PasswordHash>,
    },
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    config: Config,
    /// `None` if new passwords are not checked for breaches.
    breach_check: Option<BreachCheck>,
    permits: Arc<Semaphore>,
    max_wait: Duration,
}

impl Passwords {
    pub(crate) fn new(config: Config, breach_check: Option<BreachCheck>) -> Self {
        // One core is left for everything else.
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let permits = Semaphore::new(cores.saturating_sub(1).max(1));
        Self { config, breach_check, permits: Arc::new(permits), max_wait: MAX_WAIT }
    }

    /// Refuses a new password that is too short, too long or too easy to guess.
    pub(crate) fn check_new(&self, password: &SecretString) -> std::result::Result<(), AuthError> {
        self.check_tried(password)?;
        // Normalized as for hashing, so that the length does not depend on how a keyboard
        // composed the characters.
        if length(&hash::normal(password)) < self.config.min_length {
            return Err(PASSWORD_TOO_SHORT.into());
        }
        strength::check(password, self.config.min_score)
    }

    /// Refuses a password that is too long to belong to any user.
    pub(crate) fn check_tried(
        &self,
        password: &SecretString,
    ) -> std::result::Result<(), ErrorCode> {
        if length(password) > self.config.max_length { Err(PASSWORD_TOO_LONG) } else { Ok(()) }
    }

    /// The allowed lengths as a sentence for users.
    pub(crate) fn lengths(&self) -> String {
        format!("{} to {} characters.", self.config.min_length, self.config.max_length)
    }

    /// Hashes a new password. Refuses a breached one, if the settings say so. Fails with
    /// `SERVICE_UNAVAILABLE` if too many requests wait.
    pub(crate) async fn hash(
        &self,
        password: SecretString,
    ) -> std::result::Result<PasswordHash, AuthError> {
        if let Some(breach_check) = &self.breach_check {
            breach_check.check(&password).await?;
        }
        let form = self.config.hash;
        Ok(self.in_turn(move || PasswordHash::mint(form, &password)).await?)
    }

    /// Compares a password with a stored hash, or does the same work for a user who does not
    /// exist. Fails with `SERVICE_UNAVAILABLE` if too many requests wait.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        comparison: Comparison,
    ) -> Result<Verdict> {
        let form = self.config.hash;
        self.in_turn(move || {
            if !comparison.matches(&password)? {
                return Ok(Verdict::Wrong);
            }
            let outdated = comparison.form() != Form::from(form);
            let renewed = outdated.then(|| PasswordHash::mint(form, &password)).transpose()?;
            Ok(Verdict::Right { renewed })
        })
        .await
    }

    /// The form of new hashes.
    pub(crate) fn form(&self) -> Form {
        self.config.hash.into()
    }

    /// Runs `work` on a thread of its own when a permit is free. The permit is held until the
    /// work is done, even if the client has disconnected.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = timeout(self.max_wait, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| Error::Busy)?.map_err(Error::internal)?;
        let done = spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(Error::internal)?
    }
}

/// The length in UTF-16 units, as JavaScript counts characters.
fn length(password: &SecretString) -> usize {
    password.expose_secret().encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::{Comparison::User, HashForm};

    fn passwords() -> Passwords {
        Passwords::new(Config::default(), None)
    }

    #[test]
    fn lengths_are_counted_as_javascript_counts() {
        let name = |result: std::result::Result<(), AuthError>| match result {
            Err(AuthError::Refused(refusal)) => refusal.code,
            _ => None,
        };
        for (password, refusal) in [
            ("x".repeat(7), Some("PASSWORD_TOO_SHORT")),
            ("x".repeat(8), None),
            ("\u{1f40e}".repeat(4), None),
            ("e\u{301}".repeat(4), Some("PASSWORD_TOO_SHORT")),
            ("e\u{301}".repeat(8), None),
            ("x".repeat(128), None),
            ("x".repeat(129), Some("PASSWORD_TOO_LONG")),
            ("\u{1f40e}".repeat(65), Some("PASSWORD_TOO_LONG")),
        ] {
            assert_eq!(
                name(passwords().check_new(&password.clone().into())),
                refusal,
                "{password}"
            );
        }
        assert!(passwords().check_tried(&"".into()).is_ok());
    }

    #[tokio::test]
    async fn a_right_password_in_another_form_is_renewed() {
        let password = SecretString::from("correct horse");
        let old = PasswordHash::mint(HashForm::Scrypt, &password).unwrap();
        let verdict = passwords().verify(password.clone(), User(old.clone())).await.unwrap();
        let Verdict::Right { renewed: Some(new) } = verdict else { panic!("{verdict:?}") };
        assert_eq!(new.form(), Form::Argon2id);
        let verdict = passwords().verify(password, User(new)).await.unwrap();
        assert!(matches!(verdict, Verdict::Right { renewed: None }), "{verdict:?}");
        let verdict = passwords().verify("wrong horse".into(), User(old)).await.unwrap();
        assert!(matches!(verdict, Verdict::Wrong), "{verdict:?}");
    }

    #[tokio::test]
    async fn waiting_for_a_permit_has_an_end() {
        let passwords = Passwords { max_wait: Duration::ZERO, ..passwords() };
        let permits = u32::try_from(passwords.permits.available_permits()).unwrap();
        let _all = passwords.permits.acquire_many(permits).await.unwrap();
        let refused = passwords.hash("correct horse".into()).await;
        let Err(AuthError::Refused(refusal)) = refused else { panic!("hashed") };
        assert_eq!(refusal.code, Some("SERVICE_UNAVAILABLE"));
    }
}
