//! The module's section of the API reference.

use super::{
    account_openapi,
    callback::AuthorizationResponse,
    error::{
        FAILED_TO_GET_USER_INFO, ID_TOKEN_NOT_SUPPORTED, INVALID_TOKEN, OAUTH_LINK_ERROR,
        PROVIDER_NOT_FOUND, USER_EMAIL_NOT_FOUND,
    },
    input::SignInSocial,
    plugin_openapi,
    request_schemas::{
        additional_data, additional_params, login_hint, provider_id, request_sign_up, scopes,
    },
};
use crate::{
    error_code::EMAIL_NOT_VERIFIED,
    openapi::{ApiResponse, Field, Operation, Schema, Section, Settings, optional, required},
    plugin::Plugin,
    two_factor::openapi::or_challenge,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    let plugins = &settings.config.plugins;
    let proxies = plugins.has(Plugin::OauthProxy);
    Section::new("Providers", "Sign-in with an account at another service.")
        .with(sign_in(settings))
        .with(callback())
        .with(posted_callback())
        .with(account_openapi::link())
        .with(account_openapi::account_info())
        .with(account_openapi::get_access_token())
        .with(account_openapi::refresh_token())
        .with(account_openapi::providers())
        .with_if(plugins.has(Plugin::OneTap), || plugin_openapi::one_tap(settings))
        .with_if(plugins.has(Plugin::OauthPopup), plugin_openapi::popup)
        .with_if(proxies, plugin_openapi::proxy)
        .with_if(proxies, plugin_openapi::proxy_at_former_path)
}

fn sign_in(settings: &Settings<'_>) -> Operation {
    let url = Schema::string().about("The provider's page, unless the request has an id token.");
    let answer = Schema::object([
        optional("url", url),
        required("redirect", Schema::boolean().about("Whether the client continues at `url`.")),
        optional("token", Schema::string().about("The token of the session, after an id token.")),
        optional("user", Schema::shared("User")),
    ]);
    Operation::post("/sign-in/social", "socialSignIn", "Sign in with a social provider")
        .takes::<SignInSocial>(Schema::object([
            optional("callbackURL", Schema::target()),
            optional("newUserCallbackURL", Schema::target().about("The page for new users.")),
            optional("errorCallbackURL", Schema::target().about("The page for errors.")),
            required("provider", Schema::string().about("The provider's id, e.g. `github`.")),
            optional("disableRedirect", Schema::boolean().about("Whether to send no `Location`.")),
            optional("idToken", id_token()),
            optional("scopes", scopes()),
            optional("requestSignUp", request_sign_up()),
            optional("loginHint", login_hint()),
            optional("additionalParams", additional_params()),
            optional("additionalData", additional_data()),
        ]))
        .responds(or_challenge(
            settings,
            ApiResponse::json("The provider's URL, or the new session.", answer)
                .signs_in()
                .with_location(),
        ))
        .refuses([
            PROVIDER_NOT_FOUND,
            ID_TOKEN_NOT_SUPPORTED,
            INVALID_TOKEN,
            FAILED_TO_GET_USER_INFO,
            USER_EMAIL_NOT_FOUND,
            OAUTH_LINK_ERROR,
            EMAIL_NOT_VERIFIED,
        ])
}

fn id_token() -> Schema {
    let name = Schema::object([
        optional("firstName", Schema::string()),
        optional("lastName", Schema::string()),
    ]);
    let user = Schema::object([optional("name", name), optional("email", Schema::string())]);
    Schema::object([
        required("token", Schema::string()),
        optional("nonce", Schema::string().about("The nonce of the token.")),
        optional("accessToken", Schema::string()),
        optional("refreshToken", Schema::string()),
        optional("expiresAt", Schema::number()),
        optional("user", user.about("What Apple tells at the first sign-in only.")),
    ])
    .about("An id token that the client got from the provider.")
}

fn callback() -> Operation {
    Operation::get("/callback/{id}", "handleOAuthCallback", "Handle an answer of a provider")
        .in_path("id", provider_id())
        .query::<AuthorizationResponse>(answer_fields())
        .responds(
            ApiResponse::redirect("To the `callbackURL`, or to the page for errors with `error`.")
                .signs_in(),
        )
}

fn posted_callback() -> Operation {
    Operation::post("/callback/{id}", "postOAuthCallback", "Handle a posted answer of a provider")
        .in_path("id", provider_id())
        .takes_form::<AuthorizationResponse>(Schema::object(answer_fields()))
        .responds(ApiResponse::redirect("To the same path, with the answer in the query."))
}

fn answer_fields() -> [Field; 7] {
    [
        optional("code", Schema::string()),
        optional("error", Schema::string()),
        optional("device_id", Schema::string()),
        optional("error_description", Schema::string()),
        optional("state", Schema::string()),
        optional("user", Schema::string()),
        optional("iss", Schema::string().about("The issuer of the answer (RFC 9207).")),
    ]
}
