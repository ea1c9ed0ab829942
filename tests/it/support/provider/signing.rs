//! The keys of the fake providers, their JWKS, and id tokens with every kind of signature.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use serde_json::{Value, json};

/// How an id token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signature {
    /// By the RSA key of the JWKS.
    #[default]
    Rs256,
    /// By the elliptic key of the JWKS.
    Es256,
    /// With `alg: none`.
    None,
    /// As HS256, with the RSA public key as the secret.
    PublicKeyAsSecret,
    /// By a key that the JWKS does not contain, under the id of one that it contains.
    ForeignKey,
    /// By a key whose id the JWKS does not contain.
    UnknownKey,
    /// By the RSA key, with another signature's bytes.
    Altered,
}

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let pem = include_str!("rsa_key.pem");
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    RsaKeyPair::from_pkcs8(&STANDARD.decode(lines.collect::<String>()).unwrap()).unwrap()
});
static ELLIPTIC: LazyLock<EcdsaKeyPair> = LazyLock::new(new_elliptic);
static FOREIGN: LazyLock<EcdsaKeyPair> = LazyLock::new(new_elliptic);

fn new_elliptic() -> EcdsaKeyPair {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns the JWKS of every provider; `rotated` has the key of [`Signature::UnknownKey`] too.
pub(crate) fn jwks(rotated: bool) -> Value {
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(RSA.public());
    let rsa = json!({ "kty": "RSA", "kid": "rsa", "alg": "RS256", "use": "sig",
        "n": encode(n), "e": encode(e) });
    let mut keys = vec![rsa, elliptic_jwk("elliptic", &ELLIPTIC)];
    if rotated {
        keys.push(elliptic_jwk("new", &FOREIGN));
    }
    json!({ "keys": keys })
}

fn elliptic_jwk(id: &str, key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    json!({ "kty": "EC", "crv": "P-256", "kid": id, "alg": "ES256", "use": "sig",
        "x": encode(&point[1..33]), "y": encode(&point[33..]) })
}

/// Returns a signed id token.
pub(crate) fn id_token(claims: &Value, signature: Signature) -> String {
    let (algorithm, key_id) = match signature {
        Signature::Rs256 | Signature::Altered => ("RS256", "rsa"),
        Signature::Es256 | Signature::ForeignKey => ("ES256", "elliptic"),
        Signature::None => ("none", "rsa"),
        Signature::PublicKeyAsSecret => ("HS256", "rsa"),
        Signature::UnknownKey => ("ES256", "new"),
    };
    let header = json!({ "alg": algorithm, "kid": key_id, "typ": "JWT" });
    let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let bytes = match signature {
        Signature::Rs256 => rsa_signature(&message),
        Signature::Altered => rsa_signature("another message"),
        Signature::Es256 => elliptic_signature(&ELLIPTIC, &message),
        Signature::ForeignKey | Signature::UnknownKey => elliptic_signature(&FOREIGN, &message),
        Signature::None => Vec::new(),
        Signature::PublicKeyAsSecret => {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, RSA.public_key().as_ref());
            hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
        }
    };
    format!("{message}.{}", encode(bytes))
}

fn rsa_signature(message: &str) -> Vec<u8> {
    let mut signature = vec![0; RSA.public().modulus_len()];
    let random = SystemRandom::new();
    RSA.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
    signature
}

fn elliptic_signature(key: &EcdsaKeyPair, message: &str) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
}
