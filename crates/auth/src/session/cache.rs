//! The cached session in a cookie, in better-auth's three formats.
//!
//! The order of fields matters: the signature of the compact format covers the JSON text that
//! JavaScript writes.

use chrono::{DateTime, TimeDelta, Utc};
use crypto::{Jwe, Secrets, Signer, base64url, jwt};
use domain::{User, clock::SKEW};
use serde_json::{Map, Value, json};

use super::{Cache, CacheFormat, Lifetime, Session, Token};
use crate::{
    plugin::Plugins,
    views::{SessionView, UserView},
};

/// The salt of the key of better-auth's encrypted format.
const SALT: &str = "better-auth-session";

/// How long the compact format is valid for a browser session.
const COMPACT_BROWSER_SESSION: TimeDelta = TimeDelta::seconds(60);
/// The order of fields in better-auth's responses from a cached session, which differs from its
/// other responses.
const SESSION_ORDER: &[&str] =
    &["id", "createdAt", "updatedAt", "userId", "expiresAt", "token", "ipAddress", "userAgent"];
const USER_ORDER: &[&str] =
    &["id", "createdAt", "updatedAt", "email", "emailVerified", "name", "image"];

/// Writes and reads cached sessions.
pub(crate) struct SessionCache {
    config: Cache,
    secrets: Secrets,
    signer: Signer,
    jwe: Jwe,
    plugins: Plugins,
}

impl SessionCache {
    pub(crate) fn new(config: Cache, secrets: &Secrets, plugins: &Plugins) -> Self {
        Self {
            config,
            signer: Signer::new(secrets),
            jwe: Jwe::new(secrets, SALT),
            secrets: secrets.clone(),
            plugins: plugins.clone(),
        }
    }

    /// How long a cached session is valid.
    pub(crate) fn max_age(&self) -> TimeDelta {
        self.config.max_age
    }

    /// The cookie's value.
    pub(crate) fn write(
        &self,
        session: &Session,
        user: &User,
        lifetime: Lifetime,
        now: DateTime<Utc>,
    ) -> String {
        let payload = object(json!({
            "session": SessionView::from(session),
            "user": UserView::new(user, &self.plugins),
            "updatedAt": now.timestamp_millis(),
            "version": self.config.version,
        }));
        let until = now + self.config.max_age;
        if self.config.format == CacheFormat::Compact {
            let is_browser_session = lifetime == Lifetime::BrowserSession;
            let until = if is_browser_session { now + COMPACT_BROWSER_SESSION } else { until };
            return self.write_compact(&payload, until);
        }
        let mut claims = payload;
        claims.insert("iat".to_owned(), now.timestamp().into());
        claims.insert("exp".to_owned(), until.timestamp().into());
        match self.config.format {
            CacheFormat::Jwe => self.jwe.encrypt(&claims),
            _ => jwt::sign(&self.secrets, &claims),
        }
    }

    fn write_compact(&self, payload: &Map<String, Value>, until: DateTime<Utc>) -> String {
        let until = until.timestamp_millis();
        let signature = self.signer.signature(&signed_text(payload, until));
        let cookie = json!({ "session": payload, "expiresAt": until, "signature": signature });
        base64url::encode(cookie.to_string().as_bytes())
    }

    /// Returns the cached `{session, user}` of `token`, if it is valid.
    pub(crate) fn read(&self, cookie: &str, token: &Token, now: DateTime<Utc>) -> Option<Value> {
        let mut payload = match self.config.format {
            CacheFormat::Compact => self.read_compact(cookie, now)?,
            CacheFormat::Jwt => jwt::verify(&self.secrets, cookie, now.timestamp()).ok()?,
            CacheFormat::Jwe => self.jwe.decrypt(cookie, now.timestamp()).ok()?,
        };
        let written = payload.get("updatedAt").and_then(Value::as_i64);
        let written = written.and_then(DateTime::from_timestamp_millis);
        let version = payload.get("version").and_then(Value::as_str).unwrap_or("1");
        let (session, user) = (payload.get("session")?, payload.get("user")?);
        let until: DateTime<Utc> = session.get("expiresAt")?.as_str()?.parse().ok()?;
        let is_valid = version == self.config.version
            && session.get("token")?.as_str()? == token.as_str()
            && until >= now
            // After the clock went back the cached session would be valid for too long.
            && written.is_none_or(|written| written <= now + SKEW)
            && user.is_object();
        if !is_valid {
            return None;
        }
        let session = ordered(payload.remove("session"), SESSION_ORDER);
        Some(json!({ "session": session, "user": ordered(payload.remove("user"), USER_ORDER) }))
    }

    fn read_compact(&self, cookie: &str, now: DateTime<Utc>) -> Option<Map<String, Value>> {
        let mut cookie: Map<String, Value> =
            serde_json::from_slice(&base64url::decode(cookie)?).ok()?;
        let until = cookie.get("expiresAt")?.as_i64()?;
        let signature = cookie.get("signature")?.as_str()?.to_owned();
        let Some(Value::Object(payload)) = cookie.remove("session") else { return None };
        let text = signed_text(&payload, until);
        let is_valid = self.signer.verifies(&text, &signature) && until >= now.timestamp_millis();
        is_valid.then_some(payload)
    }
}

/// Moves the fields that `order` names to the front.
fn ordered(object: Option<Value>, order: &[&str]) -> Value {
    let Some(Value::Object(mut object)) = object else { return Value::Null };
    let mut ordered = Map::new();
    for name in order {
        if let Some((name, value)) = object.shift_remove_entry(*name) {
            ordered.insert(name, value);
        }
    }
    ordered.extend(object);
    ordered.into()
}

/// The text that the signature of the compact format covers.
fn signed_text(payload: &Map<String, Value>, until: i64) -> String {
    let mut signed = payload.clone();
    signed.insert("expiresAt".to_owned(), until.into());
    Value::from(signed).to_string()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
