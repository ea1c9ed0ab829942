//! The forms of stored passwords.
//!
//! - argon2id, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`: OWASP's first choice, with a quarter of
//!   scrypt's work.
//! - scrypt, `hexsalt:hexkey`: better-auth's. The salt is the text of the hex digits, not the
//!   bytes that they encode.
//! - bcrypt, `$2b$10$…`: of other servers; only read.
//!
//! The first two hash the password in Unicode's form NFKC, so that it matches however a keyboard
//! composed its characters; bcrypt hashes the password as typed.

use std::{fmt, fmt::Write, str::FromStr};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{phc, try_generate_salt},
};
use domain::{Error, Result};
use scrypt::scrypt;
use sea_orm::DeriveValueType;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

/// Memory in KiB, passes, lanes: OWASP's minimum.
const ARGON2: (u32, u32, u32) = (19_456, 2, 1);
/// log2 N, r, p: better-auth's.
const SCRYPT: (u8, u32, u32) = (14, 16, 1);
const SCRYPT_KEY: usize = 64;

/// The form of new passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashForm {
    /// The stronger one.
    #[default]
    Argon2id,
    /// The one that better-auth's own server reads.
    Scrypt,
}

impl FromStr for HashForm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "argon2id" => Ok(Self::Argon2id),
            "scrypt" => Ok(Self::Scrypt),
            _ => Err("must be argon2id or scrypt"),
        }
    }
}

/// The form of a stored password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Argon2id,
    Scrypt,
    /// With its cost: an increment doubles the work.
    Bcrypt(u32),
}

impl From<HashForm> for Form {
    fn from(form: HashForm) -> Self {
        match form {
            HashForm::Argon2id => Self::Argon2id,
            HashForm::Scrypt => Self::Scrypt,
        }
    }
}

/// A stored password. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub(crate) struct PasswordHash(String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

impl PasswordHash {
    /// Hashes `password` with a fresh salt. Slow on purpose: not for async threads.
    pub(super) fn mint(form: HashForm, password: &SecretString) -> Result<Self> {
        let password = normal(password);
        let salt = try_generate_salt().map_err(|_| Error::internal("no randomness for a salt"))?;
        match form {
            HashForm::Argon2id => {
                let password = password.expose_secret().as_bytes();
                let hash = argon2()?.hash_password_with_salt(password, &salt);
                let hash: phc::PasswordHash = hash.map_err(Error::internal)?;
                Ok(Self(hash.to_string()))
            }
            HashForm::Scrypt => {
                let salt = hex(&salt);
                let key = scrypt_key(&password, &salt)?;
                Ok(Self(format!("{salt}:{}", hex(&key))))
            }
        }
    }

    /// Whether this is the hash of `password`. Slow on purpose: not for async threads.
    fn matches(&self, password: &SecretString) -> Result<bool> {
        match self.form() {
            Form::Argon2id => {
                let hash = phc::PasswordHash::new(&self.0).map_err(Error::internal)?;
                let password = normal(password);
                let password = password.expose_secret().as_bytes();
                Ok(argon2()?.verify_password(password, &hash).is_ok())
            }
            Form::Scrypt => self.matches_scrypt(&normal(password)),
            Form::Bcrypt(_) => {
                bcrypt::verify(password.expose_secret(), &self.0).map_err(Error::internal)
            }
        }
    }

    fn matches_scrypt(&self, password: &SecretString) -> Result<bool> {
        let Some((salt, key)) = self.0.split_once(':') else {
            return Err(Error::internal("a stored password has an unknown form"));
        };
        let computed = hex(&scrypt_key(password, salt)?);
        Ok(computed.as_bytes().ct_eq(key.to_ascii_lowercase().as_bytes()).into())
    }

    /// The text as it is stored.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn form(&self) -> Form {
        if self.0.starts_with("$argon2") {
            Form::Argon2id
        } else if self.0.starts_with("$2") {
            let cost = self.0.split('$').nth(2).and_then(|cost| cost.parse().ok());
            Form::Bcrypt(cost.unwrap_or_default())
        } else {
            Form::Scrypt
        }
    }
}

/// The hash with which a password is compared. Both variants take the same time, so that the time
/// of a response does not reveal whether the user exists.
pub(crate) enum Comparison {
    /// The stored password of a user.
    User(PasswordHash),
    /// No user has the address. The work is that of a password stored in this form.
    Simulated(Form),
}

