//! Signing up and in, passwords, and what users may do with their accounts.

use auth::{account, email_password, email_verification, password, user};
use repositories::OWNED_TABLES;

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Signing in", "Signing up and in, passwords, and what users may do with their accounts.";
    DISABLE_SIGN_UP = Setting::switch(
        "AUTH_DISABLE_SIGN_UP",
        false,
        "Whether new users cannot sign up, with a password or by any plugin",
    )
    .details("Providers sign new users up, unless `AUTH_<PROVIDER>_DISABLE_SIGN_UP`.");
    AUTO_SIGN_IN = Setting::switch("AUTH_AUTO_SIGN_IN", true, "Whether signing up signs in");
    REQUIRE_VERIFICATION = Setting::switch(
        "AUTH_REQUIRE_EMAIL_VERIFICATION",
        false,
        "Whether an address must be verified before its user can sign in",
    );
    SEND_ON_SIGN_UP = Setting::switch(
        "AUTH_SEND_VERIFICATION_ON_SIGN_UP",
        false,
        "Whether signing up mails the link that verifies the address",
    )
    .computed("as `AUTH_REQUIRE_EMAIL_VERIFICATION`")
    .example("false");
    SEND_ON_SIGN_IN = Setting::switch(
        "AUTH_SEND_VERIFICATION_ON_SIGN_IN",
        false,
        "Whether a refused sign-in of an unverified user mails the link again",
    );
    SIGN_IN_AFTER_VERIFICATION = Setting::switch(
        "AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION",
        false,
        "Whether the link that verifies an address also signs in",
    )
    .details("The link shows a page with a button, which mail scanners do not press. It signs in once.");
    VERIFICATION_EXPIRES_IN = Setting::seconds(
        "AUTH_VERIFICATION_EXPIRES_IN",
        3_600,
        1,
        "Seconds for which a link that verifies an address is valid",
    );
    RESET_EXPIRES_IN = Setting::seconds(
        "AUTH_RESET_EXPIRES_IN",
        3_600,
        1,
        "Seconds for which a link that resets a password is valid",
    );
    REVOKE_SESSIONS_ON_RESET = Setting::switch(
        "AUTH_REVOKE_SESSIONS_ON_RESET",
        true,
        "Whether resetting a password ends all sessions of its user",
    );
    PASSWORD_HASH = Setting::choice(
        "AUTH_PASSWORD_HASH",
        "argon2id",
        &["argon2id", "scrypt"],
        "How new passwords are stored: argon2id, or scrypt while a Node better-auth server \
         shares the database",
    )
    .details("Passwords stored with argon2id, scrypt or bcrypt can sign in.");
    MIN_LENGTH = Setting::integer(
        "AUTH_PASSWORD_MIN_LENGTH", 8, (1, 128), "Minimum number of characters of a new password",
    );
    MAX_LENGTH = Setting::integer(
        "AUTH_PASSWORD_MAX_LENGTH", 128, (8, 1_024), "Maximum number of characters of a new password",
    );
    MIN_SCORE = Setting::integer(
        "AUTH_PASSWORD_MIN_SCORE",
        0,
        (0, 4),
        "How hard to guess a new password must be: zxcvbn's score, from 0 (anything) to 4",
    );
    CHANGE_EMAIL = Setting::switch(
        "AUTH_CHANGE_EMAIL", true, "Whether users may change their address",
    );
    CHANGE_UNVERIFIED_EMAIL = Setting::switch(
        "AUTH_CHANGE_UNVERIFIED_EMAIL",
        false,
        "Whether an unverified address changes immediately, without a mailed link",
    );
    DELETE_USER = Setting::switch(
        "AUTH_DELETE_USER", true, "Whether users may delete their account",
    );
    DELETE_USER_VERIFICATION = Setting::switch(
        "AUTH_DELETE_USER_VERIFICATION",
        false,
        "Whether deleting an account requires a mailed link",
    );
    DELETE_USER_EXPIRES_IN = Setting::seconds(
        "AUTH_DELETE_USER_EXPIRES_IN",
        86_400,
        1,
        "Seconds for which a link that deletes an account is valid",
    );
    UNLINK_LAST_ACCOUNT = Setting::switch(
        "AUTH_UNLINK_LAST_ACCOUNT", false, "Whether users may unlink their last sign-in method",
    );
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Signing up and in.
    pub email_password: email_password::Config,
    /// Verifying an address.
    pub email_verification: email_verification::Config,
    /// Passwords.
    pub password: password::Config,
    /// What users may change about themselves.
    pub user: user::Config,
    /// Accounts: a password, and identities at providers.
    pub account: account::Config,
}

pub(super) fn check(check: &mut Check) -> SignIn {
    let require_verification = check.switch(&REQUIRE_VERIFICATION);
    SignIn {
        email_verification: email_verification::Config {
            send_on_sign_up: check.switch_or(&SEND_ON_SIGN_UP, require_verification),
            send_on_sign_in: check.switch(&SEND_ON_SIGN_IN),
            auto_sign_in: check.switch(&SIGN_IN_AFTER_VERIFICATION),
            expires_in: check.seconds(&VERIFICATION_EXPIRES_IN),
        },
        password: password(check),
        user: user::Config {
            change_email: check.switch(&CHANGE_EMAIL),
            change_unverified_email: check.switch(&CHANGE_UNVERIFIED_EMAIL),
            delete: check.switch(&DELETE_USER),
            delete_by_mail: check.switch(&DELETE_USER_VERIFICATION),
            delete_expires_in: check.seconds(&DELETE_USER_EXPIRES_IN),
            owned_tables: OWNED_TABLES,
        },
        account: account::Config { unlink_last: check.switch(&UNLINK_LAST_ACCOUNT) },
        email_password: email_password::Config {
            sign_up: !check.switch(&DISABLE_SIGN_UP),
            auto_sign_in: check.switch(&AUTO_SIGN_IN),
            require_verification,
            reset_expires_in: check.seconds(&RESET_EXPIRES_IN),
            revoke_sessions_on_reset: check.switch(&REVOKE_SESSIONS_ON_RESET),
        },
    }
}

/// The problem that addresses must be verified, but no mail can be sent.
pub(super) fn fail_without_mails(check: &mut Check) {
    check.fail(
        &REQUIRE_VERIFICATION,
        "is true, but without SMTP_HOST no link is mailed and no new user can sign in; set \
         SMTP_HOST, or turn it off",
    );
}

fn password(check: &mut Check) -> password::Config {
    let forms = [password::HashForm::Argon2id, password::HashForm::Scrypt];
    let hash = check.choice(&PASSWORD_HASH, forms);
    let (min_length, max_length) = (check.integer(&MIN_LENGTH), check.integer(&MAX_LENGTH));
    if min_length > max_length {
        let what = format!("is {max_length}, less than AUTH_PASSWORD_MIN_LENGTH");
        check.fail(&MAX_LENGTH, &what);
    }
    password::Config {
        hash: hash.unwrap_or_default(),
        min_length: min_length as usize,
        max_length: max_length as usize,
        min_score: check.integer(&MIN_SCORE),
    }
}
