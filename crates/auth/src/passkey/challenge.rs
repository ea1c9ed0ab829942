//! Challenges of WebAuthn: values of the table `verification`, in better-auth's JSON, bound to the
//! browser by a signed cookie.

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use domain::{Error, Result, id::random_alphanumeric};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    verification::{self, NewValue},
};

/// The cookie with the identifier of a challenge.
pub(super) const COOKIE: &str = "better-auth-passkey";
/// How long a challenge can be answered.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A challenge with what its ceremony needs to know.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Challenge {
    Registration {
        expected_challenge: String,
        user_data: RegisteringUser,
        /// The value of the request's query.
        context: Option<String>,
    },
    Authentication {
        expected_challenge: String,
        user_data: SignedInUser,
    },
}

/// The user who adds a passkey.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisteringUser {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) display_name: Option<String>,
}

/// The user who was signed in when the ceremony began; an empty id for none.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignedInUser {
    pub(super) id: String,
}

/// A random challenge: 43 characters of base64url.
pub(super) fn random_challenge() -> String {
    crypto::digest(&random_alphanumeric())
}

/// Stores a challenge, and returns the cookies that bind it to the browser.
pub(super) async fn begin(
    context: &Context,
    headers: &HeaderMap,
    challenge: &Challenge,
) -> Result<Vec<HeaderValue>> {
    let now = context.clock.now();
    let identifier = random_alphanumeric();
    let value = serde_json::to_string(challenge).map_err(Error::internal)?;
    let new = NewValue { identifier: &identifier, value: &value, expires_at: now + LIFETIME };
    verification::Store::of(context).put_value(context.db.writer(), new, now).await?;
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.signed(COOKIE, &identifier, Some(LIFETIME));
    Ok(cookies.into_lines())
}

/// Consumes the challenge of the browser that sent a request. Of concurrent calls one succeeds.
pub(super) async fn take(context: &Context, headers: &HeaderMap) -> Result<Option<Challenge>> {
    let store = verification::Store::of(context);
    let identifiers = context.cookies.signed(headers, COOKIE);
    for identifier in identifiers.iter().filter(|identifier| is_identifier(identifier)) {
        let taken = store.take_valid_value(context.db.writer(), identifier, context.clock.now());
        if let Some(value) = taken.await? {
            return Ok(serde_json::from_str(&value).ok());
        }
    }
    Ok(None)
}

/// Whether a cookie's value has the form of a challenge's identifier. A signature does not name its
/// cookie, so the value may be that of another signed cookie.
fn is_identifier(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from better-auth 1.7.25 with passkey 1.7.6, 2026-11-30.
    #[test]
    fn challenges_are_stored_as_by_better_auth() {
        let recorded = [
            r#"{"type":"registration","expectedChallenge":"t-dx","userData":{"id":"bDre","name":"ann@example.com","displayName":"ann@example.com"},"context":"ctx"}"#,
            r#"{"type":"registration","expectedChallenge":"t-dx","userData":{"id":"bDre","name":"ann@example.com","displayName":"ann@example.com"},"context":null}"#,
            r#"{"type":"authentication","expectedChallenge":"EGw_","userData":{"id":""}}"#,
        ];
        for text in recorded {
            let challenge: Challenge = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&challenge).unwrap(), text);
        }
        assert_eq!(random_challenge().len(), 43);
    }
}
