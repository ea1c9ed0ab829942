//! The module's section of the API reference.

use super::{
    error::{
        AUTHENTICATION_FAILED, CHALLENGE_NOT_FOUND, FAILED_TO_VERIFY_REGISTRATION, ID_MISSING,
        INVALID_AUTHENTICATION, INVALID_REGISTRATION, NOT_ALLOWED, ORIGIN_MISSING,
        PASSKEY_NOT_FOUND, PASSKEY_UNKNOWN, PREVIOUSLY_REGISTERED, TOO_MANY_PASSKEYS,
    },
    input::{
        Authentication, DeletePasskey, MAX_CONTEXT_LEN, MAX_NAME_LEN, RegisterOptions,
        Registration, UpdatePasskey,
    },
};
use crate::{
    error_code::{BANNED_USER, EMAIL_NOT_VERIFIED},
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new(
        "Passkeys",
        "Sign-in with a passkey of an authenticator, e.g. a phone or a security key.",
    )
    .with(register_options())
    .with(verify_registration())
    .with(authenticate_options())
    .with(verify_authentication(settings))
    .with(list())
    .with(update())
    .with(delete())
}

fn register_options() -> Operation {
    let attachment =
        Schema::one_of(&["platform", "cross-platform"]).about("Where the authenticator must be.");
    let context = Schema::string().length(0, MAX_CONTEXT_LEN);
    let answer =
        Schema::any_object().about("`PublicKeyCredentialCreationOptionsJSON` of WebAuthn.");
    Operation::get(
        "/passkey/generate-register-options",
        "generatePasskeyRegistrationOptions",
        "Begin the registration of a passkey",
    )
    .fresh_session()
    .query::<RegisterOptions>([
        optional("authenticatorAttachment", attachment),
        optional("name", name().about("The name that the authenticator shows.")),
        optional("context", context.about("Stored with the challenge.")),
    ])
    .responds(ApiResponse::json("The options, whose challenge a cookie refers to.", answer))
    .refuses([TOO_MANY_PASSKEYS])
}

fn verify_registration() -> Operation {
    let response = Schema::any_object().about("`RegistrationResponseJSON` of WebAuthn.");
    let session = Schema::boolean().about("Whether to begin a new session.");
    let answer = Schema::object(passkey_fields().into_iter().chain([
        optional("session", Schema::shared("Session")),
        optional("user", Schema::shared("User")),
    ]));
    Operation::post(
        "/passkey/verify-registration",
        "passkeyVerifyRegistration",
        "Finish the registration of a passkey",
    )
    .fresh_session()
    .takes::<Registration>(Schema::object([
        required("response", response),
        optional("name", name()),
        optional("createSession", session),
    ]))
    .responds(ApiResponse::json("The new passkey.", answer).signs_in())
    .refuses([
        CHALLENGE_NOT_FOUND,
        FAILED_TO_VERIFY_REGISTRATION,
        INVALID_REGISTRATION,
        NOT_ALLOWED,
        PREVIOUSLY_REGISTERED,
        TOO_MANY_PASSKEYS,
        BANNED_USER,
    ])
}

fn authenticate_options() -> Operation {
    let answer = Schema::any_object().about("`PublicKeyCredentialRequestOptionsJSON` of WebAuthn.");
    Operation::get(
        "/passkey/generate-authenticate-options",
        "passkeyGenerateAuthenticateOptions",
        "Begin a sign-in with a passkey",
    )
    .described("The options name the passkeys of a signed-in user, and otherwise none.")
    .maybe_session()
    .responds(ApiResponse::json("The options, whose challenge a cookie refers to.", answer))
}

fn verify_authentication(settings: &Settings<'_>) -> Operation {
    let response = Schema::any_object().about("`AuthenticationResponseJSON` of WebAuthn.");
    let answer = Schema::object([
        optional("session", Schema::shared("Session")),
        optional("user", Schema::shared("User")),
        optional(
            "twoFactorRedirect",
            Schema::boolean().about(
                "The user must give their second factor, as the authenticator did not verify them.",
            ),
        ),
        optional("twoFactorMethods", Schema::string().list()),
    ]);
    Operation::post(
        "/passkey/verify-authentication",
        "passkeyVerifyAuthentication",
        "Finish a sign-in with a passkey",
    )
    .takes::<Authentication>(Schema::object([required("response", response)]))
    .responds(ApiResponse::json("The user and their new session.", answer).signs_in())
    .refuses([
        CHALLENGE_NOT_FOUND,
        PASSKEY_UNKNOWN,
        AUTHENTICATION_FAILED,
        INVALID_AUTHENTICATION,
        BANNED_USER,
    ])
    .refuses([ORIGIN_MISSING])
    .refuses_if(settings.config.email_password.require_verification, [EMAIL_NOT_VERIFIED])
}

fn list() -> Operation {
    Operation::get("/passkey/list-user-passkeys", "listPasskeys", "List passkeys")
        .session()
        .responds(ApiResponse::json("All passkeys of the user.", passkey().list()))
}

fn update() -> Operation {
    let answer = Schema::object([required("passkey", passkey())]);
    Operation::post("/passkey/update-passkey", "updatePasskey", "Rename passkey")
        .session()
        .takes::<UpdatePasskey>(Schema::object([required("id", id()), required("name", name())]))
        .responds(ApiResponse::json("The renamed passkey.", answer))
        .refuses([PASSKEY_NOT_FOUND, NOT_ALLOWED])
        .refuses([ID_MISSING])
}

fn delete() -> Operation {
    Operation::post("/passkey/delete-passkey", "deletePasskey", "Delete passkey")
        .described("A passkey of another user answers 401 without a body.")
        .session()
        .takes::<DeletePasskey>(Schema::object([required("id", id())]))
        .responds(ApiResponse::json("The passkey is deleted.", Schema::status()))
        .refuses([PASSKEY_NOT_FOUND])
        .refuses([ID_MISSING])
}

fn name() -> Schema {
    Schema::string().length(0, MAX_NAME_LEN)
}

fn id() -> Schema {
    Schema::string().about("The `id` of a listed passkey.")
}

fn passkey() -> Schema {
    Schema::object(passkey_fields())
}

fn passkey_fields() -> Vec<crate::openapi::Field> {
    vec![
        required("name", Schema::string().nullable()),
        required("publicKey", Schema::string().about("COSE in base64.")),
        required("userId", Schema::string()),
        required("credentialID", Schema::string().about("In base64url.")),
        required("counter", Schema::number()),
        required("deviceType", Schema::one_of(&["singleDevice", "multiDevice"])),
        required("backedUp", Schema::boolean()),
        required("transports", Schema::string().nullable().about("Separated by commas.")),
        required("createdAt", Schema::date().nullable()),
        required("aaguid", Schema::string().nullable().about("The authenticator's model.")),
        required("id", Schema::string()),
        optional("authenticator", Schema::string().about("The name of a known model.")),
    ]
}
