//! The settings of passwords.

use super::HashForm;

/// How passwords are stored, and how long they must be.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The form of new hashes. A hash in another form is replaced at the next sign-in.
    /// (`AUTH_PASSWORD_HASH`)
    pub hash: HashForm,
    /// The minimum length in characters. (`AUTH_PASSWORD_MIN_LENGTH`)
    pub min_length: usize,
    /// The maximum length in characters, checked before any hashing.
    /// (`AUTH_PASSWORD_MAX_LENGTH`)
    pub max_length: usize,
    /// The minimum strength of a new password: zxcvbn's score, 0 to 4.
    /// (`AUTH_PASSWORD_MIN_SCORE`)
    pub min_score: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { hash: HashForm::default(), min_length: 8, max_length: 128, min_score: 0 }
    }
}
