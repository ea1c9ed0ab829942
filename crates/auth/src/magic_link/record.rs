//! The stored link, in better-auth's form.

use domain::id::random_alphanumeric;
use serde::{Deserialize, Serialize};

use super::config::StoreToken;
use crate::context::Context;

/// better-auth's length of a token, which consists of letters.
const TOKEN_LEN: usize = 32;
const KIND: &str = "magic-link";

/// The value of the row.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    #[serde(rename = "type")]
    kind: String,
    pub(super) email: String,
    /// The name of a new user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

impl Record {
    pub(super) fn new(email: &str, name: Option<String>) -> Self {
        Self { kind: KIND.to_owned(), email: email.to_owned(), name }
    }

    /// Parses a value. `None` if it is of another kind.
    pub(super) fn parse(value: &str) -> Option<Self> {
        serde_json::from_str::<Self>(value).ok().filter(|record| record.kind == KIND)
    }
}

/// A new token.
pub(super) fn new_token() -> String {
    let mut token = String::new();
    while token.len() < TOKEN_LEN {
        token.extend(random_alphanumeric().chars().filter(char::is_ascii_alphabetic));
    }
    token.truncate(TOKEN_LEN);
    token
}

/// Under which the link of a token is stored.
pub(super) fn identifier(context: &Context, token: &str) -> String {
    format!("{KIND}:{}", stored(context, token))
}

/// Under which the user is stored who requested the link. Not in its value, where better-auth allows
/// no further field.
pub(super) fn requester_identifier(context: &Context, token: &str) -> String {
    format!("{KIND}-requester:{}", stored(context, token))
}

fn stored(context: &Context, token: &str) -> String {
    match context.config.plugins.magic_link.store_token {
        StoreToken::Plain => token.to_owned(),
        StoreToken::Hashed => crypto::digest(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of better-auth, 2026-11-30.
    #[test]
    fn values_of_better_auth_are_read_and_written() {
        let named = r#"{"type":"magic-link","email":"ann@example.com","name":"Ann"}"#;
        let nameless = r#"{"type":"magic-link","email":"ann@example.com"}"#;
        for (text, name) in [(named, Some("Ann")), (nameless, None)] {
            let record = Record::new("ann@example.com", name.map(str::to_owned));
            assert_eq!(Record::parse(text).as_ref(), Some(&record));
            assert_eq!(serde_json::to_string(&record).unwrap(), text);
        }
        for other in ["", "{}", "u1", r#"{"type":"other","email":"a@b.co"}"#] {
            assert_eq!(Record::parse(other), None, "{other}");
        }
        let more = nameless.replace('}', r#","admin":true}"#);
        assert_eq!(Record::parse(&more), None);
    }

    #[test]
    fn a_token_has_32_letters() {
        let token = new_token();
        assert!(token.len() == 32 && token.bytes().all(|c| c.is_ascii_alphabetic()), "{token}");
    }
}
