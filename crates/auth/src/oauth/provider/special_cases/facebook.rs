//! Facebook's profile accepts the access tokens of all apps, so a request checks for which app a
//! token was issued; another app could sign in as its users otherwise.
//! Source: <https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging>

use secrecy::ExposeSecret;
use serde_json::Value;

use super::super::{Provider, resolve::join};
use crate::{context::Context, oauth::tokens::Tokens};

/// Checks that the access token was issued for this app and for the profile's user.
pub(super) async fn check_access_token(
    provider: &Provider,
    context: &Context,
    tokens: &Tokens,
    profile: &Value,
) -> Option<()> {
    let token = tokens.access_token.as_deref()?;
    let secret = provider.config.client_secret.as_ref()?.expose_secret();
    let mut url = join(provider.user_info_url.as_ref()?, "debug_token");
    url.query_pairs_mut()
        .append_pair("input_token", token)
        .append_pair("access_token", &format!("{}|{secret}", provider.client_id()));
    let response = provider.logged(context.http.get_json(url.as_str(), &[]).await)?;
    let text = |name: &str| response.pointer(&format!("/data/{name}")).and_then(Value::as_str);
    let is_valid = response.pointer("/data/is_valid") == Some(&Value::Bool(true));
    let is_ours = text("app_id")
        .is_some_and(|app| provider.config.client_ids.iter().any(|client| client == app));
    let user = text("user_id").filter(|user| !user.is_empty())?;
    let is_users = profile.get("id").and_then(Value::as_str) == Some(user);
    let passes = is_valid && is_ours && is_users;
    if !passes {
        tracing::warn!(provider = provider.id(), "access token was issued for another app or user");
    }
    passes.then_some(())
}
