//! Maps a profile to a user: subject, name, email address and image.

use serde::Deserialize;
use serde_json::Value;

use super::{placeholders::replace_placeholders, user_info::UserInfo};
use crate::extract::email;

/// How a profile becomes a user.
///
/// `name`, `email` and `image` are the first of several candidates that is not empty. A candidate
/// that starts with `/` is a JSON pointer (RFC 6901). Others are templates with `{/pointers}`:
/// `{/first_name} {/last_name}` without a last name is the first name. An empty candidate is the
/// empty text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileMapping {
    /// JSON pointers; the first that finds a value other than null decides. The user's id at the
    /// provider, which never changes: a text or a number. Empty, for custom providers: `sub` of the
    /// id token or the profile if discovery finds OpenID Connect, otherwise `id`.
    pub subject: Vec<String>,
    /// The name.
    pub name: Vec<String>,
    /// The email address.
    pub email: Vec<String>,
    /// Whether the email address is verified.
    pub email_verified: EmailVerified,
    /// The URL of the image.
    pub image: Vec<String>,
    /// Whether the query of the image's URL is removed.
    pub image_without_query: bool,
    /// Whether a user without an email address gets one that no mail can reach.
    pub placeholder_email: bool,
}

/// Whether the email address is verified.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum EmailVerified {
    /// For every profile.
    Always(bool),
    /// If all these JSON pointers find true or `"true"`.
    If(Vec<String>),
    /// If this JSON pointer finds what JavaScript treats as true, e.g. the number 1.
    Truthy {
        /// The JSON pointer.
        truthy: String,
    },
}

impl Default for ProfileMapping {
    fn default() -> Self {
        let one = |pointer: &str| vec![pointer.to_owned()];
        Self {
            subject: Vec::new(),
            name: one("/name"),
            email: one("/email"),
            email_verified: EmailVerified::If(one("/email_verified")),
            image: one("/picture"),
            image_without_query: false,
            placeholder_email: false,
        }
    }
}

impl ProfileMapping {
    /// The user of a profile. `None` if it needs a placeholder for its email address and the
    /// provider's id cannot be part of one.
    pub(super) fn apply(&self, provider: &str, profile: Value) -> Option<UserInfo> {
        let subject = subject(&self.subject, &profile);
        let mut email = first(&self.email, &profile);
        if self.placeholder_email && email.as_ref().is_none_or(String::is_empty) {
            email = Some(placeholder(provider, subject.as_deref()?)?);
        }
        let mut image = first(&self.image, &profile);
        if let (true, Some(url)) = (self.image_without_query, &mut image) {
            url.truncate(url.find('?').unwrap_or(url.len()));
        }
        Some(UserInfo {
            name: first(&self.name, &profile),
            email,
            email_verified: self.is_verified(&profile),
            image,
            subject,
            data: profile,
        })
    }

    fn is_verified(&self, profile: &Value) -> bool {
        match &self.email_verified {
            EmailVerified::Always(verified) => *verified,
            EmailVerified::If(pointers) => {
                !pointers.is_empty() && pointers.iter().all(|at| is_true(profile.pointer(at)))
            }
            EmailVerified::Truthy { truthy } => is_truthy(profile.pointer(truthy)),
        }
    }
}

/// Whether a value is true in one of the forms of providers.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// Whether JavaScript treats a value as true.
pub(super) fn is_truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

/// The first candidate that is not empty; if all are empty, the last one.
fn first(candidates: &[String], profile: &Value) -> Option<String> {
    let mut last = None;
    for candidate in candidates {
        last = value_of(candidate, profile);
        if last.as_ref().is_some_and(|value| !value.is_empty()) {
            break;
        }
    }
    last
}

fn value_of(candidate: &str, profile: &Value) -> Option<String> {
    if candidate.starts_with('/') {
        return text_at(candidate, profile);
    }
    let (mut placeholders, mut found) = (0, 0);
    let text = replace_placeholders(candidate, |pointer| {
        let value = text_at(pointer, profile).unwrap_or_default();
        placeholders += 1;
        found += usize::from(!value.is_empty());
        Some(value)
    });
    let text = text.ok().filter(|_| placeholders == 0 || found > 0)?;
    Some(text.trim().to_owned())
}

fn text_at(pointer: &str, profile: &Value) -> Option<String> {
    profile.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// The provider's id of a user, from the first pointer that finds one. `None` if it is blank, or
/// neither a text nor a whole number.
pub(super) fn subject(pointers: &[String], profile: &Value) -> Option<String> {
    let value = pointers.iter().find_map(|at| profile.pointer(at).filter(|v| !v.is_null()))?;
    let text = match value {
        Value::String(text) => text.clone(),
        // A fraction would lose digits, so two users could get one id.
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return None,
    };
    // better-auth refuses these texts: a missing value that became a text.
    let valid = !text.trim().is_empty() && text != "undefined" && text != "null";
    valid.then_some(text)
}

/// An email address that no mail can reach (RFC 6761, section 6.4), as better-auth's.
fn placeholder(provider: &str, subject: &str) -> Option<String> {
    let address = format!("{subject}@{provider}.placeholder.invalid");
    email::normalize(&address).map(|_| address)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(candidates: &[&str], profile: &Value) -> Option<String> {
        first(&candidates.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), profile)
    }

    #[test]
    fn the_first_candidate_that_is_not_empty_is_taken() {
        let profile = json!({"a": "", "b": null, "c": 7, "d": "x", "e": "y"});
        assert_eq!(name(&["/a", "/b", "/c", "/d", "/e"], &profile), Some("x".to_owned()));
        assert_eq!(name(&["/b", ""], &profile), Some(String::new()));
        assert_eq!(name(&["/b", "/z"], &profile), None);
        assert_eq!(name(&[], &profile), None);
    }

    #[test]
    fn a_text_omits_what_is_missing() {
        let profile = json!({"first": "Ann", "last": "Lee", "empty": ""});
        assert_eq!(name(&["{/first} {/last}"], &profile), Some("Ann Lee".to_owned()));
        assert_eq!(name(&["{/first} {/empty}"], &profile), Some("Ann".to_owned()));
        assert_eq!(name(&["{/empty} {/none}", "/last"], &profile), Some("Lee".to_owned()));
        assert_eq!(name(&["Anonymous"], &profile), Some("Anonymous".to_owned()));
    }

    #[test]
    fn a_subject_is_a_text_or_a_whole_number() {
        let at = ["/id".to_owned()];
        let found = |id: Value| subject(&at, &json!({ "id": id }));
        assert_eq!(found(json!(9_007_199_254_740_993_u64)).as_deref(), Some("9007199254740993"));
        assert_eq!(found(json!("abc")).as_deref(), Some("abc"));
        for id in [json!(null), json!(""), json!(" "), json!("null"), json!("undefined")] {
            assert_eq!(found(id), None);
        }
        for id in [json!(1.5), json!(true), json!(["a"]), json!({"a": 1})] {
            assert_eq!(found(id), None);
        }
    }

    #[test]
    fn a_placeholder_is_an_address_of_the_provider() {
        assert_eq!(placeholder("reddit", "ab1").as_deref(), Some("ab1@reddit.placeholder.invalid"));
        assert_eq!(placeholder("reddit", "a b"), None);
        assert_eq!(placeholder("reddit", "a@b"), None);
    }
}
