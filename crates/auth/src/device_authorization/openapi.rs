//! The module's section of the API reference.

use super::{
    error::{
        ACCESS_DENIED, ALREADY_PROCESSED, AUTHENTICATION_REQUIRED, CLIENT_ID_MISMATCH,
        CLIENT_ID_REQUIRED, EXPIRED_DEVICE_CODE, EXPIRED_USER_CODE, INVALID_CLIENT,
        INVALID_DEVICE_CODE, INVALID_STATUS, INVALID_USER_CODE, NO_UNIQUE_CODE, NOT_CLAIMED,
        NOT_YOURS_TO_APPROVE, NOT_YOURS_TO_DENY, PENDING, SLOW_DOWN, USER_NOT_FOUND,
    },
    input::{CodeRequest, Decision, GRANT, MAX_LEN, Review, TokenRequest},
};
use crate::{
    error_code::{BANNED_USER, OauthError},
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
};

pub(crate) fn section(_settings: &Settings<'_>) -> Section {
    Section::new(
        "Device authorization",
        "Signing in clients on devices without a keyboard (RFC 8628).",
    )
    .with(code())
    .with(token())
    .with(review())
    .with(approve())
    .with(deny())
}

fn client_id() -> Schema {
    Schema::string().about("The id of the device client.")
}

fn code() -> Operation {
    let answer = Schema::object([
        required(
            "device_code",
            Schema::string().about("The secret with which the device client polls."),
        ),
        required("user_code", Schema::string().about("The code that the device client shows.")),
        required("verification_uri", Schema::string().about("The page where users type it.")),
        required("verification_uri_complete", Schema::string().about("The same with the code.")),
        required("expires_in", Schema::number().about("Seconds for which the codes are valid.")),
        required(
            "interval",
            Schema::number().about("The minimum number of seconds between polls."),
        ),
    ]);
    let user = Schema::string().about("The id of the only user who may approve.");
    let scope = Schema::string().about("Scopes, separated by spaces.");
    Operation::post("/device/code", "requestDeviceCode", "Request device code")
        .takes_form::<CodeRequest>(Schema::object([
            required("client_id", client_id().length(0, MAX_LEN)),
            optional("user_id", user.length(0, MAX_LEN)),
            optional("scope", scope.length(0, MAX_LEN)),
        ]))
        .responds(ApiResponse::json("The codes.", answer))
        .refuses([CLIENT_ID_REQUIRED, INVALID_CLIENT, NO_UNIQUE_CODE])
}

fn token() -> Operation {
    let answer = Schema::object([
        required("access_token", Schema::string().about("The token of the session.")),
        required("token_type", Schema::constant("Bearer")),
        required("expires_in", Schema::number().about("Seconds for which the session lasts.")),
        required("scope", Schema::string().about("The scopes of the request.")),
    ]);
    let code = Schema::string().about("The `device_code` of `/device/code`.");
    Operation::post("/device/token", "requestDeviceToken", "Exchange device code")
        .takes::<TokenRequest>(Schema::object([
            required("grant_type", Schema::constant(GRANT)),
            required("device_code", code),
            required("client_id", client_id()),
        ]))
        .responds(ApiResponse::json("The new session.", answer))
        .refuses([INVALID_CLIENT, INVALID_DEVICE_CODE, CLIENT_ID_MISMATCH, SLOW_DOWN])
        .refuses([EXPIRED_DEVICE_CODE, PENDING, ACCESS_DENIED, INVALID_STATUS, USER_NOT_FOUND])
        .refuses([BANNED_USER])
}

fn review() -> Operation {
    let status = Schema::string().about("`pending`, `approved` or `denied`.");
    let answer = Schema::object([
        required("user_code", Schema::string()),
        required("status", status),
        optional("client_id", client_id().nullable()),
        optional("scope", Schema::string().nullable()),
    ]);
    Operation::get("/device", "verifyDeviceCode", "Review device request")
        .described(
            "Claims the request for the signed-in user, unless another user claimed it. The user \
             who claimed it sees its client and scope.",
        )
        .maybe_session()
        .query::<Review>([required("user_code", Schema::string().about("As the user typed it."))])
        .responds(ApiResponse::json("The request.", answer))
        .refuses([INVALID_USER_CODE, EXPIRED_USER_CODE])
}

fn approve() -> Operation {
    let operation = Operation::post("/device/approve", "approveDevice", "Approve device request");
    decision(operation, NOT_YOURS_TO_APPROVE)
}

fn deny() -> Operation {
    decision(
        Operation::post("/device/deny", "denyDevice", "Deny device request"),
        NOT_YOURS_TO_DENY,
    )
}

fn decision(operation: Operation, not_yours: OauthError) -> Operation {
    let answer = Schema::object([required("success", Schema::constant(true))]);
    operation
        .maybe_session()
        .takes::<Decision>(Schema::object([required("userCode", Schema::string())]))
        .responds(ApiResponse::json("The request is decided.", answer))
        .refuses([AUTHENTICATION_REQUIRED, INVALID_USER_CODE, EXPIRED_USER_CODE])
        .refuses([ALREADY_PROCESSED, NOT_CLAIMED, not_yours])
}
