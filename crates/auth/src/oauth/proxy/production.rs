//! The production host: identifies the user of a preview's sign-in, and sends the browser back.

use axum::response::Response;
use url::Url;

use super::{PAGE, PATH_END, Package, payload::Payload};
use crate::{
    context::Context,
    error::AuthError,
    extract::Client,
    oauth::{
        callback::{Answer, Callback},
        callback_error::CallbackError,
        error::{EMAIL_NOT_FOUND, STATE_MISMATCH, UNTRUSTED_PREVIEW},
        non_empty,
        reply::redirect_refused,
        state::{self, StateError, TakenState},
    },
    redirect,
};

/// The path of better-auth's former versions.
const FORMER_PATH: &str = "/oauth-proxy-callback";

/// Redirects the provider's answer, as the data of the user, to the preview where the sign-in
/// began.
pub(in super::super) async fn pass_on(
    context: &Context,
    client: &Client,
    id: &str,
    callback: &Callback,
    package: &Package,
) -> Result<Response, AuthError> {
    let refuse = |code| redirect_refused(context, None, &CallbackError::of(code));
    let taken = match state::of_other_host(context, &package.state, &package.json) {
        Ok(taken) => taken,
        Err(StateError::Refused { .. }) => return refuse(STATE_MISMATCH),
        Err(StateError::Failed(error)) => return Err(error.into()),
    };
    let Some(preview) = preview(context, &taken) else {
        return refuse(UNTRUSTED_PREVIEW);
    };
    let answer = Answer { context, client, callback, taken: &taken };
    match payload(&answer, id, &preview, package).await {
        Ok(sealed) => {
            let mut target = preview;
            target.query_pairs_mut().append_pair("profile", &sealed);
            redirect::to(target.as_str())
        }
        Err(error) => {
            let error_url = error_url(context, &preview, taken.error_url.as_deref());
            redirect_refused(context, error_url.as_deref(), &error)
        }
    }
}

/// The URL of the preview that completes the sign-in, if its origin is trusted here.
fn preview(context: &Context, taken: &TakenState) -> Option<Url> {
    let url = &taken.callback_url;
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
    let is_completion = [PATH_END, FORMER_PATH].iter().any(|end| url.path().ends_with(end));
    is_completion.then_some(url)
}

/// Identifies the user, and encrypts their data.
async fn payload(
    answer: &Answer<'_>,
    id: &str,
    preview: &Url,
    package: &Package,
) -> Result<String, CallbackError> {
    let Answer { context, taken, .. } = answer;
    let identified = answer.identify(id).await?;
    let email = non_empty(identified.info.email.clone());
    let email = email.ok_or_else(|| CallbackError::of(EMAIL_NOT_FOUND))?;
    let config = context.config.oauth.plugins.proxy.as_ref();
    let config = config.ok_or_else(|| CallbackError::of(STATE_MISMATCH))?;
    let page = page_of(preview).unwrap_or_else(|| taken.callback_url.clone());
    let payload = Payload::new(identified, email, taken, page, context.clock.now());
    Ok(payload.seal(context, config, &package.state)?)
}

/// The page after the sign-in, in the URL that completes it.
pub(super) fn page_of(completion: &Url) -> Option<String> {
    let mut values = completion.query_pairs();
    let page = values.find(|(name, _)| name == PAGE).map(|(_, page)| page.into_owned());
    non_empty(page)
}

/// The preview's page of errors. A path belongs to the preview, unlike in better-auth, where it
/// leads to the production host.
fn error_url(context: &Context, preview: &Url, given: Option<&str>) -> Option<String> {
    let url = given.filter(|url| context.origins.trusts_target(url))?;
    let origin = preview.origin().ascii_serialization();
    Some(if url.starts_with('/') { format!("{origin}{url}") } else { url.to_owned() })
}
