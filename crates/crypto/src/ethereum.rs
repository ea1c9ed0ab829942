//! Addresses of Ethereum, and who signed a message.
//!
//! Sources: EIP-55 (checksums of addresses), EIP-191 (signed messages).

use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use sha3::{Digest, Keccak256};

/// The length of a signature in bytes: r, s and v.
const SIGNATURE_LEN: usize = 65;
/// The bytes of a hashed public key that are no part of the address.
const BEFORE_ADDRESS: usize = 12;

/// The address with the capital letters of its checksum. `None`: the text is no address.
#[must_use]
pub fn checksum_address(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x")?;
    let bytes: [u8; 20] = hex::decode(digits).ok()?.try_into().ok()?;
    Some(write_address(bytes))
}

fn write_address(bytes: [u8; 20]) -> String {
    let digits = hex::encode(bytes);
    let hash = hex::encode(Keccak256::digest(&digits));
    let checked = digits.chars().zip(hash.bytes()).map(|(digit, hashed)| match hashed {
        b'8'..=b'9' | b'a'..=b'f' => digit.to_ascii_uppercase(),
        _ => digit,
    });
    ["0x".to_owned(), checked.collect()].concat()
}

/// The address of the key that signed `message` as a personal message (EIP-191, version 0x45), with
/// its checksum. `signature` is r, s and v in hexadecimal after `0x`. `None`: it is no signature.
///
/// Signatures with a high s, a second form of the same signature, are refused.
#[must_use]
pub fn signer_of(message: &str, signature: &str) -> Option<String> {
    let bytes = hex::decode(signature.strip_prefix("0x")?).ok()?;
    let (v, rs) = bytes.split_last().filter(|_| bytes.len() == SIGNATURE_LEN)?;
    let v = if *v >= 27 { v - 27 } else { *v };
    let recovery = RecoveryId::from_byte(v).filter(|id| !id.is_x_reduced())?;
    let signature = Signature::from_slice(rs).ok()?;
    if signature.normalize_s() != signature {
        return None;
    }
    let prefixed = format!("\x19Ethereum Signed Message:\n{}{message}", message.len());
    let hash = Keccak256::digest(prefixed);
    let key = VerifyingKey::recover_from_prehash(&hash, &signature, recovery).ok()?;
    address_of(&key)
}

fn address_of(key: &VerifyingKey) -> Option<String> {
    let point = key.to_sec1_point(false);
    // The first byte says that the point is not compressed.
    let hash = Keccak256::digest(point.as_bytes().get(1..)?);
    Some(write_address(hash.get(BEFORE_ADDRESS..)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_the_checksums_of_eip_55() {
        for address in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
            "0x52908400098527886E0F7030069857D2E4169EE7",
        ] {
            let lower = address.to_lowercase();
            assert_eq!(checksum_address(&lower).as_deref(), Some(address));
            assert_eq!(checksum_address(address).as_deref(), Some(address));
        }
        for text in ["", "0x", "0x5aAe", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"] {
            assert_eq!(checksum_address(text), None, "{text}");
        }
    }

    /// Source: the documentation of web3.js, `eth.accounts.recover`.
    #[test]
    fn the_signer_of_a_message_is_found() {
        let signature = "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd\
            6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c";
        let signer = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";
        assert_eq!(signer_of("Some data", signature).as_deref(), Some(signer));
        let of_zero = signature.replace("291c", "2901");
        assert_eq!(signer_of("Some data", &of_zero).as_deref(), Some(signer));
        assert_ne!(signer_of("Some datb", signature).as_deref(), Some(signer));
        for other in ["", "0x", "0x00", &signature[2..], &format!("{signature}00")] {
            assert_eq!(signer_of("Some data", other), None, "{other}");
        }
        // Another number of the point, and the same signature with the order's complement of s.
        assert_eq!(signer_of("Some data", &signature.replace("291c", "291f")), None);
        let high = "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd\
            9ff818b327d1fc847ffe79bdd03d25e83e3a5df66962ceb160751b8bd754a1181b";
        assert_eq!(signer_of("Some data", high), None);
    }
}
