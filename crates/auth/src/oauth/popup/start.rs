//! `oauth-popup/start`: the first page of the popup window, which redirects to the provider.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use url::Url;

use super::{
    COOKIE_LIFETIME, Popup,
    page::{self, Message},
};
use crate::{
    context::Context,
    cookie::{self, MAX_COOKIE_LEN},
    error::AuthError,
    error_code::PAYLOAD_TOO_LARGE,
    extract::{Fields, Input, UncheckedQuery},
    middleware::origin::INVALID_ORIGIN,
    oauth::{
        authorization::{self, AuthorizationOptions, StartedSignIn},
        error::{
            INVALID_CALLBACK_URL, INVALID_ERROR_CALLBACK_URL, INVALID_NEW_USER_CALLBACK_URL,
            POPUP_PROVIDER_NOT_FOUND, POPUP_SIGN_IN_FAILED,
        },
        non_empty,
        provider::Provider,
        state::{AdditionalData, StateData},
    },
    redirect,
};

/// The query of `oauth-popup/start`.
pub(in super::super) struct Start {
    provider: String,
    popup_origin: String,
    popup_nonce: Option<String>,
    callback_url: Option<String>,
    error_url: Option<String>,
    new_user_url: Option<String>,
    scopes: Vec<String>,
    request_sign_up: bool,
    additional_data: AdditionalData,
}

impl Input for Start {
    fn read(fields: &mut Fields<'_>) -> Self {
        let provider = fields.string("provider").unwrap_or_default().to_owned();
        let popup_origin = fields.string("popupOrigin").unwrap_or_default().to_owned();
        let mut text = |name| fields.optional_string(name).map(str::to_owned);
        let popup_nonce = text("popupNonce");
        let callback_url = non_empty(text("callbackURL"));
        let error_url = non_empty(text("errorCallbackURL"));
        let new_user_url = non_empty(text("newUserCallbackURL"));
        let scopes = non_empty(text("scopes"));
        let request_sign_up = text("requestSignUp").is_some_and(|text| text == "true");
        Self {
            provider,
            popup_origin,
            popup_nonce,
            callback_url,
            error_url,
            new_user_url,
            scopes: scopes
                .map(|text| text.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            request_sign_up,
            additional_data: fields.json_record("additionalData"),
        }
    }
}

/// Sends the popup window to the provider. Errors end with the page that posts them, unless the
/// origin of the page that opened the window is not trusted.
pub(in super::super) async fn start(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    UncheckedQuery(input): UncheckedQuery<Start>,
) -> Result<Response, AuthError> {
    let origin = input.popup_origin.clone();
    if !is_origin(&origin) || !context.origins.trusts(&origin) {
        tracing::warn!(
            origin,
            "a popup window was opened by a page that is not trusted; add its origin to \
             BETTER_AUTH_TRUSTED_ORIGINS"
        );
        return Err(INVALID_ORIGIN.into());
    }
    let nonce = input.popup_nonce.clone().unwrap_or_default();
    let fail = |code: &str, description: String| {
        let message = Message::new(&origin, &nonce).failed(code, Some(&description));
        page::response(&message).map_err(AuthError::from)
    };
    if let Some((code, url)) = untrusted(&context, &input) {
        return fail(code, format!("Untrusted URL: {url}"));
    }
    let Some(provider) = context.providers.find(&context.http, &input.provider).await else {
        return fail(POPUP_PROVIDER_NOT_FOUND, format!("Unknown provider: {}", input.provider));
    };
    match begin(&context, &headers, &provider, input).await {
        Ok(response) => Ok(response),
        Err(error) => {
            if let AuthError::Failed(error) = &error {
                AuthError::log(error);
            }
            fail(POPUP_SIGN_IN_FAILED, "Failed to start the OAuth flow.".to_owned())
        }
    }
}

/// Whether a text is the origin of a web page, as browsers write it.
fn is_origin(text: &str) -> bool {
    let origin = Url::parse(text).map(|url| url.origin());
    origin.is_ok_and(|origin| origin.is_tuple() && origin.ascii_serialization() == text)
}

/// The first page of the sign-in that is not allowed, with its code.
fn untrusted<'i>(context: &Context, input: &'i Start) -> Option<(&'static str, &'i str)> {
    let pages = [
        (INVALID_CALLBACK_URL, &input.callback_url),
        (INVALID_ERROR_CALLBACK_URL, &input.error_url),
        (INVALID_NEW_USER_CALLBACK_URL, &input.new_user_url),
    ];
    let mut given = pages.into_iter().filter_map(|(code, url)| Some((code, url.as_deref()?)));
    given.find(|(_, url)| !context.origins.trusts_target(url))
}

async fn begin(
    context: &Context,
    headers: &HeaderMap,
    provider: &Provider,
    input: Start,
) -> Result<Response, AuthError> {
    let data = StateData {
        provider: provider.id().to_owned(),
        callback_url: input.callback_url,
        error_url: input.error_url,
        new_user_url: input.new_user_url,
        link: None,
        request_sign_up: input.request_sign_up.then_some(true),
        id_token_nonce: None,
        additional: input.additional_data,
    };
    let options = AuthorizationOptions { scopes: input.scopes, ..AuthorizationOptions::default() };
    let StartedSignIn { url, state, cookies } =
        authorization::begin(context, headers, provider, data, &options).await?;
    let popup = Popup {
        origin: input.popup_origin,
        nonce: input.popup_nonce.unwrap_or_default(),
        state: Some(state),
    };
    let mut set_cookies = context.cookies.set_cookies(headers);
    set_cookies.popup(&popup.to_json()?, COOKIE_LIFETIME);
    let own = set_cookies.into_lines();
    if own.iter().any(|line| line.len() > MAX_COOKIE_LEN) {
        return Err(PAYLOAD_TOO_LARGE.into());
    }
    let response = cookie::with(redirect::to(url.as_str())?, cookies);
    Ok(cookie::with(response, own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for origin in ["https://app.example", "http://localhost:5173", "https://[::1]:1"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "",
            "*",
            "null",
            "/",
            "app.example",
            "https://app.example/",
            "https://app.example:443",
            "https://App.example",
            "https://a@app.example",
            "https://app.example/x",
            "file://",
            "myapp://",
            "data:text/html,x",
            "https://app.example\\@evil.example",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
