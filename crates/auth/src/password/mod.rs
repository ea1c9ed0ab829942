//! Passwords: how long they must be, how they are stored, how many are hashed at once,
//! and whose wrong ones count together.
//!
//! Endpoints and table: none; the hash stands in the room `account`.
//!
//! Threats: guessing against a stolen table (argon2id), telling known addresses
//! from unknown ones by time (checking works as hard for nobody), a flood of
//! sign-ins that takes every core or all memory (a queue with few places at work,
//! and an end to patience).

mod attempt;
mod decoy;
mod device;
mod error;
mod hash;
pub(crate) mod openapi;
mod strength;

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use domain::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

pub use self::hash::HashForm;
pub(crate) use self::{
    decoy::Decoys,
    device::Devices,
    hash::{Form, PasswordHash},
};
use crate::{
    code::Code,
    error::AuthError,
    password::error::{PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT},
};

/// How long a request waits for its password's turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// How passwords are stored, and how long they must be.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The form of new hashes; others are replaced at the next sign-in.
    /// (`AUTH_PASSWORD_HASH`)
    pub hash: HashForm,
    /// The fewest characters. (`AUTH_PASSWORD_MIN_LENGTH`)
    pub min_length: usize,
    /// The most characters, counted before any hashing.
    /// (`AUTH_PASSWORD_MAX_LENGTH`)
    pub max_length: usize,
    /// How hard to guess a new one must be: zxcvbn's score, 0 to 4.
    /// (`AUTH_PASSWORD_MIN_SCORE`)
    pub min_score: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { hash: HashForm::default(), min_length: 8, max_length: 128, min_score: 0 }
    }
}

/// Whether a password is the one stored.
#[derive(Debug)]
pub(crate) enum Verdict {
    Wrong,
    Right {
        /// New hash to store, if the algorithm or its cost is outdated.
        renewed: Option<PasswordHash>,
    },
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    config: Config,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Passwords {
    pub(crate) fn new(config: Config) -> Self {
        // One core is left to everybody else.
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let places = Semaphore::new(cores.saturating_sub(1).max(1));
        Self { config, places: Arc::new(places), patience: PATIENCE }
    }

    /// Refuses a new password that is too short, too long or too easy to guess.
    pub(crate) fn check_new(&self, password: &SecretString) -> std::result::Result<(), AuthError> {
        self.check_tried(password)?;
        // As it is hashed: however a keyboard composed it, it is as short.
        if length(&hash::normal(password)) < self.config.min_length {
            return Err(PASSWORD_TOO_SHORT.into());
        }
        strength::check(password, self.config.min_score)
    }

    /// Refuses a password that is too long to be anybody's.
    pub(crate) fn check_tried(&self, password: &SecretString) -> std::result::Result<(), Code> {
        if length(password) > self.config.max_length { Err(PASSWORD_TOO_LONG) } else { Ok(()) }
    }

    /// What people are told of how long a new one must be.
    pub(crate) fn lengths(&self) -> String {
        format!("{} to {} characters.", self.config.min_length, self.config.max_length)
    }

    /// Hashes a password. Fails with `SERVICE_UNAVAILABLE` if too many wait.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<PasswordHash> {
        let form = self.config.hash;
        self.in_turn(move || PasswordHash::mint(form, &password)).await
    }

    /// Checks a password against the stored one. Fails with `SERVICE_UNAVAILABLE` if
    /// too many wait.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        stored: PasswordHash,
    ) -> Result<Verdict> {
        let form = self.config.hash;
        self.in_turn(move || {
            if !stored.fits(&password)? {
                return Ok(Verdict::Wrong);
            }
            let outdated = stored.form() != Form::from(form);
            let renewed = outdated.then(|| PasswordHash::mint(form, &password)).transpose()?;
            Ok(Verdict::Right { renewed })
        })
        .await
    }

    /// Takes as long as [`Passwords::verify`] would for a password stored in this
    /// form.
    pub(crate) async fn pretend(&self, password: SecretString, form: Form) -> Result<()> {
        self.in_turn(move || PasswordHash::pretend(form, &password)).await
    }

    /// The form of new hashes.
    pub(crate) fn form(&self) -> Form {
        self.config.hash.into()
    }

    /// Runs `work` on a thread of its own when a place is free. The place stays
    /// taken until the work is done, even if the client has gone.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| Error::Busy)?.map_err(Error::internal)?;
        let done = spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(Error::internal)?
    }
}

/// In UTF-16 units, as JavaScript counts characters.
fn length(password: &SecretString) -> usize {
    password.expose_secret().encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(Config::default())
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
        let verdict = passwords().verify(password.clone(), old.clone()).await.unwrap();
        let Verdict::Right { renewed: Some(new) } = verdict else { panic!("{verdict:?}") };
        assert_eq!(new.form(), Form::Argon2id);
        let verdict = passwords().verify(password, new).await.unwrap();
        assert!(matches!(verdict, Verdict::Right { renewed: None }), "{verdict:?}");
        let verdict = passwords().verify("wrong horse".into(), old).await.unwrap();
        assert!(matches!(verdict, Verdict::Wrong), "{verdict:?}");
    }

    #[tokio::test]
    async fn waiting_for_a_place_has_an_end() {
        let passwords = Passwords { patience: Duration::ZERO, ..passwords() };
        let places = u32::try_from(passwords.places.available_permits()).unwrap();
        let _all = passwords.places.acquire_many(places).await.unwrap();
        let refused = passwords.hash("correct horse".into()).await;
        assert!(matches!(refused, Err(Error::Busy)));
    }
}
