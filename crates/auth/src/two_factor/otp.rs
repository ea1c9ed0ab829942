//! Codes that are sent to the user.
//!
//! A code is a value of the table `verification`, under an identifier of the challenge or the session
//! for which it was sent: its stored form, a colon, and the number of wrong codes since.

use chrono::{DateTime, Utc};
use crypto::Vault;
use domain::{Result, User};
use mailer::{Channel, Message, Recipient, Sms};
use sea_orm::ConnectionTrait;
use subtle::ConstantTimeEq;

use super::config::{Delivery, Storage};
use crate::{
    context::Context,
    mail::{self, Enqueued},
    sms,
    verification::{self, NewValue},
};

/// Whether codes are sent to `user`.
pub(super) fn is_sent(context: &Context, user: &User) -> bool {
    match context.config.plugins.two_factor.otp.delivery {
        Delivery::Off => false,
        Delivery::Mail => context.mailer.is_on(),
        Delivery::Sms => context.mailer.has_sms() && verified_number(user).is_some(),
    }
}

/// Whether codes are sent by this channel.
pub(super) fn is_sent_by(context: &Context, channel: Option<Channel>) -> bool {
    match context.config.plugins.two_factor.otp.delivery {
        Delivery::Off => false,
        Delivery::Mail => channel == Some(Channel::Mail),
        Delivery::Sms => channel == Some(Channel::Sms),
    }
}

/// The verified phone number of a user.
fn verified_number(user: &User) -> Option<&str> {
    let number = user.sign_in.phone_number.as_deref();
    number.filter(|_| user.sign_in.phone_number_verified == Some(true))
}

/// Sends a new code, which replaces the one before. A user who had too many messages gets none, and
/// the code before remains.
pub(super) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    identifier: &str,
) -> Result<()> {
    let config = context.config.plugins.two_factor.otp;
    let code = crypto::random_digits(config.digits as usize);
    let stored = encode(context, &code);
    let expires_in = config.period;
    let enqueued = match (config.delivery, verified_number(user)) {
        (Delivery::Sms, Some(number)) => {
            let message = Sms::TwoFactorCode { code, expires_in };
            sms::send(db, context, Recipient::User(number), &message).await?
        }
        (Delivery::Mail, _) => {
            let message = Message::TwoFactorCode { name: user.name.clone(), code, expires_in };
            mail::send(db, context, Recipient::User(&user.email), &message).await?
        }
        _ => Enqueued::Refused,
    };
    if enqueued != Enqueued::Sent {
        return Ok(());
    }
    let now = context.clock.now();
    verification::Store::of(context).take_value(db, &stored_identifier(identifier)).await?;
    put(db, context, identifier, &SentCode { stored, attempts: 0, expires_at: now + expires_in })
        .await
}

/// A code that was sent, as it is stored.
pub(super) struct SentCode {
    stored: String,
    /// Wrong codes since.
    pub(super) attempts: u32,
    expires_at: DateTime<Utc>,
}

impl SentCode {
    /// Whether this is the code. Compares in constant time.
    pub(super) fn matches(&self, context: &Context, code: &str) -> bool {
        let Self { stored, .. } = self;
        let is_plain = stored.bytes().all(|byte| byte.is_ascii_digit());
        let (stored, given) = if is_plain {
            (stored.clone(), code.to_owned())
        } else if let Some(opened) = Vault::new(context.config.secrets.clone()).open(stored) {
            (opened, code.to_owned())
        } else {
            (stored.clone(), crypto::digest(code))
        };
        stored.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// Deletes the code that was sent, and returns it; `None` if there is none that is valid.
pub(super) async fn take<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
) -> Result<Option<SentCode>> {
    let (store, now) = (verification::Store::of(context), context.clock.now());
    let taken = store.take_current_value(db, &stored_identifier(identifier), now).await?;
    Ok(taken.and_then(|taken| {
        let (stored, attempts) = taken.value.rsplit_once(':')?;
        let (stored, attempts) = (stored.to_owned(), attempts.parse().unwrap_or(u32::MAX));
        (!stored.is_empty()).then_some(SentCode { stored, attempts, expires_at: taken.expires_at })
    }))
}

/// Stores a code again that was taken, with one more wrong code.
pub(super) async fn put_back<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
    sent: SentCode,
) -> Result<()> {
    let attempts = sent.attempts.saturating_add(1);
    put(db, context, identifier, &SentCode { attempts, ..sent }).await
}

async fn put<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    identifier: &str,
    sent: &SentCode,
) -> Result<()> {
    let SentCode { stored, attempts, expires_at } = sent;
    let (stored_identifier, value) =
        (stored_identifier(identifier), format!("{stored}:{attempts}"));
    let value = NewValue { identifier: &stored_identifier, value: &value, expires_at: *expires_at };
    verification::Store::of(context).put_value(db, value, context.clock.now()).await
}

/// better-auth's identifier of the value.
fn stored_identifier(identifier: &str) -> String {
    format!("2fa-otp-{identifier}")
}

/// The stored form of a code, as better-auth's `storeOTP` has it.
fn encode(context: &Context, code: &str) -> String {
    match context.config.plugins.two_factor.otp.storage {
        Storage::Plain => code.to_owned(),
        Storage::Hashed => crypto::digest(code),
        Storage::Encrypted => Vault::new(context.config.secrets.clone()).seal(code),
    }
}
