//! One-time codes of authenticator apps: RFC 6238 with HMAC-SHA-1.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// The codes of one key.
#[derive(Clone, Copy)]
pub struct Totp<'k> {
    /// The key that the app has.
    pub key: &'k [u8],
    /// The number of digits of a code, up to 9.
    pub digits: u32,
    /// Seconds for which the app shows a code.
    pub period: u32,
}

impl Totp<'_> {
    /// The code of a step of time.
    #[must_use]
    pub fn code(&self, step: i64) -> String {
        let mac = self.hmac().chain_update(step.to_be_bytes());
        let hash: [u8; 20] = mac.finalize().into_bytes().into();
        let offset = usize::from(hash.last().map_or(0, |last| last & 0xf));
        let bytes = hash.get(offset..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
        let number = (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 10_u32.pow(self.digits.min(9));
        format!("{number:0width$}", width = self.digits as usize)
    }

    fn hmac(&self) -> Hmac<Sha1> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        Hmac::new_from_slice(self.key).expect("any length")
    }

    /// The steps whose code this is, of the one at `seconds` since 1970 and the ones beside it.
    /// Compares in constant time.
    #[must_use]
    pub fn steps_of(&self, code: &str, seconds: i64) -> Vec<i64> {
        let now = seconds.div_euclid(self.period.max(1).into());
        let is_code = |step: &i64| bool::from(self.code(*step).as_bytes().ct_eq(code.as_bytes()));
        // All are compared, whichever matches.
        (now - 1..=now + 1).filter(is_code).collect()
    }

    /// When the code of a step stops being accepted, in seconds since 1970.
    #[must_use]
    pub fn end_of(&self, step: i64) -> i64 {
        step.saturating_add(2).saturating_mul(self.period.into())
    }

    /// The key as authenticator apps read it: base32 without padding.
    #[must_use]
    pub fn key_in_base32(&self) -> String {
        BASE32_NOPAD.encode(self.key)
    }
}

/// The key in a text of base32, in any case and with or without padding.
#[must_use]
pub fn key_of_base32(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').to_ascii_uppercase();
    BASE32_NOPAD.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = Totp { key: b"12345678901234567890", digits: 8, period: 30 };
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(totp.code(seconds / 30), code);
            assert_eq!(totp.steps_of(code, seconds), [seconds / 30]);
            assert_eq!(totp.steps_of(code, seconds + 30), [seconds / 30]);
            assert!(totp.steps_of(code, seconds + 60).is_empty());
            assert!(totp.steps_of(code, seconds - 60).is_empty());
            assert!((seconds + 30..=seconds + 60).contains(&totp.end_of(seconds / 30)));
        }
    }

    #[test]
    fn a_code_of_another_length_is_no_code() {
        let totp = Totp { key: b"12345678901234567890", digits: 6, period: 30 };
        assert_eq!(totp.code(1), "287082");
        for code in ["", "28708", "2870820", "94287082", " 287082", "２８７０８２"] {
            assert!(totp.steps_of(code, 59).is_empty(), "{code}");
        }
    }

    #[test]
    fn keys_are_written_and_read_in_base32() {
        let totp = Totp { key: b"hello!", digits: 6, period: 30 };
        assert_eq!(totp.key_in_base32(), "NBSWY3DPEE");
        for text in ["NBSWY3DPEE", "nbswy3dpee", "NBSWY3DPEE======"] {
            assert_eq!(key_of_base32(text).as_deref(), Some(&b"hello!"[..]), "{text}");
        }
        assert_eq!(key_of_base32("1"), None);
    }
}
