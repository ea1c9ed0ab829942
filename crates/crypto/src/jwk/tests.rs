use serde_json::json;

use super::*;
use crate::base64url::{decode, encode};

/// RFC 7515, appendix A.2.
const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dH\
    A6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3\
    XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgr\
    nbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtF\
    ZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUP\
    QGe77Rw";
const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2m\
    JPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaS\
    HSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5Ihl\
    JH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
/// RFC 7515, appendix A.3.
const EC_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA\
    6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5d\
    jxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/// RFC 8037, appendix A.4. The payload is a sentence.
const ED25519_TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0J\
    zlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/// The private key of RFC 7515, appendix A.3, in PKCS #8.
const EC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n\
    H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n\
    7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n\
    -----END PRIVATE KEY-----\n";

fn rsa() -> Value {
    json!({ "kty": "RSA", "n": RSA_N, "e": "AQAB" })
}

fn ec() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn ed25519() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

fn set(keys: &[Value]) -> Jwks {
    Jwks::parse(&json!({ "keys": keys })).unwrap()
}

fn verify(keys: &[Value], token: &str) -> Result<Claims, Refused> {
    set(keys).verify(token, &Algorithm::ALL)
}

/// `token` with another header and the same signature.
fn headed(token: &str, header: &Value) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", encode(header.to_string().as_bytes()))
}

#[test]
fn tokens_of_the_specifications_are_verified() {
    let keys = [rsa(), ec(), ed25519()];
    for token in [RSA_TOKEN, EC_TOKEN] {
        let claims = verify(&keys, token).unwrap();
        assert_eq!(claims.get("iss"), Some(&json!("joe")));
        assert_eq!(decode_unverified(token), Some(claims));
    }
    // The signature is valid; the payload is no object.
    assert_eq!(verify(&keys, ED25519_TOKEN), Err(Refused::Malformed));
    let modified = ED25519_TOKEN.replace(".hgyY", ".hgyZ");
    assert_eq!(verify(&keys, &modified), Err(Refused::UnknownKey));
}

#[test]
fn only_allowed_algorithms_are_used() {
    let keys = set(&[rsa(), ec()]);
    assert_eq!(keys.verify(RSA_TOKEN, &[Algorithm::Es256]), Err(Refused::Algorithm));
    assert_eq!(keys.verify(RSA_TOKEN, &[]), Err(Refused::Algorithm));
    for name in ["none", "None", "HS256", "HS512", "rs256", "ES512", "", "RSA-OAEP"] {
        let token = headed(RSA_TOKEN, &json!({ "alg": name }));
        assert_eq!(keys.verify(&token, &Algorithm::ALL), Err(Refused::Algorithm), "{name}");
    }
    for header in [json!({}), json!({ "alg": null }), json!({ "alg": ["RS256"] })] {
        let token = headed(RSA_TOKEN, &header);
        assert_eq!(keys.verify(&token, &Algorithm::ALL), Err(Refused::Algorithm), "{header}");
    }
    let critical = headed(RSA_TOKEN, &json!({ "alg": "RS256", "crit": ["exp"] }));
    assert_eq!(keys.verify(&critical, &Algorithm::ALL), Err(Refused::Malformed));
}

#[test]
fn a_key_verifies_only_algorithms_of_its_type() {
    // The set has no RSA key: an EC key is not tried, whatever the header says.
    assert_eq!(verify(&[ec(), ed25519()], RSA_TOKEN), Err(Refused::UnknownKey));
    assert_eq!(verify(&[rsa()], EC_TOKEN), Err(Refused::UnknownKey));
    let named = with(rsa(), "alg", json!("RS512"));
    assert_eq!(verify(&[named], RSA_TOKEN), Err(Refused::UnknownKey));
    // RSA keys that claim to be for another type are skipped.
    assert!(set(&[with(rsa(), "alg", json!("ES256"))]).is_empty());
    assert_eq!(verify(&[], RSA_TOKEN), Err(Refused::UnknownKey));
}

