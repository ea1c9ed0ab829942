//! Public keys of authenticators, by their parts. The primitives are those of `ring`.

use std::fmt;

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// The bytes of an RSA modulus of 2048 bits, and of 8192 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A public key with its only algorithm.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Material);

#[derive(Clone, PartialEq, Eq)]
enum Material {
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    /// Modulus and exponent, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl PublicKey {
    /// A key on P-256 for ECDSA with SHA-256 (ES256), whose signatures are DER. `None` unless both
    /// coordinates have 32 bytes.
    #[must_use]
    pub fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        let is_complete = x.len() == 32 && y.len() == 32;
        is_complete.then(|| Self(Material::P256([&[4], x, y].concat())))
    }

    /// A key for Ed25519. `None` unless it has 32 bytes.
    #[must_use]
    pub fn ed25519(x: &[u8]) -> Option<Self> {
        (x.len() == 32).then(|| Self(Material::Ed25519(x.to_vec())))
    }

    /// An RSA key for PKCS #1 v1.5 with SHA-256 (RS256), of 2048 to 8192 bits.
    #[must_use]
    pub fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let unsigned = |bytes: &[u8]| -> Vec<u8> {
            bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
        };
        let (n, e) = (unsigned(n), unsigned(e));
        let is_strong = RSA_BYTES.contains(&n.len())
            && (n.len() > *RSA_BYTES.start() || n.first().is_some_and(|byte| *byte >= 0x80));
        is_strong.then_some(Self(Material::Rsa { n, e }))
    }

    /// Whether the owner of the key signed `signed`.
    #[must_use]
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        let verifies = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok()
        };
        match &self.0 {
            Material::P256(point) => verifies(&ECDSA_P256_SHA256_ASN1, point),
            Material::Ed25519(key) => verifies(&ED25519, key),
            Material::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
                .is_ok(),
        }
    }
}

/// Shows the type alone.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Material::P256(_) => "P-256",
            Material::Ed25519(_) => "Ed25519",
            Material::Rsa { .. } => "RSA",
        })
    }
}
