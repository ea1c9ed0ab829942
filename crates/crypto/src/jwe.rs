//! Encrypted tokens: JWE compact serialization with a shared key and
//! AES-256-CBC-HMAC-SHA-512 (RFC 7516; RFC 7518, section 5.2).

use std::fmt;

use aes::Aes256;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use crate::{
    Secrets,
    base64url::{decode, encode},
    jwt::{Claims, Rejected, check_times, object},
};

/// The `info` of better-auth's key derivation.
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";
const ENCRYPTION: &str = "A256CBC-HS512";
const IV: usize = 16;
const TAG: usize = 32;
/// The tolerated difference of clocks in seconds.
const TOLERANCE: i64 = 15;

/// Encrypts tokens of one purpose.
pub struct Jwe {
    /// The current key first; never empty.
    keys: Vec<Key>,
}

struct Key {
    /// The thumbprint of the key (RFC 7638).
    id: String,
    mac: [u8; 32],
    cipher: [u8; 32],
}

impl Key {
    fn derive(secret: &str, salt: &str) -> Self {
        let mut key = [0; 64];
        #[expect(clippy::expect_used, reason = "HKDF gives up to 8,160 bytes")]
        Hkdf::<Sha256>::new(Some(salt.as_bytes()), secret.as_bytes())
            .expand(INFO, &mut key)
            .expect("short enough");
        let thumbprint = format!(r#"{{"k":"{}","kty":"oct"}}"#, encode(&key));
        let (mut mac, mut cipher) = ([0; 32], [0; 32]);
        let (first, second) = key.split_at(32);
        mac.copy_from_slice(first);
        cipher.copy_from_slice(second);
        Self { id: encode(&Sha256::digest(thumbprint)), mac, cipher }
    }

    /// The MAC over everything that the tag protects.
    fn tag(&self, header: &str, iv: &[u8], text: &[u8]) -> Hmac<Sha512> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mac = Hmac::<Sha512>::new_from_slice(&self.mac).expect("any length");
        let bits = (header.len() as u64) * 8;
        mac.chain_update(header)
            .chain_update(iv)
            .chain_update(text)
            .chain_update(bits.to_be_bytes())
    }
}

impl Jwe {
    /// Derives the keys of the purpose that `salt` names, e.g. `better-auth-session`.
    #[must_use]
    pub fn new(secrets: &Secrets, salt: &str) -> Self {
        Self { keys: secrets.all().map(|secret| Key::derive(secret, salt)).collect() }
    }

    /// Encrypts claims, with an id of their own, under the current secret.
    #[must_use]
    pub fn encrypt(&self, claims: &Claims) -> String {
        let Some(key) = self.keys.first() else { return String::new() };
        let header = json!({ "alg": "dir", "enc": ENCRYPTION, "kid": key.id }).to_string();
        let header = encode(header.as_bytes());
        let mut claims = claims.clone();
        claims.insert("jti".to_owned(), Uuid::new_v4().to_string().into());
        let iv: [u8; IV] = rand::random();
        let cipher = cbc::Encryptor::<Aes256>::new(&key.cipher.into(), &iv.into());
        let text = cipher.encrypt_padded_vec::<Pkcs7>(Value::from(claims).to_string().as_bytes());
        let tag = key.tag(&header, &iv, &text).finalize().into_bytes();
        let tag = tag.get(..TAG).unwrap_or_default();
        format!("{header}..{}.{}.{}", encode(&iv), encode(&text), encode(tag))
    }

    /// Decrypts a token that was encrypted under one of the secrets and is valid at `now`, in
    /// seconds since 1970. Compares in constant time.
    pub fn decrypt(&self, token: &str, now: i64) -> Result<Claims, Rejected> {
        let mut parts = token.split('.');
        let mut next = || parts.next().ok_or(Rejected::Invalid);
        let (header, wrapped, iv, text, tag) = (next()?, next()?, next()?, next()?, next()?);
        if parts.next().is_some() || !wrapped.is_empty() {
            return Err(Rejected::Invalid);
        }
        let key = self.key(&object(header)?)?;
        let bytes = |part| decode(part).ok_or(Rejected::Invalid);
        let (iv, text, tag) = (bytes(iv)?, bytes(text)?, bytes(tag)?);
        let iv: [u8; IV] = iv.try_into().map_err(|_| Rejected::Invalid)?;
        if tag.len() != TAG {
            return Err(Rejected::Invalid);
        }
        key.tag(header, &iv, &text).verify_truncated_left(&tag).map_err(|_| Rejected::Invalid)?;
        let cipher = cbc::Decryptor::<Aes256>::new(&key.cipher.into(), &iv.into());
        let plain = cipher.decrypt_padded_vec::<Pkcs7>(&text).map_err(|_| Rejected::Invalid)?;
        let claims: Claims = serde_json::from_slice(&plain).map_err(|_| Rejected::Invalid)?;
        check_times(&claims, now, TOLERANCE)?;
        Ok(claims)
    }

