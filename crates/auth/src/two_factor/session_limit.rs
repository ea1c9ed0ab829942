//! The limit of wrong codes in the sessions of one user, which better-auth does not have.

use domain::User;

use crate::{
    context::Context,
    error::AuthError,
    limit::{Counted, Failures},
};

/// Wrong codes in the sessions of one user per minute.
const MAX_PER_USER: u32 = 10;

/// A code in a session that is counted as wrong until it is right.
pub(super) struct CountedCode {
    failures: [Failures; 1],
    counted: Counted,
}

/// Counts a code as wrong, or refuses it if there were too many. `None` if limits are off.
pub(super) async fn count(
    context: &Context,
    user: &User,
) -> Result<Option<CountedCode>, AuthError> {
    let Some(limiter) = &context.limiter else { return Ok(None) };
    let failures = [Failures { key: format!("two-factor-session|{}", user.id), max: MAX_PER_USER }];
    let counted = limiter.consume(&context.db, &failures).await?.map_err(AuthError::too_many)?;
    Ok(Some(CountedCode { failures, counted }))
}

/// Takes the count back after a right code.
pub(super) async fn refund(context: &Context, code: Option<CountedCode>) -> Result<(), AuthError> {
    if let (Some(limiter), Some(CountedCode { failures, counted })) = (&context.limiter, code) {
        limiter.refund(&context.db, &failures, counted).await?;
    }
    Ok(())
}
