//! Signing up and in, passwords, and what users may do with their accounts.

use auth::{account, email_password, email_verification, password, user};
use clap::Args;
use repositories::OWNED_TABLES;

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Signing in")]
pub struct SignInSettings {
    /// Whether nobody new may sign up [default: false]
    #[arg(long, env = "AUTH_DISABLE_SIGN_UP", global = true)]
    pub auth_disable_sign_up: Option<String>,
    /// Whether signing up signs in [default: true]
    #[arg(long, env = "AUTH_AUTO_SIGN_IN", global = true)]
    pub auth_auto_sign_in: Option<String>,
    /// Whether an address must be verified before its user can sign in
    /// [default: false]
    #[arg(long, env = "AUTH_REQUIRE_EMAIL_VERIFICATION", global = true)]
    pub auth_require_email_verification: Option<String>,
    /// Whether signing up mails the link that verifies the address
    /// [default: as `AUTH_REQUIRE_EMAIL_VERIFICATION`]
    #[arg(long, env = "AUTH_SEND_VERIFICATION_ON_SIGN_UP", global = true)]
    pub auth_send_verification_on_sign_up: Option<String>,
    /// Whether a refused sign-in of an unverified user mails the link again
    /// [default: false]
    #[arg(long, env = "AUTH_SEND_VERIFICATION_ON_SIGN_IN", global = true)]
    pub auth_send_verification_on_sign_in: Option<String>,
    /// Whether the link that verifies an address signs in, too, once, by the press of a
    /// button, which a scanner of mails does not do [default: false]
    #[arg(long, env = "AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION", global = true)]
    pub auth_auto_sign_in_after_verification: Option<String>,
    /// Seconds for which such a link counts [default: 3600]
    #[arg(long, env = "AUTH_VERIFICATION_EXPIRES_IN", global = true)]
    pub auth_verification_expires_in: Option<String>,
    /// Seconds for which a link to reset a password counts [default: 3600]
    #[arg(long, env = "AUTH_RESET_EXPIRES_IN", global = true)]
    pub auth_reset_expires_in: Option<String>,
    /// Whether resetting a password ends all sessions of its user [default: true]
    #[arg(long, env = "AUTH_REVOKE_SESSIONS_ON_RESET", global = true)]
    pub auth_revoke_sessions_on_reset: Option<String>,
    /// How new passwords are stored: argon2id, or scrypt while a Node better-auth
    /// server shares the database [default: argon2id]
    #[arg(long, env = "AUTH_PASSWORD_HASH", global = true)]
    pub auth_password_hash: Option<String>,
    /// Fewest characters of a password [default: 8]
    #[arg(long, env = "AUTH_PASSWORD_MIN_LENGTH", global = true)]
    pub auth_password_min_length: Option<String>,
    /// Most characters of a password [default: 128]
    #[arg(long, env = "AUTH_PASSWORD_MAX_LENGTH", global = true)]
    pub auth_password_max_length: Option<String>,
    /// How hard to guess a new password must be, from 0 to 4 (zxcvbn's score)
    /// [default: 0]
    #[arg(long, env = "AUTH_PASSWORD_MIN_SCORE", global = true)]
    pub auth_password_min_score: Option<String>,
    /// Whether users may change their address [default: true]
    #[arg(long, env = "AUTH_CHANGE_EMAIL", global = true)]
    pub auth_change_email: Option<String>,
    /// Whether an address that was never verified is changed at once
    /// [default: false]
    #[arg(long, env = "AUTH_CHANGE_UNVERIFIED_EMAIL", global = true)]
    pub auth_change_unverified_email: Option<String>,
    /// Whether users may delete their account [default: true]
    #[arg(long, env = "AUTH_DELETE_USER", global = true)]
    pub auth_delete_user: Option<String>,
    /// Whether deleting an account takes a mailed link [default: false]
    #[arg(long, env = "AUTH_DELETE_USER_VERIFICATION", global = true)]
    pub auth_delete_user_verification: Option<String>,
    /// Seconds for which such a link counts [default: 86400]
    #[arg(long, env = "AUTH_DELETE_USER_EXPIRES_IN", global = true)]
    pub auth_delete_user_expires_in: Option<String>,
    /// Whether users may unlink their last way to sign in [default: false]
    #[arg(long, env = "AUTH_UNLINK_LAST_ACCOUNT", global = true)]
    pub auth_unlink_last_account: Option<String>,
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Signing up and in.
    pub email_password: email_password::Config,
    /// Proving an address.
    pub email_verification: email_verification::Config,
    /// Passwords.
    pub password: password::Config,
    /// What users may change of themselves.
    pub user: user::Config,
    /// Ways to sign in.
    pub account: account::Config,
}

