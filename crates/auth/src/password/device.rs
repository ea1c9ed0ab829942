//! Known devices: browsers in which a user signed in. Wrong passwords from elsewhere do not lock
//! them out.
//!
//! A known device has a signed cookie, as OWASP describes device cookies. The cookie contains
//! neither the user nor a secret, and proves only that wrong passwords are counted for this
//! device. It belongs to one user and to the password that the user had: an attacker who once
//! knew the password and made many such cookies cannot use them after the password was changed.

use std::fmt;

use crypto::{Secrets, Signer};
use domain::{UserId, id::random_alphanumeric};

use super::PasswordHash;

/// Writes and reads the cookies' values: an id and its signature.
pub(crate) struct Devices(Signer);

impl Devices {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self(Signer::new(secrets))
    }

    /// The cookie's value for a new device of this user, valid while they have this password.
    pub(crate) fn issue(&self, user: &UserId, password: &PasswordHash) -> String {
        let device = random_alphanumeric();
        let signature = self.0.signature(&text(&device, user, password));
        format!("{device}.{signature}")
    }

    /// The id of the device, if the cookie belongs to this user and this password.
    pub(super) fn recognize<'c>(
        &self,
        cookie: &'c str,
        user: &UserId,
        password: &PasswordHash,
    ) -> Option<&'c str> {
        let (device, signature) = cookie.split_once('.')?;
        self.0.verifies(&text(device, user, password), signature).then_some(device)
    }
}

/// The signed text. Its prefix is unique among the texts that the service signs.
fn text(device: &str, user: &UserId, password: &PasswordHash) -> String {
    format!("known-device|{device}|{user}|{}", password.as_str())
}

/// Shows no keys.
impl fmt::Debug for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Devices")
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
        let cookie = devices.issue(&ann, &now);
        let id = cookie.split('.').next();

        assert_eq!(devices.recognize(&cookie, &ann, &now), id);
        assert_eq!(devices.recognize(&cookie, &ann, &later), None);
        assert_eq!(devices.recognize(&cookie, &UserId::from("bob"), &now), None);
        let others = Devices::new(&Secrets::single("another secret of tests".into()));
        assert_eq!(others.recognize(&cookie, &ann, &now), None);
        for forged in ["", ".", "x", &cookie[1..], &cookie[..cookie.len() - 1]] {
            assert_eq!(devices.recognize(forged, &ann, &now), None, "{forged}");
        }
    }
}
