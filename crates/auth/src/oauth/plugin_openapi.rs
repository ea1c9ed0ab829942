//! The routes of the plugins in the API reference.

use super::{
    one_tap::{CLIENT_ID_REQUIRED, EMAIL_NOT_AVAILABLE, INVALID_ID_TOKEN, OneTap},
    proxy::Completion,
    request_schemas::provider_id,
};
use crate::{
    error_code::{EMAIL_NOT_VERIFIED, VALIDATION_ERROR},
    middleware::origin::INVALID_ORIGIN,
    openapi::{ApiResponse, Field, Operation, Schema, Settings, optional, required},
    two_factor::openapi::or_challenge,
};

pub(super) fn one_tap(settings: &Settings<'_>) -> Operation {
    let token = Schema::string().about("Google's id token, from One Tap.");
    let answer = Schema::object([
        required("token", Schema::string().about("The token of the session.")),
        required("user", Schema::shared("User")),
    ]);
    Operation::post("/one-tap/callback", "oneTapCallback", "One tap callback")
        .takes::<OneTap>(Schema::object([
            required("idToken", token),
            optional("callbackURL", Schema::target().about("The page where the client continues.")),
        ]))
        .responds(or_challenge(settings, ApiResponse::json("The new session.", answer).signs_in()))
        .refuses([CLIENT_ID_REQUIRED, INVALID_ID_TOKEN, EMAIL_NOT_AVAILABLE])
        .refuses([EMAIL_NOT_VERIFIED])
}

pub(super) fn proxy() -> Operation {
    let path = "/callback/{id}/oauth-proxy";
    Operation::get(path, "oauthProxyCompletion", "OAuth Proxy Callback")
        .in_path("id", provider_id())
        .query::<Completion>(completion_fields())
        .responds(completed())
}

pub(super) fn proxy_at_former_path() -> Operation {
    Operation::get("/oauth-proxy-callback", "oauthProxyCallback", "OAuth Proxy Callback")
        .described("The former path of `/callback/{id}/oauth-proxy`.")
        .query::<Completion>(completion_fields())
        .responds(completed())
}

fn completion_fields() -> [Field; 2] {
    [
        required("callbackURL", Schema::target().about("The page after the sign-in.")),
        optional("profile", Schema::string().about("The encrypted data of the user.")),
    ]
}

fn completed() -> ApiResponse {
    ApiResponse::redirect("To the page after the sign-in, or to the page for errors with `error`.")
        .signs_in()
}

pub(super) fn popup() -> Operation {
    let text = Schema::string;
    Operation::get("/oauth-popup/start", "oauthPopupStart", "Start a sign-in in a popup window")
        .raw_query([
            required("provider", provider_id()),
            required("popupOrigin", text().about("The origin of the page that opens the window.")),
            optional("popupNonce", text().about("The value in messages to that page.")),
            optional("callbackURL", Schema::target()),
            optional("errorCallbackURL", Schema::target().about("The page for errors.")),
            optional("newUserCallbackURL", Schema::target().about("The page for new users.")),
            optional("scopes", text().about("Scopes to request, separated by commas.")),
            optional("requestSignUp", Schema::one_of(&["true", "false"])),
            optional("additionalData", text().about("Data for the state of the sign-in, as JSON.")),
        ])
        .responds(ApiResponse::redirect("To the provider."))
        .responds(ApiResponse::page("Posts an error to the page that opened the window."))
        .refuses([VALIDATION_ERROR, INVALID_ORIGIN])
}
