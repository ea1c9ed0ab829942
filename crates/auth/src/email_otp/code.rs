//! Codes: their stored form, mailing them, and trying one.

use chrono::{DateTime, Utc};
use crypto::Vault;
use domain::{Result, User, id::random_alphanumeric};
use mailer::Recipient;
use sea_orm::ConnectionTrait;

use super::{
    config::{ResendStrategy, StoreOtp},
    error::{INVALID_OTP, OTP_EXPIRED, TOO_MANY_ATTEMPTS},
    purpose::Purpose,
};
use crate::{
    context::Context,
    error_code::ErrorCode,
    mail::{self, Enqueued},
    verification::{self, MailedSecret},
};

/// A code to mail.
pub(super) struct NewCode<'a> {
    pub(super) purpose: Purpose,
    /// Under which it is stored.
    pub(super) identifier: String,
    pub(super) to: Recipient<'a>,
    /// The user with the address, or who changes theirs.
    pub(super) user: Option<&'a User>,
    /// The provider with which the user signed up.
    pub(super) provider: Option<String>,
}

/// Mails a code and stores it in place of the one before, or simulates both. Returns whether a mail
/// was enqueued.
///
/// A simulated code is stored, too, so that trying codes does not reveal whether a user has the
/// address, or whether mails reach it; nothing matches it. A recipient who had too many mails,
/// simulated or not, keeps the code before, so that a client can neither end it nor try more codes
/// than were mailed. No code is made while mails are off.
pub(super) async fn mail_code<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    new: NewCode<'_>,
) -> Result<bool> {
    let NewCode { purpose, identifier, to, user, provider } = new;
    let (config, now) = (&context.config.plugins.email_otp, context.clock.now());
    let epoch = user.map_or(0, |user| user.epoch);
    let to = mail::reachable(to);
    let before = take(db, context, &identifier).await?;
    let reused = before.as_ref().and_then(|before| reusable(context, before, epoch, now));
    let is_simulated = matches!(to, Recipient::Simulated(_));
    let (code, value) = match reused {
        Some((code, value)) => (code, value),
        None => new_code(context, is_simulated),
    };
    let name = user.map(|user| user.name.clone()).unwrap_or_default();
    let message = purpose.message(name, provider, code, config.expires_in);
    let enqueued = mail::send(db, context, to, &message).await?;
    let expires_at = now + config.expires_in;
    let secret = MailedSecret { value, created_at: now, expires_at, epoch: Some(epoch) };
    put_latest(db, context, &identifier, (before, secret), enqueued).await?;
    Ok(enqueued == Enqueued::Sent)
}

/// Stores a code that nothing matches, with the work of [`mail_code`] except the mail: another mail
/// was `enqueued`.
pub(super) async fn simulate<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
    enqueued: Enqueued,
) -> Result<()> {
    let now = context.clock.now();
    let before = take(db, context, identifier).await?;
    let (_, value) = new_code(context, true);
    let expires_at = now + context.config.plugins.email_otp.expires_in;
    let secret = MailedSecret { value, created_at: now, expires_at, epoch: Some(0) };
    put_latest(db, context, identifier, (before, secret), enqueued).await
}

/// Stores the new code, or the one before it again if the mail was refused.
async fn put_latest<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
    (before, new): (Option<MailedSecret>, MailedSecret),
    enqueued: Enqueued,
) -> Result<()> {
    match before {
        _ if enqueued != Enqueued::Refused => put(db, context, identifier, new).await,
        Some(before) => put(db, context, identifier, before).await,
        // The work is the same in every case; no client knows this identifier.
        None => put(db, context, &format!("unsent-otp-{}", random_alphanumeric()), new).await,
    }
}

async fn take<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
) -> Result<Option<MailedSecret>> {
    verification::Store::of(context).take_mailed(db, identifier).await
}

async fn put<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
    secret: MailedSecret,
) -> Result<()> {
    let now = context.clock.now();
    verification::Store::of(context).put_mailed(db, identifier, secret, now).await
}

