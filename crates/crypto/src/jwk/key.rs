//! A public key of a set.

use std::fmt;

use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

use super::Algorithm;
use crate::base64url::decode;

/// The bytes of an RSA modulus of 2048 bits, and of 8192 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A public key for signatures.
#[derive(Clone)]
pub(super) struct Key {
    id: Option<String>,
    /// The only algorithm that the key is for, if it names one.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Clone)]
enum Material {
    /// Modulus and exponent, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    /// An uncompressed point.
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    /// `None` for keys that cannot be used; see [`super::Jwks::parse`].
    pub(super) fn parse(jwk: &Value) -> Option<Self> {
        // A published private key is no secret any more.
        if jwk.get("d").is_some() || !is_for_signatures(jwk) {
            return None;
        }
        let material = Material::parse(jwk)?;
        let algorithm = match jwk.get("alg") {
            None => None,
            Some(name) => {
                let algorithm = Algorithm::named(name.as_str()?)?;
                material.fits(algorithm).then_some(Some(algorithm))?
            }
        };
        let id = text(jwk, "kid").map(ToOwned::to_owned);
        Some(Self { id, algorithm, material })
    }

    /// Whether the key can verify tokens of this algorithm that name this key id, or none.
    pub(super) fn is_for(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        self.material.fits(algorithm)
            && self.algorithm.is_none_or(|own| own == algorithm)
            && id.is_none_or(|id| self.id.as_deref() == Some(id))
    }

    pub(super) fn verifies(&self, algorithm: Algorithm, signed: &str, signature: &[u8]) -> bool {
        let signed = signed.as_bytes();
        match &self.material {
            Material::Rsa { n, e } => rsa(algorithm).is_some_and(|parameters| {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature).is_ok()
            }),
            Material::P256(point) => {
                verifies(&signature::ECDSA_P256_SHA256_FIXED, point, signed, signature)
            }
            Material::P384(point) => {
                verifies(&signature::ECDSA_P384_SHA384_FIXED, point, signed, signature)
            }
            Material::Ed25519(key) => verifies(&signature::ED25519, key, signed, signature),
        }
    }
}

impl Material {
    fn parse(jwk: &Value) -> Option<Self> {
        match (text(jwk, "kty")?, text(jwk, "crv")) {
            ("RSA", _) => {
                let (n, e) = (unsigned(jwk, "n")?, unsigned(jwk, "e")?);
                let is_strong = RSA_BYTES.contains(&n.len())
                    && (n.len() > *RSA_BYTES.start()
                        || n.first().is_some_and(|byte| *byte >= 0x80));
                is_strong.then_some(Self::Rsa { n, e })
            }
            ("EC", Some("P-256")) => Some(Self::P256(point(jwk, 32)?)),
            ("EC", Some("P-384")) => Some(Self::P384(point(jwk, 48)?)),
            ("OKP", Some("Ed25519")) => {
                let key = decode(text(jwk, "x")?)?;
                (key.len() == 32).then_some(Self::Ed25519(key))
            }
            _ => None,
        }
    }

    /// Whether keys of this type make signatures of this algorithm.
    fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => rsa(algorithm).is_some(),
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
        }
    }
}

/// `None` for algorithms without RSA.
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}

fn verifies(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    signed: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok()
}

/// Whether a key may verify signatures (`use`, `key_ops`).
fn is_for_signatures(jwk: &Value) -> bool {
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|op| op == "verify"))
    };
    jwk.get("use").is_none_or(|purpose| purpose == "sig") && jwk.get("key_ops").is_none_or(verifies)
}

fn text<'j>(jwk: &'j Value, name: &str) -> Option<&'j str> {
    jwk.get(name)?.as_str()
}

/// An unsigned integer without leading zeros: some signers write one.
fn unsigned(jwk: &Value, name: &str) -> Option<Vec<u8>> {
    let bytes = decode(text(jwk, name)?)?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// An uncompressed point (SEC 1, section 2.3.3) of two coordinates of `length` bytes.
fn point(jwk: &Value, length: usize) -> Option<Vec<u8>> {
    let (x, y) = (decode(text(jwk, "x")?)?, decode(text(jwk, "y")?)?);
    (x.len() == length && y.len() == length).then(|| [vec![4], x, y].concat())
}

/// Shows the id alone.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.id).finish()
    }
}
