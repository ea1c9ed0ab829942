//! The strength of passwords.

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::zxcvbn;

use super::error::PASSWORD_TOO_WEAK;
use crate::error::AuthError;

/// The number of characters that are estimated: longer passwords would take too long.
const MAX_ESTIMATED: usize = 72;

/// Refuses a password whose score is below `min_score`, with a hint.
pub(super) fn check(password: &SecretString, min_score: u32) -> Result<(), AuthError> {
    if min_score == 0 {
        return Ok(());
    }
    let password: String = password.expose_secret().chars().take(MAX_ESTIMATED).collect();
    let estimate = zxcvbn(&password, &[]);
    if u32::from(u8::from(estimate.score())) >= min_score {
        return Ok(());
    }
    let hints = estimate.feedback().map(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestions = feedback.suggestions().iter().map(ToString::to_string);
        warning.into_iter().chain(suggestions).collect::<Vec<_>>().join(" ")
    });
    let message = match hints.filter(|hints| !hints.is_empty()) {
        Some(hints) => format!("{}. {hints}", PASSWORD_TOO_WEAK.message),
        None => PASSWORD_TOO_WEAK.message.to_owned(),
    };
    Err(AuthError::explained(PASSWORD_TOO_WEAK, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_with_a_hint() {
        let refused = check(&"password1".into(), 2).unwrap_err();
        let AuthError::Refused(refusal) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code, Some("PASSWORD_TOO_WEAK"));
        assert!(refusal.message.len() > PASSWORD_TOO_WEAK.message.len(), "{}", refusal.message);
        assert!(check(&"password1".into(), 0).is_ok());
        assert!(check(&"correct horse battery".into(), 3).is_ok());
    }
}