    /// The key that the header names; without a name, the current key.
    fn key(&self, header: &Map<String, Value>) -> Result<&Key, Rejected> {
        let has = |name, expected| header.get(name).and_then(Value::as_str) == Some(expected);
        if !has("alg", "dir") || !has("enc", ENCRYPTION) || header.contains_key("crit") {
            return Err(Rejected::Invalid);
        }
        let key = match header.get("kid") {
            None => self.keys.first(),
            Some(id) => self.keys.iter().find(|key| Some(key.id.as_str()) == id.as_str()),
        };
        key.ok_or(Rejected::Invalid)
    }
}

/// Shows no keys.
impl fmt::Debug for Jwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwe")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test-secret-test-secret-test-secret-0001";
    const SALT: &str = "better-auth-session";
    /// `symmetricEncodeJWT` of better-auth, 2026-11-21.
    const RECORDED: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiaHRzU01DQkN2Z\
        21LMXFtNFA1T2FjZTRGOFdwejN5MWxFdmpzYm85MWxNcyJ9..Fx9HdD-EEfMzIn-qkyHlNA.cphXeT4S2wQXfGkmD\
        tdTI8tlKfBwJqHA7HTVH2rK68avXUeDFGptg2pGDK54jQQkLNbwbeC_6-Tvk8_akbU--624ux43FdPt2kuuR1QMDT\
        3naaAkoEC0Ff-pvqZdskPB22G2NYZ62VO6PdfDMjuH3yNzvb5oEwiObF_BMpX_cVY.gKwhhfFHgjVB7wUC_nT2vmT\
        HYBlhiA9Vqlp5rPLUB1I";
    const THEN: i64 = 1_795_252_701;

    fn jwe() -> Jwe {
        Jwe::new(&Secrets::single(SECRET.into()), SALT)
    }

    #[test]
    fn tokens_of_better_auth_are_read() {
        let claims = jwe().decrypt(RECORDED, THEN).unwrap();
        assert_eq!(claims["session"]["a"], 1);
        assert_eq!(claims["version"], "1");
        // Clocks may differ by a quarter of a minute.
        assert!(jwe().decrypt(RECORDED, THEN + 3_614).is_ok());
        assert_eq!(jwe().decrypt(RECORDED, THEN + 3_616), Err(Rejected::Expired));
    }

    #[test]
    fn tokens_are_decrypted_only_under_their_secret() {
        let claims = json!({ "session": { "a": "ä" }, "exp": THEN + 60 });
        let token = jwe().encrypt(claims.as_object().unwrap());
        assert_eq!(jwe().decrypt(&token, THEN).unwrap()["session"]["a"], "ä");
        let header = |token: &str| token.split('.').next().map(str::to_owned);
        assert_eq!(header(&token), header(RECORDED));

        let rotated = |older| Secrets::versioned((2, "another".into()), older, None);
        let old = vec![(1, SECRET.into())];
        assert!(Jwe::new(&rotated(old), SALT).decrypt(&token, THEN).is_ok());
        assert!(Jwe::new(&rotated(vec![]), SALT).decrypt(&token, THEN).is_err());
        let other = Jwe::new(&Secrets::single(SECRET.into()), "better-auth-account");
        assert!(other.decrypt(&token, THEN).is_err());
    }

    #[test]
    fn modified_tokens_are_refused() {
        let parts: Vec<_> = RECORDED.split('.').collect();
        for i in [0, 2, 3, 4] {
            let mut changed: Vec<String> = parts.iter().map(ToString::to_string).collect();
            let first = if changed[i].starts_with('A') { "B" } else { "A" };
            changed[i].replace_range(..1, first);
            assert!(jwe().decrypt(&changed.join("."), THEN).is_err(), "part {i}");
        }
        let cut = parts[..4].join(".");
        let short = format!("{cut}.{}", &parts[4][..10]);
        for bad in ["", "....", cut.as_str(), short.as_str(), &format!("{RECORDED}.x")] {
            assert_eq!(jwe().decrypt(bad, THEN), Err(Rejected::Invalid), "{bad}");
        }
    }
}
