//! The module's section of the API reference.

use super::{
    error::{
        CHANGE_EMAIL_DISABLED, CURRENT_OTP_REQUIRED, EMAIL_IN_USE, EMAIL_IS_THE_SAME,
        INVALID_EMAIL, INVALID_TYPE, NOT_IMPLEMENTED, REFUSED_CODE, USER_NOT_FOUND,
    },
    input::{Change, Check, RequestChange, RequestReset, Reset, Send, SignIn, VerifyEmail},
    purpose::Purpose,
};
use crate::{
    email_password::{FIELD_NOT_ALLOWED, MAX_NAME_LEN},
    error_code::BANNED_USER,
    openapi::{ApiResponse, Field, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new(
        "Mailed codes",
        "Sign-in, verification, password reset and change of address with a mailed code.",
    )
    .with(send())
    .with(check())
    .with(verify_email())
    .with(sign_in())
    .with(request_reset())
    .with(request_reset().alias("/forget-password/email-otp", "forgetPasswordWithEmailOTP"))
    .with(reset(settings))
    .with(request_change())
    .with(change())
}

fn success() -> Schema {
    Schema::object([required("success", Schema::constant(true))])
}

fn otp() -> Field {
    required("otp", Schema::string().about("The mailed code."))
}

fn purpose() -> Field {
    required("type", Schema::one_of(&Purpose::NAMES))
}

fn send() -> Operation {
    let path = "/email-otp/send-verification-otp";
    Operation::post(path, "sendEmailVerificationOTP", "Mail a code")
        .described("The response is the same for every address.")
        .takes::<Send>(Schema::object([required("email", Schema::email()), purpose()]))
        .responds(ApiResponse::json("The code is mailed.", success()))
        .refuses([INVALID_EMAIL])
        .refuses([INVALID_TYPE, NOT_IMPLEMENTED])
}

fn check() -> Operation {
    let path = "/email-otp/check-verification-otp";
    Operation::post(path, "verifyEmailWithOTP", "Check a code")
        .described("The code stays valid. A wrong one counts as a try.")
        .takes::<Check>(Schema::object([required("email", Schema::email()), purpose(), otp()]))
        .responds(ApiResponse::json("The code is right.", success()))
        .refuses(REFUSED_CODE)
        .refuses([INVALID_EMAIL, USER_NOT_FOUND])
}

fn verify_email() -> Operation {
    let user = Schema::shared("User").nullable();
    let user = user.about("`null` without a session, if they are banned or have a second factor.");
    let answer = Schema::object([
        required("status", Schema::constant(true)),
        required(
            "token",
            Schema::string().nullable().about("The token of the session, if one began."),
        ),
        required("user", user),
    ]);
    Operation::post("/email-otp/verify-email", "verifyEmailOTP", "Verify email with a code")
        .maybe_session()
        .takes::<VerifyEmail>(Schema::object([required("email", Schema::email()), otp()]))
        .responds(ApiResponse::json("The address is verified.", answer).signs_in())
        .refuses(REFUSED_CODE)
        .refuses([INVALID_EMAIL, USER_NOT_FOUND, BANNED_USER])
}

fn sign_in() -> Operation {
    let answer = Schema::object([
        required("token", Schema::string()),
        required("user", Schema::shared("User")),
    ]);
    let new = "Of a new user.";
    Operation::post("/sign-in/email-otp", "signInWithEmailOTP", "Sign in with a code")
        .takes::<SignIn>(Schema::object([
            required("email", Schema::email()),
            otp(),
            optional("name", Schema::string().length(0, MAX_NAME_LEN).about(new)),
            optional("image", Schema::string().about(new)),
        ]))
        .responds(ApiResponse::json("The user and the new session's token.", answer).signs_in())
        .refuses(REFUSED_CODE)
        .refuses([FIELD_NOT_ALLOWED, BANNED_USER])
}

fn request_reset() -> Operation {
    let path = "/email-otp/request-password-reset";
    Operation::post(path, "requestPasswordResetWithEmailOTP", "Request a code to reset a password")
        .described("The response is the same for every address.")
        .takes::<RequestReset>(Schema::object([required("email", Schema::email())]))
        .responds(ApiResponse::json("The code is mailed, if a user has the address.", success()))
        .refuses([INVALID_EMAIL])
        .refuses([NOT_IMPLEMENTED])
}

fn reset(settings: &Settings<'_>) -> Operation {
    let path = "/email-otp/reset-password";
    Operation::post(path, "resetPasswordWithEmailOTP", "Reset password with a code")
        .takes::<Reset>(Schema::object([
            required("email", Schema::email()),
            otp(),
            required("password", password::new_password(settings)),
        ]))
        .responds(ApiResponse::json("The password is set.", success()))
        .refuses(password::refusals(settings))
        .refuses(REFUSED_CODE)
        .refuses([INVALID_EMAIL, USER_NOT_FOUND])
}

fn request_change() -> Operation {
    let path = "/email-otp/request-email-change";
    let about = "The code of the current address, where a setting requires it.";
    Operation::post(path, "requestEmailChangeWithEmailOTP", "Request a code to change the address")
        .described("The response is the same if another user has the address.")
        .fresh_session()
        .takes::<RequestChange>(Schema::object([
            required("newEmail", Schema::email()),
            optional("otp", Schema::string().about(about)),
        ]))
        .responds(ApiResponse::json("The code is mailed to the new address.", success()))
        .refuses(REFUSED_CODE)
        .refuses([INVALID_EMAIL])
        .refuses([CHANGE_EMAIL_DISABLED, EMAIL_IS_THE_SAME, CURRENT_OTP_REQUIRED, NOT_IMPLEMENTED])
}

fn change() -> Operation {
    let path = "/email-otp/change-email";
    Operation::post(path, "changeEmailWithEmailOTP", "Change the address with a code")
        .session()
        .takes::<Change>(Schema::object([required("newEmail", Schema::email()), otp()]))
        .responds(ApiResponse::json("The address is changed.", success()).signs_in())
        .refuses(REFUSED_CODE)
        .refuses([INVALID_EMAIL, USER_NOT_FOUND])
        .refuses([CHANGE_EMAIL_DISABLED, EMAIL_IS_THE_SAME, EMAIL_IN_USE])
}
