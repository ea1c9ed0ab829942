//! Browsers in which somebody signed in: whoever tries passwords elsewhere does not shut
//! them out.
//!
//! A signed cookie says so, as OWASP's device cookies do. It tells neither the user nor a
//! secret, and proves nothing but that wrong passwords are counted by it. It belongs to one
//! user and to the password that they had: whoever once knew it and made many such cookies
//! has none that counts after it was changed.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use crypto::{Secrets, Signer};
use domain::{UserId, id::random_alphanumeric};

use super::PasswordHash;
use crate::{context::Context, session::Lifetime};

/// How long a browser keeps the cookie.
const KEPT: TimeDelta = TimeDelta::days(365);

/// Writes and reads what the cookies say: an id, and its signature.
pub(crate) struct Devices(Signer);

impl Devices {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self(Signer::new(secrets))
    }

    /// What the cookie of another device of this user says, as long as they have this
    /// password.
    fn know(&self, user: &UserId, password: &PasswordHash) -> String {
        let device = random_alphanumeric();
        let signature = self.0.signature(&text(&device, user, password));
        format!("{device}.{signature}")
    }

    /// The id of a device of this user that is known under this password.
    pub(super) fn recognise<'c>(
        &self,
        cookie: &'c str,
        user: &UserId,
        password: &PasswordHash,
    ) -> Option<&'c str> {
        let (device, signature) = cookie.split_once('.')?;
        self.0.verifies(&text(device, user, password), signature).then_some(device)
    }
}

/// What is signed: nothing else that the service signs begins so.
fn text(device: &str, user: &UserId, password: &PasswordHash) -> String {
    format!("known-device|{device}|{user}|{}", password.as_str())
}

/// Without keys.
impl fmt::Debug for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Devices")
    }
}

impl Context {
    /// The cookie of a browser in which a user has just proved that they know their
    /// password. One that shall forget the session forgets it, too.
    pub(crate) fn known_device(
        &self,
        user: &UserId,
        password: &PasswordHash,
        lifetime: Lifetime,
        headers: &HeaderMap,
    ) -> Vec<HeaderValue> {
        let life = (lifetime == Lifetime::Remembered).then_some(KEPT);
        let mut changes = self.cookies.changes(headers);
        changes.known_device(&self.devices.know(user, password), life);
        changes.into_lines()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::password::HashForm;

    #[test]
    fn a_device_is_known_for_one_user_one_password_and_one_secret() {
        let devices = Devices::new(&Secrets::single("a secret of tests".into()));
        let password = SecretString::from("correct horse");
        let mint = || PasswordHash::mint(HashForm::Argon2id, &password).unwrap();
        let (ann, now, later) = (UserId::from("ann"), mint(), mint());
        let cookie = devices.know(&ann, &now);
        let id = cookie.split('.').next();

        assert_eq!(devices.recognise(&cookie, &ann, &now), id);
        assert_eq!(devices.recognise(&cookie, &ann, &later), None);
        assert_eq!(devices.recognise(&cookie, &UserId::from("bob"), &now), None);
        let others = Devices::new(&Secrets::single("another secret of tests".into()));
        assert_eq!(others.recognise(&cookie, &ann, &now), None);
        for forged in ["", ".", "x", &cookie[1..], &cookie[..cookie.len() - 1]] {
            assert_eq!(devices.recognise(forged, &ann, &now), None, "{forged}");
        }
    }
}
