//! The module's section of the API reference.

use super::{
    error::{
        ACCOUNT_TEMPORARILY_LOCKED, BACKUP_CODES_CHANGED, BACKUP_CODES_NOT_ENABLED,
        INVALID_BACKUP_CODE, INVALID_CODE, INVALID_TWO_FACTOR_COOKIE, OTP_CHANNEL_ALREADY_USED,
        OTP_HAS_EXPIRED, OTP_NOT_CONFIGURED, OTP_NOT_SENT, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE,
        TOTP_ALREADY_ENABLED, TOTP_NOT_CONFIGURED, TOTP_NOT_ENABLED, TOTP_OFF,
        TWO_FACTOR_NOT_ENABLED,
    },
    input::{Enable, NoFields, SendCode, VerifyBackupCode, VerifyCode, WithPassword},
};
use crate::{
    error_code::BANNED_USER,
    extract::Input,
    openapi::{ApiResponse, Field, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
    plugin::Plugin,
    user::INVALID_PASSWORD,
};

/// The response of a sign-in, or the challenge for the second factor in its place.
pub(crate) fn or_challenge(settings: &Settings<'_>, response: ApiResponse) -> ApiResponse {
    if !settings.config.plugins.has(Plugin::TwoFactor) {
        return response;
    }
    let methods = Schema::one_of(&["totp", "otp"]).list();
    response.or_json(
        &Schema::object([
            required("twoFactorRedirect", Schema::constant(true)),
            required(
                "twoFactorMethods",
                methods.about("The second factors that the user can give."),
            ),
        ])
        .about("The user must give their second factor; there is no session yet."),
    )
}

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Second factor", "A second factor after a password or another credential.")
        .with(enable(settings))
        .with(disable(settings))
        .with(get_totp_uri(settings))
        .with(verify_totp())
        .with(send_otp())
        .with(verify_otp())
        .with(generate_backup_codes(settings))
        .with(verify_backup_code())
}

/// A body with the user's password, which may be absent if the settings say so.
fn with_password<T: Input>(
    operation: Operation,
    settings: &Settings<'_>,
    fields: impl IntoIterator<Item = Field>,
) -> Operation {
    let schema = password::current_password(settings);
    let operation = operation.session();
    let operation = if settings.config.plugins.two_factor.allow_passwordless {
        let schema = schema.about("Required of users who have one.");
        let fields = [optional("password", schema)].into_iter().chain(fields);
        operation.takes::<WithPassword<T, true>>(Schema::object(fields))
    } else {
        let fields = [required("password", schema)].into_iter().chain(fields);
        operation.takes::<WithPassword<T, false>>(Schema::object(fields))
    };
    operation.refuses(password::CURRENT).refuses([INVALID_PASSWORD])
}

fn enable(settings: &Settings<'_>) -> Operation {
    let method = Schema::one_of(&["otp", "totp"]);
    let answer = Schema::object([
        required("method", method.clone()),
        optional("totpURI", Schema::string().about("The URI of the QR code, for `totp`.")),
        optional("backupCodes", Schema::string().list().about("Shown once, for `totp`.")),
    ]);
    let operation = Operation::post("/two-factor/enable", "enableTwoFactor", "Enable two factor")
        .described(
            "`otp`, for codes that are sent, is on at once; `totp` is on after a first code at \
             `verify-totp`. Turning it on replaces the session.",
        );
    let issuer = Schema::string().about("The service's name in the app.");
    with_password::<Enable>(
        operation,
        settings,
        [optional("method", method.about("Without it, `totp`.")), optional("issuer", issuer)],
    )
    .responds(ApiResponse::json("The key and the backup codes.", answer).signs_in())
    .refuses([OTP_NOT_CONFIGURED, TOTP_NOT_CONFIGURED, TOTP_ALREADY_ENABLED])
}

fn disable(settings: &Settings<'_>) -> Operation {
    let operation =
        Operation::post("/two-factor/disable", "disableTwoFactor", "Disable two factor")
            .described("All trusted devices of the user end. The session is replaced.");
    with_password::<NoFields>(operation, settings, [])
        .responds(ApiResponse::json("The second factor is off.", Schema::status()).signs_in())
}

