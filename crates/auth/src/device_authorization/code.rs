//! Device codes and user codes, and the normalization of what users type.

use domain::id::random_alphanumeric;

/// The characters of user codes, better-auth's: without those that look alike.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A random device code of letters and digits, with which a client polls.
pub(super) fn device_code(length: usize) -> String {
    let mut code = String::new();
    while code.len() < length {
        code.push_str(&random_alphanumeric());
    }
    code.truncate(length);
    code
}

/// A random user code, which a user types.
pub(super) fn user_code(length: usize) -> String {
    let bytes = crypto::random_bytes(length);
    // 256 is a multiple of 32, so that each character is as likely as the others.
    let characters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    characters.copied().map(char::from).collect()
}

/// The user code of a text with small letters or separators. `None` if the text is in this form
/// already, or has characters that user codes do not have.
pub(super) fn normalized(typed: &str) -> Option<String> {
    let kept = typed.chars().filter(char::is_ascii_alphanumeric);
    let code = kept.map(|c| c.to_ascii_uppercase()).collect::<String>();
    let is_user_code = !code.is_empty() && code.bytes().all(|c| ALPHABET.contains(&c));
    (is_user_code && code != typed).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_length_and_alphabet() {
        for length in [1, 8, 40, 191] {
            assert_eq!(device_code(length).len(), length);
            let code = user_code(length);
            assert_eq!(code.len(), length);
            assert!(code.bytes().all(|c| ALPHABET.contains(&c)), "{code}");
        }
        assert_ne!(device_code(40), device_code(40));
        assert_ne!(user_code(20), user_code(20));
    }

    #[test]
    fn typed_codes_are_normalized_as_in_better_auth() {
        for (typed, code) in [
            ("abcd-2345", Some("ABCD2345")),
            (" AB CD 23 45 ", Some("ABCD2345")),
            ("ABCD2345", None),
            // Not of the alphabet: compared as typed.
            ("abcd-0000", None),
            ("--", None),
            ("", None),
        ] {
            assert_eq!(normalized(typed).as_deref(), code, "{typed}");
        }
    }
}