impl Comparison {
    /// Whether `password` matches. Slow on purpose: not for async threads.
    pub(super) fn matches(&self, password: &SecretString) -> Result<bool> {
        match self {
            Self::User(stored) => stored.matches(password),
            Self::Simulated(form) => {
                match form {
                    Form::Argon2id => drop(PasswordHash::mint(HashForm::Argon2id, password)?),
                    Form::Scrypt => drop(PasswordHash::mint(HashForm::Scrypt, password)?),
                    Form::Bcrypt(cost) => {
                        bcrypt::hash(password.expose_secret(), *cost).map_err(Error::internal)?;
                    }
                }
                Ok(false)
            }
        }
    }

    pub(super) fn form(&self) -> Form {
        match self {
            Self::User(stored) => stored.form(),
            Self::Simulated(form) => *form,
        }
    }
}

/// The password in Unicode's form NFKC, as it is hashed.
pub(super) fn normal(password: &SecretString) -> SecretString {
    password.expose_secret().nfkc().collect::<String>().into()
}

fn argon2() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = ARGON2;
    let params = Params::new(memory, passes, lanes, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn scrypt_key(password: &SecretString, salt: &str) -> Result<[u8; SCRYPT_KEY]> {
    let (log_n, r, p) = SCRYPT;
    let params = scrypt::Params::new(log_n, r, p).map_err(Error::internal)?;
    let mut key = [0; SCRYPT_KEY];
    scrypt(password.expose_secret().as_bytes(), salt.as_bytes(), &params, &mut key)
        .map_err(Error::internal)?;
    Ok(key)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hashPassword` of better-auth, 2026-11-20.
    const PLAIN: &str = "b3a950c5a7ab474a33fd24b85c918a9d:a158fc84de3ef053502e028d7c3f6627435322d53\
        aeedff63cd11edb430cc5563c45b55df8e59f12dbe927f35e988fefca000171110e0b7e21f6981d3d0eddf0";
    /// The same, for a password with a ligature and an Angstrom sign.
    const UNICODE: &str = "e604c5f8af1a303afd347a3e09ee30fb:973072b4449e9b72b2b2c2c99fb331b4f30788ff\
        42a13cc12cde38f3ed248b2a0f5afd428426db8d25c1b0e54f8e4e13026a1d906db450b3d7b53f430377809e";

    fn matches(hash: &str, password: &str) -> bool {
        PasswordHash(hash.to_owned()).matches(&password.into()).unwrap()
    }

    #[test]
    fn hashes_of_better_auth_are_read() {
        assert!(matches(PLAIN, "correct horse"));
        assert!(!matches(PLAIN, "Correct horse"));
        assert!(!matches(PLAIN, ""));
    }

    #[test]
    fn a_password_matches_however_its_characters_were_composed() {
        for typed in ["pässwörd ﬁ Å 1", "pa\u{308}sswo\u{308}rd fi \u{c5} 1"] {
            assert!(matches(UNICODE, typed), "{typed}");
        }
        assert!(!matches(UNICODE, "password fi A 1"));
    }

    #[test]
    fn both_forms_are_written_and_read_with_fresh_salts() {
        let password = "correct horse".into();
        for form in [HashForm::Argon2id, HashForm::Scrypt] {
            let hash = PasswordHash::mint(form, &password).unwrap();
            assert_eq!(hash.form(), Form::from(form));
            assert!(hash.matches(&password).unwrap());
            assert!(!hash.matches(&"wrong horse".into()).unwrap());
            assert_ne!(hash, PasswordHash::mint(form, &password).unwrap());
        }
        let argon2 = PasswordHash::mint(HashForm::Argon2id, &password).unwrap();
        assert!(argon2.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", argon2.0);
        let scrypt = PasswordHash::mint(HashForm::Scrypt, &password).unwrap();
        assert_eq!((scrypt.0.len(), scrypt.0.find(':')), (161, Some(32)));
    }

    /// Made by the npm package bcryptjs 3, 2026-11-21, and its older prefixes.
    #[test]
    fn hashes_of_bcrypt_are_read() {
        let hash = "$2b$10$Cu0y699LmbFY/4Lxq.vQFOszFqeuKVK9YLPb7uN3lQRgGW2QMrGlq";
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let hash = hash.replacen("$2b$", prefix, 1);
            assert_eq!(PasswordHash(hash.clone()).form(), Form::Bcrypt(10));
            assert!(matches(&hash, "correct horse"), "{hash}");
            assert!(!matches(&hash, "wrong horse"), "{hash}");
        }
    }

    #[test]
    fn a_logged_hash_shows_nothing() {
        assert_eq!(format!("{:?}", PasswordHash(PLAIN.to_owned())), "PasswordHash");
    }

    #[test]
    fn an_unknown_form_is_an_error_and_not_a_wrong_password() {
        for hash in ["", "$argon2id$junk", "$2b$10$junk", "plain text"] {
            assert!(PasswordHash(hash.to_owned()).matches(&"x".into()).is_err(), "{hash}");
        }
    }
}
