//! How long it takes to refuse an address that nobody has.
//!
//! Checking a password takes as long as the form in which it is stored: after a
//! database was taken over, some users' passwords are still in the old form, which may
//! take four times as long. If refusing an unknown address always took the time of
//! the configured form, a slow answer would tell that the address is known. So each
//! unknown address has a form, too: always the same one, drawn under the service's
//! secret in the proportion of the stored forms.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use crypto::{Secrets, Signer};

use super::Form;

/// How long the proportion of the forms is believed.
const BELIEVED: TimeDelta = TimeDelta::minutes(10);

/// Draws forms for unknown addresses.
pub(crate) struct Decoys {
    signer: Signer,
    sample: Mutex<Sample>,
}

#[derive(Default)]
struct Sample {
    forms: Vec<Form>,
    until: Option<DateTime<Utc>>,
}

impl Decoys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self { signer: Signer::new(secrets), sample: Mutex::default() }
    }

    /// Whether the proportion shall be read anew.
    pub(crate) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        let sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        sample.until.is_none_or(|until| until <= now || until > now + BELIEVED)
    }

    /// Believes these stored forms to be as many of each as there are of all.
    pub(crate) fn learn(&self, forms: Vec<Form>, now: DateTime<Utc>) {
        let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        *sample = Sample { forms, until: Some(now + BELIEVED) };
    }

    /// The form of an address that nobody has; `usual` is that of new passwords.
    pub(crate) fn form(&self, email: &str, usual: Form) -> Form {
        let drawn = self.signer.signature(&format!("decoy:{email}"));
        let drawn = drawn
            .bytes()
            .fold(0_usize, |sum, byte| sum.wrapping_mul(64).wrapping_add(usize::from(byte)));
        let sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let place = drawn.checked_rem(sample.forms.len());
        place.and_then(|place| sample.forms.get(place)).copied().unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_addresses_have_forms_in_the_proportion_of_the_known_ones() {
        let decoys = Decoys::new(&Secrets::single("a secret of tests".into()));
        let now = DateTime::UNIX_EPOCH;
        assert!(decoys.is_stale(now));
        assert_eq!(decoys.form("nobody@example.com", Form::Argon2id), Form::Argon2id);

        let quarter = [Form::Scrypt, Form::Argon2id, Form::Argon2id, Form::Argon2id];
        decoys.learn(quarter.repeat(20), now);
        assert!(!decoys.is_stale(now) && decoys.is_stale(now + BELIEVED));
        let form = |i| decoys.form(&format!("nobody{i}@example.com"), Form::Argon2id);
        let scrypt = (0..1_000).filter(|i| form(*i) == Form::Scrypt).count();
        assert!((180..320).contains(&scrypt), "{scrypt}");
        assert!((0..100).all(|i| form(i) == form(i)));
    }
}
