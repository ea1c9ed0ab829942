//! The module's section of the API reference, and its refusals in those of others.

use super::{
    error::{
        INVALID_OTP, INVALID_PHONE_NUMBER, INVALID_PHONE_NUMBER_OR_PASSWORD, OTP_EXPIRED,
        OTP_NOT_FOUND, PHONE_NUMBER_CANNOT_BE_SET, PHONE_NUMBER_CANNOT_BE_UPDATED,
        PHONE_NUMBER_EXIST, PHONE_NUMBER_NOT_EXIST, PHONE_NUMBER_NOT_VERIFIED,
        PHONE_NUMBER_PENDING_VERIFICATION, SEND_OTP_NOT_IMPLEMENTED, TOO_MANY_ATTEMPTS,
        USER_NOT_FOUND,
    },
    input::{Reset, Send, SignIn, Verify},
};
use crate::{
    error_code::ErrorCode,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
    plugin::Plugin,
    session::SESSION_NOT_FRESH,
    two_factor::openapi::or_challenge,
};

/// The refusals of a code.
const CODE: [ErrorCode; 4] = [OTP_NOT_FOUND, OTP_EXPIRED, INVALID_OTP, TOO_MANY_ATTEMPTS];

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Phone numbers", "Sign-in with a phone number, and codes by SMS.")
        .with(sign_in(settings))
        .with(send_otp())
        .with(verify(settings))
        .with(request_reset())
        .with(reset(settings))
}

fn number() -> Schema {
    Schema::string().about("A phone number, e.g. `+4930123456`.")
}

fn sign_in(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required("token", Schema::string()),
        required("user", Schema::shared("User")),
    ]);
    let must_verify = settings.config.plugins.phone_number.require_verification;
    Operation::post("/sign-in/phone-number", "signInPhoneNumber", "Sign in with phone number")
        .takes::<SignIn>(Schema::object([
            required("phoneNumber", number()),
            required("password", password::current_password(settings)),
            optional("rememberMe", password::remember_me()),
        ]))
        .responds(or_challenge(
            settings,
            ApiResponse::json("The user and the new session's token.", answer).signs_in(),
        ))
        .refuses(password::CURRENT)
        .refuses([INVALID_PHONE_NUMBER, INVALID_PHONE_NUMBER_OR_PASSWORD])
        .refuses_if(must_verify, [PHONE_NUMBER_NOT_VERIFIED])
}

fn send_otp() -> Operation {
    let answer = Schema::object([required("message", Schema::constant("code sent"))]);
    Operation::post("/phone-number/send-otp", "sendPhoneNumberOTP", "Send OTP to phone number")
        .takes::<Send>(Schema::object([required("phoneNumber", number())]))
        .responds(ApiResponse::json("The SMS is sent.", answer))
        .refuses([INVALID_PHONE_NUMBER, SEND_OTP_NOT_IMPLEMENTED])
}

fn verify(settings: &Settings<'_>) -> Operation {
    let user = Schema::shared("User").nullable();
    let user = user.about("`null` without a session, if they are banned or have a second factor.");
    let token = Schema::string().nullable().about("The session's token, if there is one.");
    let answer = Schema::object([
        required("status", Schema::constant(true)),
        required("token", token),
        required("user", user),
    ]);
    let updates = "Whether the session's user gets the number. The session must be fresh.";
    let updates = Schema::boolean().about(updates);
    let signs_up = settings.config.signs_up_by(Plugin::PhoneNumber);
    Operation::post("/phone-number/verify", "verifyPhoneNumber", "Verify phone number")
        .maybe_session()
        .takes::<Verify>(Schema::object([
            required("phoneNumber", number()),
            required("code", Schema::string()),
            optional("disableSession", Schema::boolean().about("Whether no session begins.")),
            optional("updatePhoneNumber", updates),
        ]))
        .responds(or_challenge(
            settings,
            ApiResponse::json("The number is verified.", answer).signs_in(),
        ))
        .refuses(CODE)
        .refuses([PHONE_NUMBER_EXIST, USER_NOT_FOUND])
        .refuses_if(may_age(settings), [SESSION_NOT_FRESH])
        .refuses_if(!signs_up, [PHONE_NUMBER_NOT_EXIST])
}

fn request_reset() -> Operation {
    let path = "/phone-number/request-password-reset";
    Operation::post(path, "requestPasswordResetPhoneNumber", "Request password reset by SMS")
        .described("The response is the same for every number.")
        .takes::<Send>(Schema::object([required("phoneNumber", number())]))
        .responds(ApiResponse::json("The SMS is sent, if a user has the number.", Schema::status()))
        .refuses([SEND_OTP_NOT_IMPLEMENTED])
}

fn reset(settings: &Settings<'_>) -> Operation {
    let must_verify = settings.config.plugins.phone_number.require_verification;
    let path = "/phone-number/reset-password";
    Operation::post(path, "resetPasswordPhoneNumber", "Reset password by SMS")
        .takes::<Reset>(Schema::object([
            required("otp", Schema::string()),
            required("phoneNumber", number()),
            required("newPassword", password::new_password(settings)),
        ]))
        .responds(ApiResponse::json("The password is set.", Schema::status()))
        .refuses(password::refusals(settings))
        .refuses(CODE)
        .refuses_if(must_verify, [PHONE_NUMBER_PENDING_VERIFICATION])
}

/// The refusal of a sign-up that sets a number.
pub(crate) fn refusals_of_sign_up(settings: &Settings<'_>) -> Option<ErrorCode> {
    settings.config.plugins.has(Plugin::PhoneNumber).then_some(PHONE_NUMBER_CANNOT_BE_SET)
}

/// The refusals of an update that sets a number, and of one that removes it.
pub(crate) fn refusals_of_update(settings: &Settings<'_>) -> Vec<ErrorCode> {
    let is_on = settings.config.plugins.has(Plugin::PhoneNumber);
    let refusals =
        [(is_on, PHONE_NUMBER_CANNOT_BE_UPDATED), (is_on && may_age(settings), SESSION_NOT_FRESH)];
    refusals.into_iter().filter_map(|(is_on, code)| is_on.then_some(code)).collect()
}

/// Whether a session does not stay fresh.
fn may_age(settings: &Settings<'_>) -> bool {
    !settings.config.session.fresh_age.is_zero()
}
