//! The deletion of guests whose last session has ended.

use chrono::{DateTime, Utc};
use database::{UserRepository, user::IdleGuests};
use domain::{Result, UserId};

use super::{config::PLACEHOLDERS, guest::CREDENTIALS};
use crate::{context::Context, plugin::Plugin, session};

/// Guests of one statement.
const BATCH: u64 = 500;
/// Statements of one sweep, so that other tables have their turn.
const MAX_BATCHES: u32 = 20;

/// Deletes the guests who are older than the setting says, own nothing, and have neither a session
/// nor a credential. Returns their number.
pub(crate) async fn sweep(context: &Context) -> Result<u64> {
    let plugins = &context.config.plugins;
    let (true, Some(after)) = (plugins.has(Plugin::Anonymous), plugins.anonymous.sweep_after)
    else {
        return Ok(0);
    };
    let now = context.clock.now();
    let without = [&CREDENTIALS[..], context.config.user.owned_tables].concat();
    let guests = IdleGuests {
        created_before: now - after,
        addresses: &PLACEHOLDERS,
        without: &without,
        now,
        after: "",
        limit: BATCH,
    };
    let (mut swept, mut last) = (0, UserId(String::new()));
    for _ in 0..MAX_BATCHES {
        let next = IdleGuests { after: last.as_str(), ..guests };
        let ids = UserRepository::new(context.db.reader()).list_idle_guests(next).await?;
        let Some(end) = ids.last().cloned() else { break };
        let ids = without_sessions(context, ids, now).await?;
        swept += UserRepository::new(context.db.writer()).delete_idle_guests(guests, &ids).await?;
        last = end;
    }
    Ok(swept)
}

/// Those of the guests who have no session in Redis. The statement excludes guests with a session
/// in the database.
async fn without_sessions(
    context: &Context,
    ids: Vec<UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<UserId>> {
    if context.config.redis.is_none() {
        return Ok(ids);
    }
    let mut without = Vec::new();
    for id in ids {
        if session::Store::of(context).list(context.db.reader(), &id, now).await?.is_empty() {
            without.push(id);
        }
    }
    Ok(without)
}
