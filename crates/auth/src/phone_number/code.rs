//! Codes: sending one by SMS, and trying one. Rows and identifiers are better-auth's.

use domain::{Result, User, id::random_alphanumeric};
use mailer::{Recipient, Sms};
use sea_orm::ConnectionTrait;

use super::error::{INVALID_OTP, OTP_EXPIRED, OTP_NOT_FOUND, TOO_MANY_ATTEMPTS};
use crate::{
    context::Context,
    error_code::ErrorCode,
    mail::Enqueued,
    sms,
    verification::{MailedSecret, Store},
};

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Verifies the number, and signs in.
    Verification,
    PasswordReset,
}

impl Purpose {
    fn identifier(self, number: &str) -> String {
        match self {
            Self::Verification => format!("phone-number-otp-{number}"),
            Self::PasswordReset => format!("phone-number-reset-{number}"),
        }
    }

    fn message(self, code: String, context: &Context) -> Sms {
        let expires_in = context.config.plugins.phone_number.expires_in;
        match self {
            Self::Verification => Sms::PhoneVerification { code, expires_in },
            Self::PasswordReset => Sms::PhonePasswordReset { code, expires_in },
        }
    }
}

/// Sends a code by SMS and stores it in place of the one before, or simulates both. `user` has the
/// number.
///
/// A simulated code is stored, too, so that trying codes does not reveal whether a user has the
/// number; nothing matches it. A recipient who had too many SMS, simulated or not, keeps the code
/// before, so that a client can neither end it nor try more codes than were sent. No code is made
/// while SMS are off.
pub(super) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    purpose: Purpose,
    to: Recipient<'_>,
    user: Option<&User>,
) -> Result<()> {
    let (Recipient::User(number) | Recipient::Simulated(number)) = to;
    let (config, now) = (&context.config.plugins.phone_number, context.clock.now());
    let (store, identifier) = (Store::of(context), purpose.identifier(number));
    let is_simulated = matches!(to, Recipient::Simulated(_));
    let code =
        if is_simulated { random_alphanumeric() } else { crypto::random_digits(config.otp_length) };
    let new = MailedSecret {
        value: value(&code, 0),
        created_at: now,
        expires_at: now + config.expires_in,
        epoch: user.map(|user| user.epoch),
    };
    let before = store.take_mailed(db, &identifier).await?;
    let enqueued = sms::send(db, context, to, &purpose.message(code, context)).await?;
    let (identifier, stored) = match before {
        _ if enqueued != Enqueued::Refused => (identifier, new),
        Some(before) => (identifier, before),
        // The work is the same in every case; no client knows this identifier.
        None => (format!("unsent-otp-{}", random_alphanumeric()), new),
    };
    store.put_mailed(db, &identifier, stored, now).await
}

/// What happens with a code that was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfRight {
    /// It is consumed.
    Consume,
    /// It stays valid.
    Keep,
}

/// A code that a client gives.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) purpose: Purpose,
    pub(super) number: &'a str,
    pub(super) code: &'a str,
}

/// Tries a code. The caller commits in every case. Counts a wrong one: it is taken while it is
/// compared, so that of parallel tries at most as many as allowed are compared. Returns the secret
/// of a right one, whose epoch the caller checks.
pub(super) async fn try_code<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    given: Given<'_>,
    if_right: IfRight,
) -> Result<std::result::Result<MailedSecret, ErrorCode>> {
    let allowed = context.config.plugins.phone_number.allowed_attempts;
    let (store, now) = (Store::of(context), context.clock.now());
    let identifier = given.purpose.identifier(given.number);
    let Some(secret) = store.take_mailed(db, &identifier).await? else {
        return Ok(Err(OTP_NOT_FOUND));
    };
    if secret.expires_at < now {
        return Ok(Err(OTP_EXPIRED));
    }
    let (code, attempts) = parts(&secret.value);
    if attempts >= allowed {
        return Ok(Err(TOO_MANY_ATTEMPTS));
    }
    if !is_right(context, code, given.code) {
        let value = value(code, attempts + 1);
        store.put_mailed(db, &identifier, MailedSecret { value, ..secret }, now).await?;
        return Ok(Err(INVALID_OTP));
    }
    if if_right == IfRight::Keep {
        store.put_mailed(db, &identifier, secret.clone(), now).await?;
    }
    Ok(Ok(secret))
}

/// better-auth's value of a row.
fn value(code: &str, attempts: u32) -> String {
    format!("{code}:{attempts}")
}

/// The code and the number of wrong tries in a row's value, which may have no number.
fn parts(value: &str) -> (&str, u32) {
    let (code, attempts) = value.split_once(':').unwrap_or((value, ""));
    (code, attempts.parse().unwrap_or_default())
}

/// Compares in constant time, by signatures under the service's secret.
fn is_right(context: &Context, code: &str, given: &str) -> bool {
    let signer = context.cookies.signer();
    signer.verifies(given, &signer.signature(code))
}
