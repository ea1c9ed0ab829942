//! The kinds of second factors, and those of a user.

use domain::{Result, User};
use mailer::Channel;
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::{otp, store};
use crate::context::Context;

/// A kind of second factor. A backup code replaces either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Factor {
    /// Codes of an authenticator app.
    Totp,
    /// Codes that are sent to the user.
    Otp,
}

impl Factor {
    /// better-auth's name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Otp => "otp",
        }
    }
}

/// The second factors that `user` can give after a first one that was delivered by the channel
/// `first`.
pub(super) async fn factors_of<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    first: Option<Channel>,
) -> Result<Vec<Factor>> {
    let row = store::find(db, &user.id).await?;
    let has_app = row.is_some_and(|row| row.verified != Some(false));
    let totp = has_app && context.config.plugins.two_factor.totp;
    let otp = otp::is_sent(context, user) && !otp::is_sent_by(context, first);
    let factors = [(totp, Factor::Totp), (otp, Factor::Otp)];
    Ok(factors.into_iter().filter_map(|(has, factor)| has.then_some(factor)).collect())
}
