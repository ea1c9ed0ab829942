//! GitHub's profile has the email address that the user publishes; a second request (`user/emails`)
//! finds all email addresses and whether they are verified.
//! Source: <https://docs.github.com/en/rest/users/emails>

use serde_json::Value;

use super::super::{Provider, resolve::join};
use crate::{context::Context, oauth::tokens::Tokens};

/// Sets the primary email address if the profile has none. Returns whether it is verified.
pub(super) async fn set_email(
    provider: &Provider,
    context: &Context,
    tokens: &Tokens,
    profile: &mut Value,
) -> bool {
    let Some(emails) = request_emails(provider, context, tokens).await else { return false };
    let email_of = |entry: &Value| entry.get("email").and_then(Value::as_str).map(str::to_owned);
    let has = |entry: &Value, name: &str| entry.get(name) == Some(&Value::Bool(true));
    let known = email_of(profile).filter(|email| !email.is_empty());
    let primary = || {
        let entry = emails.iter().find(|entry| has(entry, "primary")).or(emails.first());
        entry.and_then(email_of)
    };
    let Some(email) = known.or_else(primary) else { return false };
    let entry = emails.iter().find(|entry| email_of(entry).as_ref() == Some(&email));
    let verified = entry.is_some_and(|entry| has(entry, "verified"));
    if let Some(profile) = profile.as_object_mut() {
        profile.insert("email".to_owned(), email.into());
    }
    verified
}

async fn request_emails(
    provider: &Provider,
    context: &Context,
    tokens: &Tokens,
) -> Option<Vec<Value>> {
    let user = provider.user_info_url.as_ref()?;
    let path = format!("{}/emails", user.path().rsplit('/').next().unwrap_or_default());
    let response =
        provider.get(context, &join(user, &path), tokens.access_token.as_deref()?).await?;
    match response {
        Value::Array(emails) => Some(emails),
        _ => None,
    }
}