fn get_totp_uri(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([required("totpURI", Schema::string())]);
    let operation = Operation::post("/two-factor/get-totp-uri", "getTOTPURI", "Get TOTP URI");
    with_password::<NoFields>(operation, settings, [])
        .responds(ApiResponse::json("The URI of the QR code.", answer))
        .refuses([TOTP_NOT_ENABLED, TOTP_OFF])
}

fn verify_totp() -> Operation {
    Operation::post("/two-factor/verify-totp", "verifyTOTP", "Verify two factor TOTP")
        .described("In a session, the first code turns the second factor on.")
        .maybe_session()
        .takes::<VerifyCode>(Schema::object([code(), trust_device()]))
        .responds(verified())
        .refuses([TOTP_NOT_ENABLED, TOTP_OFF, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE])
        .refuses([INVALID_CODE, INVALID_TWO_FACTOR_COOKIE])
        .refuses([ACCOUNT_TEMPORARILY_LOCKED, BANNED_USER])
}

fn send_otp() -> Operation {
    Operation::post("/two-factor/send-otp", "sendTwoFactorOTP", "Send two factor OTP")
        .maybe_session()
        .takes::<SendCode>(Schema::object([optional("trustDevice", Schema::boolean())]))
        .responds(ApiResponse::json("The code is sent.", Schema::status()))
        .refuses([OTP_NOT_SENT, OTP_CHANNEL_ALREADY_USED, INVALID_TWO_FACTOR_COOKIE])
}

fn verify_otp() -> Operation {
    Operation::post("/two-factor/verify-otp", "verifyTwoFactorOTP", "Verify two factor OTP")
        .described("In a session, a code turns the second factor on.")
        .maybe_session()
        .takes::<VerifyCode>(Schema::object([code(), trust_device()]))
        .responds(verified())
        .refuses([OTP_CHANNEL_ALREADY_USED, OTP_HAS_EXPIRED])
        .refuses([TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE])
        .refuses([INVALID_CODE, INVALID_TWO_FACTOR_COOKIE])
        .refuses([ACCOUNT_TEMPORARILY_LOCKED, BANNED_USER])
}

fn generate_backup_codes(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required("status", Schema::constant(true)),
        required("backupCodes", Schema::string().list().about("Shown once.")),
    ]);
    let operation = Operation::post(
        "/two-factor/generate-backup-codes",
        "generateBackupCodes",
        "Generate backup codes",
    )
    .described("The old codes become invalid.");
    with_password::<NoFields>(operation, settings, [])
        .responds(ApiResponse::json("The new codes.", answer))
        .refuses([TWO_FACTOR_NOT_ENABLED])
        .refuses([BACKUP_CODES_CHANGED])
}

fn verify_backup_code() -> Operation {
    let without = Schema::boolean().about("Whether the code is used without signing in.");
    let path = "/two-factor/verify-backup-code";
    Operation::post(path, "verifyBackupCode", "Verify a backup code")
        .described("Consumes the code.")
        .maybe_session()
        .takes::<VerifyBackupCode>(Schema::object([
            code(),
            optional("disableSession", without),
            trust_device(),
        ]))
        .responds(verified())
        .refuses([BACKUP_CODES_NOT_ENABLED, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE])
        .refuses([INVALID_BACKUP_CODE, INVALID_TWO_FACTOR_COOKIE])
        .refuses([ACCOUNT_TEMPORARILY_LOCKED, BANNED_USER])
        .refuses([BACKUP_CODES_CHANGED])
}

fn code() -> Field {
    required("code", Schema::string())
}

fn trust_device() -> Field {
    let about = "Whether this browser needs no second factor for some time.";
    optional("trustDevice", Schema::boolean().about(about))
}

fn verified() -> ApiResponse {
    let token = Schema::string().about("The token of the session, if there is one.");
    let answer =
        Schema::object([optional("token", token), required("user", Schema::shared("User"))]);
    ApiResponse::json("The code is right.", answer).signs_in()
}
