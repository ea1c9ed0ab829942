//! The factors of a user.

use domain::{Result, User};
use sea_orm::ConnectionTrait;

use super::{challenge::Factor, otp, store};
use crate::context::Context;

/// The factors that `user` can give.
pub(super) async fn factors<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
) -> Result<Vec<Factor>> {
    let row = store::find(db, &user.id).await?;
    let has_app = row.is_some_and(|row| row.verified != Some(false));
    let totp = has_app && context.config.plugins.two_factor.totp;
    let factors = [(totp, Factor::Totp), (otp::is_sent(context, user), Factor::Otp)];
    Ok(factors.into_iter().filter_map(|(has, factor)| has.then_some(factor)).collect())
}
