//! The tokens of a provider.

use std::fmt;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde_json::{Map, Value};

/// What a provider issued for a user. `Debug` shows no token.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Tokens {
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    pub(crate) token_type: Option<String>,
    pub(crate) access_token_expires_at: Option<DateTime<Utc>>,
    pub(crate) refresh_token_expires_at: Option<DateTime<Utc>>,
    /// The granted scopes; empty if the provider did not say them.
    pub(crate) scopes: Vec<String>,
    /// WeChat's id of the user, which its requests for the profile need.
    pub(crate) openid: Option<String>,
}

impl Tokens {
    /// Reads a response of a token URL (RFC 6749, section 5.1), as better-auth does: times may be
    /// texts, and scopes may be an array.
    pub(super) fn read(response: &Map<String, Value>, now: DateTime<Utc>) -> Self {
        let text = |name: &str| {
            let text = response.get(name).and_then(Value::as_str);
            // PostgreSQL cannot store U+0000.
            text.filter(|text| !text.is_empty() && !text.contains('\0')).map(ToOwned::to_owned)
        };
        let end = |name: &str| {
            let end = now.checked_add_signed(lifetime(response.get(name)?)?)?;
            // JavaScript writes later years in another form.
            Some(end).filter(|end| end.year() <= 9999)
        };
        Self {
            access_token: text("access_token"),
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            token_type: text("token_type"),
            access_token_expires_at: end("expires_in"),
            refresh_token_expires_at: end("refresh_token_expires_in"),
            scopes: response.get("scope").map(scopes).unwrap_or_default(),
            openid: text("openid"),
        }
    }

    /// Sets the end of the access token, if the provider did not say it.
    pub(super) fn with_default_lifetime(
        mut self,
        seconds: Option<u32>,
        now: DateTime<Utc>,
    ) -> Self {
        if self.access_token_expires_at.is_none() {
            self.access_token_expires_at = seconds
                .filter(|seconds| *seconds > 0)
                .and_then(|seconds| now.checked_add_signed(TimeDelta::seconds(seconds.into())));
        }
        self
    }
}

/// A number of seconds, or its text. `None` for 0 and other values.
fn lifetime(value: &Value) -> Option<TimeDelta> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let millis = seconds * 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    let millis = (millis.abs() < 9e15 && millis != 0.0).then_some(millis as i64)?;
    TimeDelta::try_milliseconds(millis)
}

/// Scopes between spaces, or in an array.
fn scopes(value: &Value) -> Vec<String> {
    let owned = |scope: &str| scope.to_owned();
    match value {
        Value::String(text) => {
            text.split_whitespace().filter(|scope| !scope.contains('\0')).map(owned).collect()
        }
        Value::Array(all) => {
            let texts = all.iter().filter_map(Value::as_str).map(str::trim);
            texts.filter(|scope| !scope.is_empty() && !scope.contains('\0')).map(owned).collect()
        }
        _ => Vec::new(),
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(response: &Value) -> Tokens {
        Tokens::read(response.as_object().unwrap(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn responses_are_read() {
        let tokens = read(&json!({
            "access_token": "a", "refresh_token": "r", "id_token": "i", "token_type": "bearer",
            "expires_in": 3600, "refresh_token_expires_in": "86400", "scope": " a  b\n",
        }));
        assert_eq!(tokens.access_token.as_deref(), Some("a"));
        assert_eq!(tokens.access_token_expires_at.unwrap().timestamp(), 3_600);
        assert_eq!(tokens.refresh_token_expires_at.unwrap().timestamp(), 86_400);
        assert_eq!(tokens.scopes, ["a", "b"]);
        let shown = format!("{tokens:?}");
        assert_eq!(shown, r#"Tokens { scopes: ["a", "b"], .. }"#);
    }

    #[test]
    fn values_of_other_types_are_ignored() {
        let tokens = read(&json!({
            "access_token": 5, "refresh_token": "", "id_token": null, "scope": {"a": "b"},
            "expires_in": [3600],
        }));
        assert_eq!(tokens, Tokens::default());
        assert_eq!(read(&json!({ "scope": ["a", " b ", "", 5, null] })).scopes, ["a", "b"]);
    }

    #[test]
    fn lifetimes_are_numbers_or_texts() {
        let seconds = |value: Value| {
            let tokens = read(&json!({ "expires_in": value }));
            tokens.access_token_expires_at.map(|end| end.timestamp_millis())
        };
        assert_eq!(seconds(json!(1.5)), Some(1_500));
        assert_eq!(seconds(json!("60")), Some(60_000));
        assert_eq!(seconds(json!(-5)), Some(-5_000));
        for none in [json!(0), json!(""), json!("soon"), json!(1e300), json!("NaN"), json!(true)] {
            assert_eq!(seconds(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn a_default_lifetime_is_used_if_the_provider_says_none() {
        let now = DateTime::UNIX_EPOCH;
        let with = |response: Value, seconds| {
            let tokens = read(&response).with_default_lifetime(seconds, now);
            tokens.access_token_expires_at.map(|end| end.timestamp())
        };
        assert_eq!(with(json!({}), Some(60)), Some(60));
        assert_eq!(with(json!({ "expires_in": 5 }), Some(60)), Some(5));
        assert_eq!(with(json!({}), Some(0)), None);
        assert_eq!(with(json!({}), None), None);
    }
}
