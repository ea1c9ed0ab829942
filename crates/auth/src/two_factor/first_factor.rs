//! The channel that delivered the first factor of a challenge: a value of the table `verification`.
//!
//! A code by the same channel would prove the same phone or mailbox twice.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Result;
use mailer::Channel;
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    verification::{self, NewValue},
};

/// The value outlasts its challenge by this, so that it is found as long as the challenge.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Stores the channel for a challenge that ends at `end`.
pub(super) async fn put<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
    channel: Channel,
    end: DateTime<Utc>,
) -> Result<()> {
    let (identifier, value) = (identifier(challenge), channel.as_str());
    let value = NewValue { identifier: &identifier, value, expires_at: end + MARGIN };
    verification::Store::of(context).put_value(db, value, context.clock.now()).await
}

/// The channel of a challenge; `None` if the first factor was delivered by none, or by a Node server.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
) -> Result<Option<Channel>> {
    let stored = verification::Store::of(context).find_value(db, &identifier(challenge)).await?;
    let is_stored = |channel: &Channel| stored.as_deref() == Some(channel.as_str());
    Ok([Channel::Mail, Channel::Sms].into_iter().find(is_stored))
}

/// Deletes the channel of a challenge.
pub(super) async fn delete<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    challenge: &str,
) -> Result<()> {
    verification::Store::of(context).take_value(db, &identifier(challenge)).await?;
    Ok(())
}

fn identifier(challenge: &str) -> String {
    format!("2fa-first-{challenge}")
}
