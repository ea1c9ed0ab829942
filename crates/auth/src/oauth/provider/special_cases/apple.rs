//! Apple sends the user's name once, in the form of the first callback.
//! Source: <https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple>

use serde_json::Value;

/// Sets the name of the claims to the form's name, or to the empty text without one.
pub(super) fn set_name(claims: &mut Value, user: Option<&Value>) -> Option<()> {
    let part = |name: &Value, key: &str| name.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = match user.and_then(|user| user.get("name")).filter(|name| name.is_object()) {
        Some(name) => [part(name, "firstName"), part(name, "lastName")]
            .map(Option::unwrap_or_default)
            .join(" ")
            .trim()
            .to_owned(),
        None => part(claims, "name").unwrap_or_default(),
    };
    claims.as_object_mut()?.insert("name".to_owned(), name.into());
    Some(())
}
