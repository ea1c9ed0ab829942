//! The lock of an account after wrong codes, which counts those of all challenges and factors.
//!
//! The count is in the row of `twoFactor`, as in better-auth. A user who only gets codes by mail has
//! no such row, and better-auth does not lock them; here the count is a value of `verification`.

use domain::{Result, User};
use sea_orm::ConnectionTrait;

use super::{
    config::Lockout,
    error::ACCOUNT_TEMPORARILY_LOCKED,
    store::{self, Model},
};
use crate::{
    context::Context,
    error::AuthError,
    verification::{self, CurrentValue, NewValue},
};

/// Refuses a user whose account is locked, and ends a lock that is over.
pub(super) async fn check<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    row: Option<&Model>,
) -> Result<(), AuthError> {
    let Some(lockout) = context.config.plugins.two_factor.lockout else { return Ok(()) };
    let is_locked = match row {
        Some(row) => match row.locked_until {
            Some(until) if until > context.clock.now() => true,
            Some(_) => {
                store::forget_failures(db, row).await?;
                false
            }
            None => false,
        },
        None => add_failures(db, context, user, lockout, 0).await? >= lockout.max_failed_attempts,
    };
    if is_locked { Err(ACCOUNT_TEMPORARILY_LOCKED.into()) } else { Ok(()) }
}

/// Counts a wrong code.
pub(super) async fn count_failure<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    row: Option<&Model>,
) -> Result<()> {
    let Some(lockout) = context.config.plugins.two_factor.lockout else { return Ok(()) };
    match row {
        Some(row) => {
            let until = context.clock.now() + lockout.duration;
            store::count_failure(db, row, lockout.max_failed_attempts, until).await
        }
        None => add_failures(db, context, user, lockout, 1).await.map(|_| ()),
    }
}

/// Forgets the wrong codes after a right one.
pub(super) async fn forget_failures<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    row: Option<&Model>,
) -> Result<()> {
    if context.config.plugins.two_factor.lockout.is_none() {
        return Ok(());
    }
    match row {
        Some(row) => store::forget_failures(db, row).await,
        None => {
            verification::Store::of(context).take_value(db, &identifier(user)).await.map(|_| ())
        }
    }
}

/// Adds to the number of wrong codes of a user without a row, and returns it. The caller has locked
/// the user's row.
async fn add_failures<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    lockout: Lockout,
    more: u32,
) -> Result<u32> {
    let (store, now) = (verification::Store::of(context), context.clock.now());
    let identifier = identifier(user);
    let taken = store.take_current_value(db, &identifier, now).await?;
    let (known, end) = match taken {
        Some(CurrentValue { value, expires_at }) => (value.parse().unwrap_or(u32::MAX), expires_at),
        None => (0, now),
    };
    let count = known.saturating_add(more);
    let expires_at = if more > 0 { now + lockout.duration } else { end };
    if count > 0 {
        let value = count.to_string();
        let value = NewValue { identifier: &identifier, value: &value, expires_at };
        store.put_value(db, value, now).await?;
    }
    Ok(count)
}

fn identifier(user: &User) -> String {
    format!("2fa-failures-{}", user.id)
}
