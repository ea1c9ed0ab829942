//! One message of every kind, and how messages are stored and shown.

use super::*;

/// One message of every kind.
pub(crate) fn every_kind(name: &str, url: &str) -> [Message; 18] {
    let (name, url) = (|| name.to_owned(), || url.to_owned());
    let new_email = || "ann@new.example.com".to_owned();
    let expires_in = Some(TimeDelta::hours(1));
    let (code, soon) = (|| "012345".to_owned(), TimeDelta::minutes(5));
    [
        Message::Verification { name: name(), provider: None, url: url(), expires_in },
        Message::Reset { name: name(), url: url(), expires_in },
        Message::ChangeEmailConfirmation {
            name: name(),
            new_email: new_email(),
            url: url(),
            expires_in,
        },
        Message::ChangeEmailVerification { name: name(), url: url(), expires_in },
        Message::DeleteAccount { name: name(), url: url(), expires_in: None },
        Message::Welcome { name: name() },
        Message::PasswordChanged { name: name() },
        Message::PhoneNumberChanged { name: name() },
        Message::EmailChangeRequested { name: name(), new_email: new_email() },
        Message::EmailChangeConfirmed { name: name(), new_email: new_email() },
        Message::EmailChanged { name: name(), new_email: new_email() },
        Message::AccountExists { name: name() },
        Message::MagicLink { name: name(), url: url(), expires_in: soon },
        Message::SignInCode { name: name(), code: code(), expires_in: soon },
        Message::VerificationCode { name: name(), provider: None, code: code(), expires_in: soon },
        Message::ResetCode { name: name(), code: code(), expires_in: soon },
        Message::ChangeEmailCode { name: name(), code: code(), expires_in: soon },
        Message::TwoFactorCode { name: name(), code: code(), expires_in: soon },
    ]
}

#[test]
fn a_message_is_stored_under_the_name_of_its_kind() {
    for message in every_kind("Ann", "https://books.example.com/x?token=t") {
        let stored = serde_json::to_value(&message).unwrap();
        assert_eq!(stored["kind"], message.kind());
        assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
    }
}

#[test]
fn debug_shows_only_the_kind() {
    for message in every_kind("Ann", "https://books.example.com/x?token=t") {
        assert_eq!(format!("{message:?}"), format!("Message({})", message.kind()));
    }
}
