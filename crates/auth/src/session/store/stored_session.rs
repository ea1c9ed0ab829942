//! What the keys of sessions hold, as better-auth writes it.

use chrono::{DateTime, Utc};
use domain::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    session::{Session, Token},
    views::iso,
};

/// In better-auth's order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredSession {
    id: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
    #[serde(serialize_with = "iso")]
    expires_at: DateTime<Utc>,
    user_id: String,
    token: String,
    #[serde(serialize_with = "iso")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    updated_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Entry {
    session: StoredSession,
}

impl From<&Session> for StoredSession {
    fn from(session: &Session) -> Self {
        let Session {
            id,
            token,
            user_id,
            expires_at,
            created_at,
            updated_at,
            ip_address,
            user_agent,
        } = session;
        Self {
            id: id.0.clone(),
            ip_address: ip_address.clone(),
            user_agent: user_agent.clone(),
            expires_at: *expires_at,
            user_id: user_id.0.clone(),
            token: token.as_str().to_owned(),
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}

impl From<StoredSession> for Session {
    fn from(stored: StoredSession) -> Self {
        let StoredSession {
            id,
            ip_address,
            user_agent,
            expires_at,
            user_id,
            token,
            created_at,
            updated_at,
        } = stored;
        Self {
            id: SessionId(id),
            token: Token::from_text(token),
            user_id: UserId(user_id),
            expires_at,
            created_at,
            updated_at,
            ip_address,
            user_agent,
        }
    }
}

impl StoredSession {
    /// The same, as if it began at `time`.
    pub(super) fn beginning(self, time: DateTime<Utc>) -> Self {
        Self { created_at: time, ..self }
    }
}

/// The session that the text of a token's key holds.
pub(super) fn parse(token: &str, text: &str) -> Option<Session> {
    session(text).filter(|session| session.token.as_str() == token)
}

/// The session that a text holds.
pub(super) fn session(text: &str) -> Option<Session> {
    let entry: Entry = serde_json::from_str(text).ok()?;
    Some(entry.session.into())
}

/// The JSON object `text` with these `fields` in its object `part`; fields that it has
/// keep their place.
pub(super) fn merged(text: &str, part: &str, fields: Value) -> Option<String> {
    let mut whole: Map<String, Value> = serde_json::from_str(text).ok()?;
    let Value::Object(fields) = fields else { return None };
    whole.get_mut(part)?.as_object_mut()?.extend(fields);
    serde_json::to_string(&whole).ok()
}

#[derive(Serialize)]
pub(super) struct Date(#[serde(serialize_with = "iso")] pub(super) DateTime<Utc>);
