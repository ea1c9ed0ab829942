//! The time before which all sessions of a user are revoked: a key `revoked-sessions-before-` and
//! the user's id, with milliseconds as text. Bookplate and better-auth on Node refuse sessions
//! that began before. Node changes lists without a lock, so an entry may get lost; its session is
//! found by its token only, and ends by the cutoff.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Result, UserId};

use crate::{redis::Redis, session::Session};

/// The prefix of the keys, after the configured one.
pub(super) const KEY: &str = "revoked-sessions-before-";

/// Reads the cutoffs. The script that ends all sessions writes them.
pub(super) struct Cutoffs<'a>(&'a Redis);

impl<'a> Cutoffs<'a> {
    pub(super) fn new(redis: &'a Redis) -> Self {
        Self(redis)
    }

    /// The cutoff of a user, if there is one.
    pub(super) async fn of(&self, user: &UserId) -> Result<Option<DateTime<Utc>>> {
        Ok(self.0.get(&self.key(user)).await?.as_deref().and_then(time))
    }

    /// Removes revoked sessions from the list.
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

/// Whether a session began before the cutoff.
pub(super) fn is_revoked(session: &Session, cutoff: Option<DateTime<Utc>>) -> bool {
    cutoff.is_some_and(|cutoff| session.created_at < cutoff)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(text.parse().ok()?)
}
