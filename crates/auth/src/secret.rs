//! Strength of the secrets that sign cookies and links. An attacker who guesses one can forge
//! sessions.

/// The minimum length of a secret in characters.
const MIN_LEN: usize = 32;
/// The minimum number of different characters.
const MIN_DISTINCT: usize = 10;
/// Secrets in documentation, which attackers know.
const KNOWN_SECRETS: &[&str] =
    &["better-auth-secret-12345678901234567890", "better-auth-secret-123456789", "your-secret-key"];

/// Returns the weakness of a secret, e.g. `has fewer than 32 characters`; `None` if it is strong.
#[must_use]
pub fn secret_weakness(secret: &str) -> Option<&'static str> {
    let mut characters: Vec<char> = secret.chars().collect();
    let length = characters.len();
    characters.sort_unstable();
    characters.dedup();
    if length < MIN_LEN {
        Some("has fewer than 32 characters")
    } else if characters.len() < MIN_DISTINCT {
        Some("repeats too few characters")
    } else if KNOWN_SECRETS.contains(&secret) {
        Some("is an example from a documentation")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_found() {
        assert_eq!(secret_weakness("0123456789abcdefghijklmnopqrstuv"), None);
        for weak in ["", "short", &"ab".repeat(40), KNOWN_SECRETS[0]] {
            assert!(secret_weakness(weak).is_some(), "{weak}");
        }
    }
}
