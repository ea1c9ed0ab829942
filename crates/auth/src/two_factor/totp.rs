//! Codes of authenticator apps.

use chrono::DateTime;
use crypto::{
    Vault,
    totp::{Totp, key_of_base32},
};
use domain::{Error, Result};
use percent_encoding::utf8_percent_encode;
use sea_orm::ConnectionTrait;
use url::form_urlencoded;

use super::{Config, store::Model};
use crate::{
    context::{COMPONENT, Context},
    verification,
};

/// The start of a stored key in base32, from another service. Other keys are the text itself.
const BASE32_PREFIX: &str = "base32:";

/// A new key, sealed.
pub(super) fn seal(context: &Context, key: &str) -> String {
    Vault::new(context.config.secrets.clone()).seal(key)
}

/// The key of a row. Fails if it was sealed under a secret that was removed.
pub(super) fn open(context: &Context, row: &Model) -> Result<Vec<u8>> {
    let opened = Vault::new(context.config.secrets.clone()).open(&row.secret);
    let key = opened.and_then(|text| match text.strip_prefix(BASE32_PREFIX) {
        Some(base32) => key_of_base32(base32),
        None => Some(text.into_bytes()),
    });
    key.ok_or_else(|| {
        Error::internal("a key of a second factor cannot be decrypted: its secret was removed")
    })
}

/// The URI that an authenticator app reads from a QR code, as better-auth writes it.
pub(super) fn uri(config: &Config, issuer: &str, account: &str, key: &[u8]) -> String {
    let encode = |text| utf8_percent_encode(text, COMPONENT);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("secret", &codes(config, key).key_in_base32())
        .append_pair("issuer", issuer)
        .append_pair("digits", &config.digits.to_string())
        .append_pair("period", &config.period.to_string())
        .finish();
    format!("otpauth://totp/{}:{}?{query}", encode(issuer), encode(account))
}

/// Consumes a code of the app. Returns `false` for a wrong code, and for one that was used before;
/// better-auth accepts a code again until its period ends.
pub(super) async fn consume<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    row: &Model,
    code: &str,
) -> Result<bool> {
    let key = open(context, row)?;
    let codes = codes(&context.config.plugins.two_factor, &key);
    let now = context.clock.now();
    for step in codes.steps_of(code, now.timestamp()) {
        // An hour more, because the clock may go back.
        let until = DateTime::from_timestamp(codes.end_of(step) + 3_600, 0).unwrap_or(now);
        let used = format!("totp:{}:{step}", row.id);
        if verification::Store::of(context).record_first_use(db, &used, until, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn codes<'k>(config: &Config, key: &'k [u8]) -> Totp<'k> {
    Totp { key, digits: config.digits, period: config.period }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `createOTP(…).url(…)` of better-auth 1.7.25 with these values.
    #[test]
    fn the_uri_is_the_one_of_better_auth() {
        let uri = uri(&Config::default(), "Ann's Books & Co", "ann+1@example.com", b"a-b_c");
        assert_eq!(
            uri,
            "otpauth://totp/Ann's%20Books%20%26%20Co:ann%2B1%40example.com\
             ?secret=MEWWEX3D&issuer=Ann%27s+Books+%26+Co&digits=6&period=30"
        );
    }
}
