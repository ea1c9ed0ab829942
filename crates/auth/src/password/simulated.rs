//! How long the check of a password takes when no user has the address.
//!
//! The time of a check depends on the form of the stored hash. After a database was taken over
//! from another server, some hashes still have their old form, which may take four times as
//! long. If an unknown address always took the time of the configured form, a slow response
//! would reveal a known address. Therefore each unknown address has a form, too: always the
//! same one, drawn under the service's secret in the proportion of the stored forms.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use crypto::{Secrets, Signer};

use super::Form;

/// How long a sample of the stored forms is used.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);

/// Draws the forms of unknown addresses.
pub(crate) struct SimulatedForms {
    signer: Signer,
    sample: Mutex<Sample>,
}

#[derive(Default)]
struct Sample {
    forms: Vec<Form>,
    until: Option<DateTime<Utc>>,
}

impl SimulatedForms {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self { signer: Signer::new(secrets), sample: Mutex::default() }
    }

    /// Whether the sample has to be read again.
    pub(super) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        let sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        sample.until.is_none_or(|until| until <= now || until > now + MAX_AGE)
    }

    /// Replaces the sample of the stored forms.
    pub(super) fn learn(&self, forms: Vec<Form>, now: DateTime<Utc>) {
        let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        *sample = Sample { forms, until: Some(now + MAX_AGE) };
    }

    /// The form of an unknown address; `usual` is the form of new passwords.
    pub(super) fn form(&self, email: &str, usual: Form) -> Form {
        let drawn = self.signer.signature(&format!("decoy:{email}"));
        let drawn = drawn
            .bytes()
            .fold(0_usize, |sum, byte| sum.wrapping_mul(64).wrapping_add(usize::from(byte)));
        let sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let index = drawn.checked_rem(sample.forms.len());
        index.and_then(|index| sample.forms.get(index)).copied().unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_addresses_have_forms_in_the_proportion_of_the_known_ones() {
        let forms = SimulatedForms::new(&Secrets::single("a secret of tests".into()));
        let now = DateTime::UNIX_EPOCH;
        assert!(forms.is_stale(now));
        assert_eq!(forms.form("nobody@example.com", Form::Argon2id), Form::Argon2id);

        let quarter = [Form::Scrypt, Form::Argon2id, Form::Argon2id, Form::Argon2id];
        forms.learn(quarter.repeat(20), now);
        assert!(!forms.is_stale(now) && forms.is_stale(now + MAX_AGE));
        let form = |i| forms.form(&format!("nobody{i}@example.com"), Form::Argon2id);
        let scrypt = (0..1_000).filter(|i| form(*i) == Form::Scrypt).count();
        assert!((180..320).contains(&scrypt), "{scrypt}");
        assert!((0..100).all(|i| form(i) == form(i)));
    }
}
