//! Signed tokens: JWS compact serialization with HS256 (RFC 7515, RFC 7519).

use hmac::Mac;
use serde_json::{Map, Value};

use crate::{
    Secrets,
    base64url::{decode, encode},
    signer::keyed,
};

/// The content of a token.
pub type Claims = Map<String, Value>;

/// better-auth writes no `typ`.
const HEADER: &str = r#"{"alg":"HS256"}"#;

/// The reason why a token is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The signature is valid, and the token has expired.
    Expired,
    /// The signature, the header or the claims are invalid.
    Invalid,
}

/// Signs claims under the current secret. [`verify`] checks the claims `exp` and `nbf`, in seconds
/// since 1970.
#[must_use]
pub fn sign(secrets: &Secrets, claims: &Claims) -> String {
    let claims = Value::from(claims.clone()).to_string();
    let signed = format!("{}.{}", encode(HEADER.as_bytes()), encode(claims.as_bytes()));
    let mac = keyed(secrets.current().1).chain_update(signed.as_bytes());
    format!("{signed}.{}", encode(&mac.finalize().into_bytes()))
}

/// Returns the claims of a token that one of the secrets signed and that is valid at `now`, in
/// seconds since 1970. Refuses all algorithms except HS256. Compares in constant time.
pub fn verify(secrets: &Secrets, token: &str, now: i64) -> Result<Claims, Rejected> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Rejected::Invalid)?;
    let (header, claims) = signed.split_once('.').ok_or(Rejected::Invalid)?;
    let header = object(header)?;
    // No critical extension (`crit`) is supported.
    if header.get("alg").and_then(Value::as_str) != Some("HS256") || header.contains_key("crit") {
        return Err(Rejected::Invalid);
    }
    let signature = decode(signature).ok_or(Rejected::Invalid)?;
    let is_right = |secret| {
        let mac = keyed(secret).chain_update(signed.as_bytes());
        mac.verify_slice(&signature).is_ok()
    };
    if !secrets.all().any(is_right) {
        return Err(Rejected::Invalid);
    }
    let claims = object(claims)?;
    check_times(&claims, now, 0)?;
    Ok(claims)
}

/// Refuses claims that have expired or are not valid yet. Clocks may differ by `tolerance`
/// seconds.
pub(crate) fn check_times(claims: &Claims, now: i64, tolerance: i64) -> Result<(), Rejected> {
    let time = |name| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(Rejected::Invalid),
    };
    if time("nbf")?.is_some_and(|start| start > now.saturating_add(tolerance)) {
        return Err(Rejected::Invalid);
    }
    if time("exp")?.is_some_and(|end| end <= now.saturating_sub(tolerance)) {
        return Err(Rejected::Expired);
    }
    Ok(())
}

pub(crate) fn object(part: &str) -> Result<Map<String, Value>, Rejected> {
    let bytes = decode(part).ok_or(Rejected::Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| Rejected::Invalid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "test-secret-test-secret-test-secret-0001";
    /// `signJWT` of better-auth, 2026-11-21.
    const RECORDED: &str = "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFubkBleGFtcGxlLmNvbSIsImlhdCI6MTc5\
        NTI1MjcwMSwiZXhwIjoxNzk1MjU2MzAxfQ.pdDQYc6Hqov3UkAxvvT4YtC8GMHDj1GOIvOx1vilMf0";
    const END: i64 = 1_795_256_301;

    fn secrets() -> Secrets {
        Secrets::single(SECRET.into())
    }

    fn claims(value: &Value) -> Claims {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn tokens_are_signed_and_read_as_by_better_auth() {
        let expected =
            claims(&json!({ "email": "ann@example.com", "iat": END - 3_600, "exp": END }));
        assert_eq!(sign(&secrets(), &expected), RECORDED);
        assert_eq!(verify(&secrets(), RECORDED, END - 1), Ok(expected));
    }

    #[test]
    fn tokens_are_valid_within_their_time() {
        assert_eq!(verify(&secrets(), RECORDED, END), Err(Rejected::Expired));
        let early = sign(&secrets(), &claims(&json!({ "nbf": END })));
        assert_eq!(verify(&secrets(), &early, END - 1), Err(Rejected::Invalid));
        assert!(verify(&secrets(), &early, END).is_ok());
    }

    #[test]
    fn other_algorithms_and_forgeries_are_refused() {
        let (signed, signature) = RECORDED.rsplit_once('.').unwrap();
        let (_, body) = signed.split_once('.').unwrap();
        let with_header = |header: &str| {
            let signed = format!("{}.{body}", encode(header.as_bytes()));
            let mac = keyed(SECRET).chain_update(signed.as_bytes());
            format!("{signed}.{}", encode(&mac.finalize().into_bytes()))
        };
        for bad in [
            String::new(),
            "..".to_owned(),
            signed.to_owned(),
            format!("{signed}."),
            format!("{}.{body}.", encode(br#"{"alg":"none"}"#)),
            with_header(r#"{"alg":"none"}"#),
            with_header(r#"{"alg":"RS256"}"#),
            with_header(r#"{"alg":"HS256","crit":["x"]}"#),
            with_header("{}"),
            format!("{signed}.{}", signature.replace('p', "q")),
            format!("{signed}.{signature}="),
            sign(&Secrets::single("another".into()), &claims(&json!({}))),
        ] {
            assert_eq!(verify(&secrets(), &bad, END - 1), Err(Rejected::Invalid), "{bad}");
        }
    }

    #[test]
    fn old_secrets_verify_until_they_are_removed() {
        let rotated = |older| Secrets::versioned((2, "another".into()), older, None);
        let old = vec![(1, SECRET.into())];
        assert!(verify(&rotated(old), RECORDED, END - 1).is_ok());
        assert!(verify(&rotated(vec![]), RECORDED, END - 1).is_err());
    }
}