#[test]
fn a_token_with_a_key_id_is_verified_by_that_key_alone() {
    let header = json!({ "alg": "ES256", "kid": "b" });
    let key = SigningKey::from_pem(EC_PRIVATE).unwrap();
    let token = key.sign("b", &Claims::default()).unwrap();
    let named = |id: &str| with(ec(), "kid", json!(id));
    assert!(verify(&[named("a"), named("b")], &token).is_ok());
    assert_eq!(verify(&[named("a"), ec()], &token), Err(Refused::UnknownKey));
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", encode(&[1; 64]));
    assert_eq!(verify(&[named("b")], &forged), Err(Refused::Signature));
    let text = headed(&token, &with(header, "kid", json!(5)));
    assert_eq!(verify(&[named("b")], &text), Err(Refused::Malformed));
}

#[test]
fn keys_that_are_not_for_signatures_are_skipped() {
    let mut short = decode(RSA_N).unwrap();
    short.truncate(255);
    let mut zeros = vec![0, 0];
    zeros.extend(decode(RSA_N).unwrap());
    for bad in [
        with(rsa(), "use", json!("enc")),
        with(rsa(), "key_ops", json!(["encrypt"])),
        with(rsa(), "key_ops", json!("verify")),
        with(rsa(), "d", json!("AQAB")),
        with(rsa(), "n", json!(encode(&short))),
        with(rsa(), "n", json!(encode(&[1; 2048]))),
        with(rsa(), "n", json!("%")),
        with(ec(), "crv", json!("P-521")),
        with(ec(), "x", json!("AQAB")),
        with(ed25519(), "crv", json!("X25519")),
        with(ed25519(), "x", json!("AQAB")),
        json!({ "kty": "oct", "k": "AQAB" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AQAB" }),
        json!(null),
    ] {
        assert!(set(std::slice::from_ref(&bad)).is_empty(), "{bad}");
    }
    let usable = with(with(rsa(), "use", json!("sig")), "key_ops", json!(["verify"]));
    let usable = with(usable, "n", json!(encode(&zeros)));
    assert!(verify(&[usable], RSA_TOKEN).is_ok());
    for no_set in [json!({}), json!([]), json!({ "keys": {} }), json!("keys")] {
        assert!(Jwks::parse(&no_set).is_none(), "{no_set}");
    }
}

#[test]
fn a_large_set_is_read_up_to_a_limit() {
    let mut keys = vec![with(ec(), "kid", json!("other")); MAX_KEYS];
    keys.push(rsa());
    assert_eq!(verify(&keys, RSA_TOKEN), Err(Refused::UnknownKey));
}

#[test]
fn modified_tokens_are_refused() {
    let (signed, signature) = RSA_TOKEN.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    for bad in [
        String::new(),
        "..".to_owned(),
        signed.to_owned(),
        format!("{signed}."),
        format!("{RSA_TOKEN}."),
        format!("{RSA_TOKEN}=="),
        format!("{RSA_TOKEN}.x"),
        format!("{header}.{}.{signature}", encode(b"{\"iss\":\"ann\"}")),
        format!("{header}.{payload}.{}", encode(&[0; 256])),
        format!("{header}..{signature}"),
        // The same bytes to a lenient decoder: only padding bits differ.
        RSA_TOKEN.replace("77Rw", "77Rx"),
        format!("{header}.{}.{signature}", "A".repeat(40_000)),
    ] {
        assert!(verify(&[rsa()], &bad).is_err(), "{bad}");
    }
}

#[test]
fn signed_tokens_are_verified_by_the_public_key() {
    let key = SigningKey::from_pem(EC_PRIVATE).unwrap();
    let claims = json!({ "iss": "team", "exp": 5 }).as_object().unwrap().clone();
    let token = key.sign("key-1", &claims).unwrap();
    assert_eq!(verify(&[with(ec(), "kid", json!("key-1"))], &token), Ok(claims));

    assert!(SigningKey::from_pem(&EC_PRIVATE.replace('\n', "\\n")).is_some());
    assert_eq!(format!("{key:?}"), "SigningKey");
    for bad in ["", EC_TOKEN, &EC_PRIVATE.replace("MIGH", "MIGI")] {
        assert!(SigningKey::from_pem(bad).is_none(), "{bad}");
    }
}
