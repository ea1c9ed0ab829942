//! Public keys in COSE (RFC 9052, RFC 9053), of the algorithms that the options offer.

use crypto::PublicKey;

use super::cbor::{Item, Reader};

/// ECDSA on P-256 with SHA-256.
pub(super) const ES256: i64 = -7;
/// Ed25519.
pub(super) const EDDSA: i64 = -8;
/// RSA PKCS #1 v1.5 with SHA-256.
pub(super) const RS256: i64 = -257;

/// The maximum number of parameters of a key; those in use have five.
const MAX_PARAMETERS: u64 = 16;

/// The parameters of a key, by their labels.
struct Parameters<'b>(Vec<(i64, Item<'b>)>);

impl<'b> Parameters<'b> {
    /// `None` for bytes that are no map with integers as labels, or have a label twice.
    fn parse(bytes: &'b [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let count = reader.map().filter(|count| *count <= MAX_PARAMETERS)?;
        let mut parameters = Self(Vec::new());
        for _ in 0..count {
            let label = reader.integer()?;
            let item = reader.item()?;
            if parameters.0.iter().any(|(known, _)| *known == label) {
                return None;
            }
            parameters.0.push((label, item));
        }
        Some(parameters)
    }

    fn item(&self, label: i64) -> Option<&Item<'b>> {
        self.0.iter().find(|(known, _)| *known == label).map(|(_, item)| item)
    }

    fn integer(&self, label: i64) -> Option<i64> {
        match self.item(label)? {
            Item::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    fn bytes(&self, label: i64) -> Option<&'b [u8]> {
        match self.item(label)? {
            Item::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Reads a key. `None` for other algorithms, and for keys that do not fit their algorithm.
pub(in crate::passkey) fn public_key(cose: &[u8]) -> Option<PublicKey> {
    let parameters = Parameters::parse(cose)?;
    // The labels of the type, the algorithm, and the type's own parameters.
    let (kind, curve) = (parameters.integer(1)?, parameters.integer(-1));
    match (parameters.integer(3)?, kind, curve) {
        (ES256, 2, Some(1)) => PublicKey::p256(parameters.bytes(-2)?, parameters.bytes(-3)?),
        (EDDSA, 1, Some(6)) => PublicKey::ed25519(parameters.bytes(-2)?),
        (RS256, 3, None) => PublicKey::rsa(parameters.bytes(-1)?, parameters.bytes(-2)?),
        _ => None,
    }
}

/// The algorithm of a key.
pub(super) fn algorithm(cose: &[u8]) -> Option<i64> {
    Parameters::parse(cose)?.integer(3)
}