impl SignInSettings {
    pub(super) fn check(self, check: &mut Check) -> SignIn {
        let required = check.switch(
            "AUTH_REQUIRE_EMAIL_VERIFICATION",
            self.auth_require_email_verification.clone(),
            false,
        );
        SignIn {
            email_verification: self.email_verification(check, required),
            password: self.password(check),
            user: self.user(check),
            account: account::Config {
                unlink_last: check.switch(
                    "AUTH_UNLINK_LAST_ACCOUNT",
                    self.auth_unlink_last_account.clone(),
                    false,
                ),
            },
            email_password: self.email_password(check, required),
        }
    }

    fn email_password(self, check: &mut Check, required: bool) -> email_password::Config {
        email_password::Config {
            sign_up: !check.switch("AUTH_DISABLE_SIGN_UP", self.auth_disable_sign_up, false),
            auto_sign_in: check.switch("AUTH_AUTO_SIGN_IN", self.auth_auto_sign_in, true),
            require_verification: required,
            reset_expires_in: check.duration(
                "AUTH_RESET_EXPIRES_IN",
                self.auth_reset_expires_in,
                3_600,
                1,
            ),
            revoke_sessions_on_reset: check.switch(
                "AUTH_REVOKE_SESSIONS_ON_RESET",
                self.auth_revoke_sessions_on_reset,
                true,
            ),
        }
    }

    fn email_verification(&self, check: &mut Check, required: bool) -> email_verification::Config {
        email_verification::Config {
            send_on_sign_up: check.switch(
                "AUTH_SEND_VERIFICATION_ON_SIGN_UP",
                self.auth_send_verification_on_sign_up.clone(),
                required,
            ),
            send_on_sign_in: check.switch(
                "AUTH_SEND_VERIFICATION_ON_SIGN_IN",
                self.auth_send_verification_on_sign_in.clone(),
                false,
            ),
            auto_sign_in: check.switch(
                "AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION",
                self.auth_auto_sign_in_after_verification.clone(),
                false,
            ),
            expires_in: check.duration(
                "AUTH_VERIFICATION_EXPIRES_IN",
                self.auth_verification_expires_in.clone(),
                3_600,
                1,
            ),
        }
    }

    fn password(&self, check: &mut Check) -> password::Config {
        let forms =
            [("argon2id", password::HashForm::Argon2id), ("scrypt", password::HashForm::Scrypt)];
        let form = self.auth_password_hash.clone();
        let hash = check.choice("AUTH_PASSWORD_HASH", form, &forms);
        let min_length = self.auth_password_min_length.clone();
        let min_length = check.number("AUTH_PASSWORD_MIN_LENGTH", min_length, 8, 1..=128);
        let max_length = self.auth_password_max_length.clone();
        let max_length = check.number("AUTH_PASSWORD_MAX_LENGTH", max_length, 128, 8..=1024);
        if min_length > max_length {
            let what = format!("is {max_length}, less than AUTH_PASSWORD_MIN_LENGTH");
            check.fail("AUTH_PASSWORD_MAX_LENGTH", &what, "128");
        }
        let min_score = self.auth_password_min_score.clone();
        let min_score = check.number("AUTH_PASSWORD_MIN_SCORE", min_score, 0, 0..=4);
        password::Config {
            hash: hash.unwrap_or_default(),
            min_length: min_length as usize,
            max_length: max_length as usize,
            min_score,
        }
    }

    fn user(&self, check: &mut Check) -> user::Config {
        user::Config {
            change_email: check.switch("AUTH_CHANGE_EMAIL", self.auth_change_email.clone(), true),
            change_unverified_email: check.switch(
                "AUTH_CHANGE_UNVERIFIED_EMAIL",
                self.auth_change_unverified_email.clone(),
                false,
            ),
            delete: check.switch("AUTH_DELETE_USER", self.auth_delete_user.clone(), true),
            delete_by_mail: check.switch(
                "AUTH_DELETE_USER_VERIFICATION",
                self.auth_delete_user_verification.clone(),
                false,
            ),
            delete_expires_in: check.duration(
                "AUTH_DELETE_USER_EXPIRES_IN",
                self.auth_delete_user_expires_in.clone(),
                86_400,
                1,
            ),
            owned_tables: OWNED_TABLES,
        }
    }
}
