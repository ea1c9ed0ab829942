//! The production host: identifies the user of a preview's sign-in, and sends the browser back.

use axum::response::Response;
use url::Url;

use super::{CALLBACK_URL, COMPLETION_SUFFIX, ProxyState, payload::Payload};
use crate::{
    context::Context,
    error::AuthError,
    extract::Client,
    oauth::{
        callback::{AuthorizationResponse, CallbackRequest},
        callback_error::CallbackError,
        error::{EMAIL_NOT_FOUND, STATE_MISMATCH, UNTRUSTED_PREVIEW},
        non_empty,
        reply::redirect_refused,
        state::{self, ConsumedState},
    },
    redirect,
};

/// The completion path of older versions of better-auth.
const LEGACY_PATH: &str = "/oauth-proxy-callback";

/// Identifies the user, and redirects to the preview where the sign-in began, with the user's data.
pub(in super::super) async fn redirect_to_preview(
    context: &Context,
    client: &Client,
    id: &str,
    callback: &AuthorizationResponse,
    proxy_state: &ProxyState,
) -> Result<Response, AuthError> {
    let refuse = |code| redirect_refused(context, None, &CallbackError::of(code));
    let consumed = state::decode_proxied_state(context, &proxy_state.state, &proxy_state.json);
    let Ok(consumed) = consumed else { return refuse(STATE_MISMATCH) };
    let Some(preview) = preview_url(context, &consumed) else {
        return refuse(UNTRUSTED_PREVIEW);
    };
    let request = CallbackRequest { context, client, callback, consumed: &consumed };
    match encrypted_payload(&request, id, &preview, proxy_state).await {
        Ok(sealed) => {
            let mut target = preview;
            target.query_pairs_mut().append_pair("profile", &sealed);
            redirect::to(target.as_str())
        }
        Err(error) => {
            let error_url = error_url(context, &preview, consumed.error_url.as_deref());
            redirect_refused(context, error_url.as_deref(), &error)
        }
    }
}

/// The URL of the preview that completes the sign-in, if its origin is trusted here.
fn preview_url(context: &Context, consumed: &ConsumedState) -> Option<Url> {
    let url = &consumed.callback_url;
    if !context.origins.trusts(url) {
        let origin = Url::parse(url).map(|url| url.origin().ascii_serialization());
        let origin = origin.unwrap_or_default();
        tracing::warn!(
            origin,
            "a preview is not trusted here; add its origin to BETTER_AUTH_TRUSTED_ORIGINS"
        );
        return None;
    }
    let url = Url::parse(url).ok()?;
    let is_completion =
        [COMPLETION_SUFFIX, LEGACY_PATH].iter().any(|end| url.path().ends_with(end));
    is_completion.then_some(url)
}

/// Identifies the user, and encrypts their data.
async fn encrypted_payload(
    request: &CallbackRequest<'_>,
    id: &str,
    preview: &Url,
    proxy_state: &ProxyState,
) -> Result<String, CallbackError> {
    let CallbackRequest { context, consumed, .. } = request;
    let identified = request.identify(id).await?;
    let email = non_empty(identified.info.email.clone());
    let email = email.ok_or_else(|| CallbackError::of(EMAIL_NOT_FOUND))?;
    let config = context.config.oauth_proxy();
    let config = config.ok_or_else(|| CallbackError::of(STATE_MISMATCH))?;
    let page = page_of(preview).unwrap_or_else(|| consumed.callback_url.clone());
    let payload = Payload::new(identified, email, consumed, page, context.clock.now());
    Ok(payload.seal(context, config, &proxy_state.state)?)
}

/// The callback URL of the client, which the completion URL contains.
pub(super) fn page_of(completion: &Url) -> Option<String> {
    let mut values = completion.query_pairs();
    let page = values.find(|(name, _)| name == CALLBACK_URL).map(|(_, page)| page.into_owned());
    non_empty(page)
}

/// The preview's error page. A path belongs to the preview, unlike in better-auth, where it
/// leads to the production host.
fn error_url(context: &Context, preview: &Url, given: Option<&str>) -> Option<String> {
    let url = given.filter(|url| context.origins.trusts_target(url))?;
    let origin = preview.origin().ascii_serialization();
    Some(if url.starts_with('/') { format!("{origin}{url}") } else { url.to_owned() })
}
