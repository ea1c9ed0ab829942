//! The count of wrong codes of a challenge: a value of the table `verification`.

use chrono::{DateTime, Utc};
use domain::Result;
use sea_orm::ConnectionTrait;

use super::error::{INVALID_TWO_FACTOR_COOKIE, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE};
use crate::{
    context::Context,
    error_code::ErrorCode,
    verification::{self, NewValue},
};

/// Wrong codes of one challenge, as in better-auth.
const MAX_FAILURES: u32 = 5;

/// The count of wrong codes of a challenge, taken from the store for the time of an answer.
pub(super) struct FailureCount {
    count: u32,
    expires_at: DateTime<Utc>,
}

/// Whether a challenge accepts another code.
pub(super) enum CodeCheck {
    /// The code may be checked. `None` in a session, which has no challenge.
    Allowed(Option<FailureCount>),
    /// The answer must be refused; the challenge may be over.
    Refused(ErrorCode),
}

/// Stores the count of a new challenge.
pub(super) async fn begin<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    put(db, context, challenge, FailureCount { count: 0, expires_at }).await
}

/// Takes the count of a challenge. After too many wrong codes, deletes the challenge instead.
pub(super) async fn take<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
) -> Result<CodeCheck> {
    let (store, now) = (verification::Store::of(context), context.clock.now());
    let Some(taken) = store.take_current_value(db, &identifier(challenge), now).await? else {
        return Ok(CodeCheck::Refused(INVALID_TWO_FACTOR_COOKIE));
    };
    let count = taken.value.parse().unwrap_or(MAX_FAILURES);
    if count < MAX_FAILURES {
        let expires_at = taken.expires_at;
        return Ok(CodeCheck::Allowed(Some(FailureCount { count, expires_at })));
    }
    store.take(db, challenge, now).await?;
    Ok(CodeCheck::Refused(TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE))
}

/// Stores a count again that was taken, with one more wrong code.
pub(super) async fn put_back<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
    taken: FailureCount,
) -> Result<()> {
    put(db, context, challenge, FailureCount { count: taken.count + 1, ..taken }).await
}

/// Deletes the count of a challenge.
pub(super) async fn delete<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
) -> Result<()> {
    verification::Store::of(context).take_value(db, &identifier(challenge)).await?;
    Ok(())
}

async fn put<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
    FailureCount { count, expires_at }: FailureCount,
) -> Result<()> {
    let (identifier, value) = (identifier(challenge), count.to_string());
    let value = NewValue { identifier: &identifier, value: &value, expires_at };
    verification::Store::of(context).put_value(db, value, context.clock.now()).await
}

/// better-auth's identifier of the count.
fn identifier(challenge: &str) -> String {
    format!("2fa-attempts-{challenge}")
}
