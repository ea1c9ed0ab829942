//! When all sessions of a user were revoked: a key `revoked-sessions-before-` and the user's
//! id, with milliseconds as text. Sessions that began before count for nobody, at better-auth
//! on Node neither. Node changes lists without a lock: a session whose entry got lost is found
//! by its token alone, and ends by this.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Result, UserId};

use crate::{redis::Redis, session::Session};

/// What the keys begin with, behind the prefix of all.
pub(super) const KEY: &str = "revoked-sessions-before-";

/// Reads the times; the script that ends all sessions writes them.
pub(super) struct Cutoffs<'a>(&'a Redis);

impl<'a> Cutoffs<'a> {
    pub(super) fn new(redis: &'a Redis) -> Self {
        Self(redis)
    }

    /// Before when a user's sessions are revoked, if they once were.
    pub(super) async fn of(&self, user: &UserId) -> Result<Option<DateTime<Utc>>> {
        Ok(self.0.get(&self.key(user)).await?.as_deref().and_then(time))
    }

    /// Leaves those of these sessions that are not revoked.
    pub(super) async fn retain(&self, sessions: &mut Vec<Session>) -> Result<()> {
        let mut users: Vec<_> = sessions.iter().map(|session| session.user_id.clone()).collect();
        users.sort();
        users.dedup();
        if users.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = users.iter().map(|user| self.key(user)).collect();
        let texts: Vec<Option<String>> = self.0.query(redis::cmd("MGET").arg(keys)).await?;
        let cutoffs = texts.iter().map(|text| text.as_deref().and_then(time));
        let cutoffs: HashMap<_, _> = users.into_iter().zip(cutoffs).collect();
        sessions.retain(|session| {
            !is_revoked(session, cutoffs.get(&session.user_id).copied().flatten())
        });
        Ok(())
    }

    fn key(&self, user: &UserId) -> String {
        self.0.key(&format!("{KEY}{user}"))
    }
}

/// Whether a session began before.
pub(super) fn is_revoked(session: &Session, cutoff: Option<DateTime<Utc>>) -> bool {
    cutoff.is_some_and(|cutoff| session.created_at < cutoff)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(text.parse().ok()?)
}
