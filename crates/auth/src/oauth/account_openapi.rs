//! The routes of linked accounts in the API reference.

use super::{
    account_error::{
        ACCESS_TOKEN_NOT_FOUND, FAILED_TO_GET_ACCESS_TOKEN, FAILED_TO_REFRESH_ACCESS_TOKEN,
        LINKING_DIFFERENT_EMAILS_NOT_ALLOWED, LINKING_NOT_ALLOWED, PROVIDER_NOT_CONFIGURED,
        PROVIDER_NOT_SUPPORTED, REFRESH_TOKEN_NOT_FOUND, SOCIAL_ACCOUNT_ALREADY_LINKED,
        TOKEN_REFRESH_NOT_SUPPORTED,
    },
    account_selection::AccountSelection,
    error::{
        FAILED_TO_GET_USER_INFO, ID_TOKEN_NOT_SUPPORTED, INVALID_TOKEN, PROVIDER_NOT_FOUND,
        USER_EMAIL_NOT_FOUND,
    },
    link_social::LinkSocial,
    request_schemas::{additional_data, additional_params, login_hint, request_sign_up, scopes},
};
use crate::{
    account::ACCOUNT_NOT_FOUND,
    error_code::{PAYLOAD_TOO_LARGE, VALIDATION_ERROR},
    openapi::{ApiResponse, Operation, Schema, optional, required},
};

pub(super) fn link() -> Operation {
    let url = Schema::string().about("The provider's page; empty after an id token.");
    let answer = Schema::object([
        required("url", url),
        required("redirect", Schema::boolean().about("Whether the client continues at `url`.")),
        optional("status", Schema::constant(true).about("The account is linked.")),
    ]);
    Operation::post("/link-social", "linkSocialAccount", "Link a social account")
        .session()
        .takes::<LinkSocial>(Schema::object([
            optional("callbackURL", Schema::target()),
            required("provider", Schema::string().about("The provider's id, e.g. `github`.")),
            optional("idToken", id_token()),
            optional("requestSignUp", request_sign_up()),
            optional("scopes", scopes()),
            optional("errorCallbackURL", Schema::target().about("The page for errors.")),
            optional("disableRedirect", Schema::boolean().about("Whether to send no `Location`.")),
            optional("loginHint", login_hint()),
            optional("additionalParams", additional_params()),
            optional("additionalData", additional_data()),
        ]))
        .responds(
            ApiResponse::json("The provider's URL, or the account is linked.", answer)
                .with_location(),
        )
        .refuses([
            PROVIDER_NOT_FOUND,
            ID_TOKEN_NOT_SUPPORTED,
            INVALID_TOKEN,
            FAILED_TO_GET_USER_INFO,
            USER_EMAIL_NOT_FOUND,
            SOCIAL_ACCOUNT_ALREADY_LINKED,
            LINKING_NOT_ALLOWED,
            LINKING_DIFFERENT_EMAILS_NOT_ALLOWED,
            PAYLOAD_TOO_LARGE,
        ])
}

fn id_token() -> Schema {
    Schema::object([
        required("token", Schema::string()),
        optional("nonce", Schema::string().about("The nonce of the token.")),
        optional("accessToken", Schema::string()),
        optional("refreshToken", Schema::string()),
    ])
    .about("An id token that the client got from the provider.")
}

pub(super) fn account_info() -> Operation {
    let user = Schema::object([
        optional("name", Schema::string()),
        optional("email", Schema::string()),
        optional("image", Schema::string()),
        required("emailVerified", Schema::boolean()),
    ]);
    let account = Schema::object([
        required("id", Schema::string()),
        required("providerId", Schema::string()),
        required("accountId", Schema::string().about("The user's id at the provider.")),
    ]);
    let data = Schema::any_object().about("The profile as the provider sent it.");
    let answer = Schema::object([
        required("user", user),
        required("data", data),
        required("account", account),
    ]);
    Operation::get("/account-info", "accountInfo", "Get account info")
        .described(
            "Reads the user's profile at the provider. Without a session: 401 with an empty body.",
        )
        .maybe_session()
        .raw_query(AccountSelection::fields())
        .responds(ApiResponse::json("The profile.", answer))
        .refuses([
            VALIDATION_ERROR,
            ACCOUNT_NOT_FOUND,
            PROVIDER_NOT_CONFIGURED,
            FAILED_TO_GET_ACCESS_TOKEN,
            ACCESS_TOKEN_NOT_FOUND,
            FAILED_TO_GET_USER_INFO,
        ])
}

pub(super) fn get_access_token() -> Operation {
    let answer = Schema::object([
        required("accessToken", Schema::string()),
        optional("accessTokenExpiresAt", Schema::date()),
        required("scopes", Schema::string().list()),
        optional("idToken", Schema::string()),
    ]);
    Operation::post("/get-access-token", "getAccessToken", "Get access token")
        .described("Refreshes the token at the provider if it has ended, or ends in 5 seconds.")
        .maybe_session()
        .takes_one_of(AccountSelection::schemas())
        .responds(ApiResponse::json("A valid access token of the provider.", answer))
        .responds(ApiResponse::unauthorized())
        .refuses([ACCOUNT_NOT_FOUND, PROVIDER_NOT_SUPPORTED, FAILED_TO_GET_ACCESS_TOKEN])
}

pub(super) fn refresh_token() -> Operation {
    let answer = Schema::object([
        required("accessToken", Schema::string()),
        required("refreshToken", Schema::string()),
        optional("accessTokenExpiresAt", Schema::date()),
        required("refreshTokenExpiresAt", Schema::date().nullable()),
        required("scope", Schema::string().nullable().about("Separated by commas.")),
        required("idToken", Schema::string().nullable()),
        required("providerId", Schema::string()),
        required("accountId", Schema::string().about("The `id` of the account.")),
    ]);
    Operation::post("/refresh-token", "refreshToken", "Refresh token")
        .described("A request that waits for another one's refresh gets the tokens of that one.")
        .maybe_session()
        .takes_one_of(AccountSelection::schemas())
        .responds(ApiResponse::json("New tokens of the provider.", answer))
        .responds(ApiResponse::unauthorized())
        .refuses([
            ACCOUNT_NOT_FOUND,
            PROVIDER_NOT_SUPPORTED,
            TOKEN_REFRESH_NOT_SUPPORTED,
            REFRESH_TOKEN_NOT_FOUND,
            FAILED_TO_REFRESH_ACCESS_TOKEN,
        ])
}

pub(super) fn providers() -> Operation {
    let provider = Schema::object([
        required("id", Schema::string().about("For `sign-in/social`, e.g. `github`.")),
        required("name", Schema::string().about("For people, e.g. `GitHub`.")),
    ]);
    Operation::get("/providers", "listProviders", "List providers")
        .described("Not in better-auth: the providers with which users can sign in.")
        .unfailing()
        .responds(ApiResponse::json(
            "The providers, in the order of the settings.",
            provider.list(),
        ))
}
