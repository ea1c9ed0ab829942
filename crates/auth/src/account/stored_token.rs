//! Tokens of providers as the database stores them: plain, or sealed in better-auth's symmetric
//! format.

use std::fmt;

use crypto::Vault;
use domain::{Error, Result};
use sea_orm::DeriveValueType;
use secrecy::SecretString;

use crate::context::Context;

/// A token in its stored form. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub(crate) struct StoredToken(String);

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredToken")
    }
}

impl StoredToken {
    /// The stored form of an access token or a refresh token: sealed if the settings say so.
    pub(super) fn seal(context: &Context, token: &str) -> Self {
        if !context.config.oauth.encrypt_tokens || token.is_empty() {
            return Self::plain(token);
        }
        Self(Vault::new(context.config.secrets.clone()).seal(token))
    }

    /// The stored form of an id token. As in better-auth it is not sealed: a better-auth server
    /// that shares the database returns it as it is stored.
    pub(super) fn plain(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// Returns the token. Fails if it is sealed under a secret that was removed.
    ///
    /// Without the setting that seals tokens, none is opened, as in better-auth: a provider or a
    /// client chooses the text that is stored, so it could be another value that the server sealed.
    pub(crate) fn open(&self, context: &Context) -> Result<SecretString> {
        let Self(stored) = self;
        if !context.config.oauth.encrypt_tokens || !looks_sealed(stored) {
            return Ok(stored.as_str().into());
        }
        let opened = Vault::new(context.config.secrets.clone()).open(stored);
        opened.map(SecretString::from).ok_or_else(|| {
            Error::internal("a stored token cannot be decrypted: its secret was removed")
        })
    }

    /// Returns an id token, which is never sealed.
    pub(crate) fn as_plain(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether better-auth would decrypt this stored token.
fn looks_sealed(stored: &str) -> bool {
    let is_hex = || stored.bytes().all(|byte| byte.is_ascii_hexdigit());
    stored.starts_with("$ba$") || !stored.is_empty() && stored.len().is_multiple_of(2) && is_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with `isLikelyEncrypted` of better-auth 1.7.25.
    #[test]
    fn sealed_tokens_are_recognized_by_their_form() {
        for sealed in ["$ba$1$00", "$ba$", "0a", "ABCDEF00"] {
            assert!(looks_sealed(sealed), "{sealed}");
        }
        for plain in ["", "abc", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "$b", "0g", "ab.cd"] {
            assert!(!looks_sealed(plain), "{plain}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        assert_eq!(format!("{:?}", StoredToken::plain("secret")), "StoredToken");
    }
}