/// A new code and its stored value. Of a simulated one neither consists of digits.
fn new_code(context: &Context, is_simulated: bool) -> (String, String) {
    let length = context.config.plugins.email_otp.otp_length;
    let code = if is_simulated { random_alphanumeric() } else { crypto::random_digits(length) };
    let stored = match context.config.plugins.email_otp.store_otp {
        StoreOtp::Plain => code.clone(),
        StoreOtp::Hashed => crypto::digest(&code),
        StoreOtp::Encrypted => vault(context).seal(&code),
    };
    (code, value(&stored, 0))
}

fn vault(context: &Context) -> Vault {
    Vault::new(context.config.secrets.clone())
}

/// better-auth's value of a row.
fn value(stored: &str, attempts: u32) -> String {
    format!("{stored}:{attempts}")
}

/// The stored code and the number of wrong tries in a row's value.
fn parts(value: &str) -> (&str, u32) {
    let (stored, attempts) = value.rsplit_once(':').unwrap_or((value, ""));
    (stored, attempts.parse().unwrap_or_default())
}

/// The code that a further request mails again, and its value.
fn reusable(
    context: &Context,
    before: &MailedSecret,
    epoch: i64,
    now: DateTime<Utc>,
) -> Option<(String, String)> {
    let config = &context.config.plugins.email_otp;
    let (stored, attempts) = parts(&before.value);
    let is_valid = config.resend_strategy == ResendStrategy::Reuse
        && before.expires_at >= now
        && attempts < config.allowed_attempts
        && before.epoch.is_none_or(|before| before == epoch);
    let code = match config.store_otp {
        _ if !is_valid => None,
        StoreOtp::Plain => Some(stored.to_owned()),
        StoreOtp::Hashed => None,
        StoreOtp::Encrypted => vault(context).open(stored),
    };
    // A simulated one was never mailed.
    let is_code =
        |code: &String| code.len() == config.otp_length && code.bytes().all(|c| c.is_ascii_digit());
    code.filter(is_code).map(|code| (code, before.value.clone()))
}

/// What happens with a code that was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfRight {
    /// It is consumed.
    Consume,
    /// It stays valid.
    Keep,
}

/// Tries a code. The caller commits in every case. Counts a wrong one: it is taken while it is
/// compared, so that of parallel tries at most as many as allowed are compared. Returns the secret
/// of a right one, whose epoch the caller checks.
pub(super) async fn try_code<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
    given: &str,
    if_right: IfRight,
) -> Result<Result<MailedSecret, ErrorCode>> {
    let config = &context.config.plugins.email_otp;
    let Some(secret) = take(db, context, identifier).await? else { return Ok(Err(INVALID_OTP)) };
    if secret.expires_at < context.clock.now() {
        return Ok(Err(OTP_EXPIRED));
    }
    let (stored, attempts) = parts(&secret.value);
    if attempts >= config.allowed_attempts {
        return Ok(Err(TOO_MANY_ATTEMPTS));
    }
    if !is_right(context, stored, given) {
        let value = value(stored, attempts + 1);
        put(db, context, identifier, MailedSecret { value, ..secret }).await?;
        return Ok(Err(INVALID_OTP));
    }
    if if_right == IfRight::Keep {
        put(db, context, identifier, secret.clone()).await?;
    }
    Ok(Ok(secret))
}

/// Compares in constant time, by signatures under the service's secret.
fn is_right(context: &Context, stored: &str, given: &str) -> bool {
    let (expected, given) = match context.config.plugins.email_otp.store_otp {
        StoreOtp::Plain => (stored.to_owned(), given.to_owned()),
        StoreOtp::Hashed => (stored.to_owned(), crypto::digest(given)),
        StoreOtp::Encrypted => match vault(context).open(stored) {
            Some(code) => (code, given.to_owned()),
            None => return false,
        },
    };
    let signer = context.cookies.signer();
    signer.verifies(&given, &signer.signature(&expected))
}
