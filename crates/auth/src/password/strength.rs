//! How hard a password is to guess.

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::zxcvbn;

use super::error::PASSWORD_TOO_WEAK;
use crate::error::AuthError;

/// Characters that are looked at: the estimate of longer ones takes too long.
const LOOKED_AT: usize = 72;

/// Refuses a password whose score is below `least`, with a hint.
pub(super) fn check(password: &SecretString, least: u32) -> Result<(), AuthError> {
    if least == 0 {
        return Ok(());
    }
    let password: String = password.expose_secret().chars().take(LOOKED_AT).collect();
    let estimate = zxcvbn(&password, &[]);
    if u32::from(u8::from(estimate.score())) >= least {
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
