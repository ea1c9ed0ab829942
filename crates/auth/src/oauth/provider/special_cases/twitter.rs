//! Twitter (X) returns the confirmed email address to a second request, so that a missing
//! permission for it does not fail the first.
//! Source: <https://docs.x.com/x-api/users/user-lookup-me>

use serde_json::Value;

use super::super::Provider;
use crate::{context::Context, oauth::tokens::Tokens};

/// Sets the confirmed email address, and returns whether there is one.
pub(super) async fn set_email(
    provider: &Provider,
    context: &Context,
    tokens: &Tokens,
    profile: &mut Value,
) -> bool {
    let (Some(me), Some(token)) = (&provider.user_info_url, tokens.access_token.as_deref()) else {
        return false;
    };
    let mut url = me.clone();
    url.query_pairs_mut().append_pair("user.fields", "confirmed_email");
    let Some(response) = provider.get(context, &url, token).await else { return false };
    let confirmed = response.pointer("/data/confirmed_email").and_then(Value::as_str);
    let Some(email) = confirmed.filter(|email| !email.is_empty()) else { return false };
    let Some(data) = profile.pointer_mut("/data").and_then(Value::as_object_mut) else {
        return false;
    };
    data.insert("email".to_owned(), email.into());
    true
}
