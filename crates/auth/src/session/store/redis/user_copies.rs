//! The copies of users in sessions, from which better-auth on Node answers.

use std::mem;

use domain::{Error, Result, User};
use serde_json::Value;

use super::RedisStore;
use crate::{
    session::store::{script::REPLACE, stored_session::merged},
    views::UserView,
};

/// How often to retry writing a copy of a user that other servers change concurrently.
const ATTEMPTS: usize = 3;

impl RedisStore<'_> {
    /// Writes a changed user into the copies of all their sessions, by one script.
    pub(in crate::session::store) async fn user_changed(&self, user: &User) -> Result<()> {
        let view =
            serde_json::to_value(UserView::new(user, self.plugins)).map_err(Error::internal)?;
        let tokens = self.tokens(&user.id).await?;
        let mut keys: Vec<_> = tokens.iter().filter_map(|token| self.key(token)).collect();
        for _ in 0..ATTEMPTS {
            if keys.is_empty() {
                return Ok(());
            }
            keys = self.refresh(keys, &view).await?;
        }
        Err(Error::Busy)
    }

    /// Writes the user's `view` into sessions. Returns the keys of sessions that other servers
    /// changed concurrently.
    async fn refresh(&self, keys: Vec<String>, view: &Value) -> Result<Vec<String>> {
        let texts: Vec<Option<String>> = self.redis.query(redis::cmd("MGET").arg(&keys)).await?;
        let copies = keys.into_iter().zip(texts).filter_map(|(key, before)| {
            let before = before?;
            let json = merged(&before, "user", view.clone())?;
            Some((key, [json, before]))
        });
        let (mut keys, texts): (Vec<_>, Vec<_>) = copies.unzip();
        if keys.is_empty() {
            return Ok(keys);
        }
        let names: Vec<_> = keys.iter().map(String::as_str).collect();
        let texts: Vec<_> = texts.iter().flatten().map(String::as_str).collect();
        let changed: Vec<usize> = self.redis.run(REPLACE, &names, &texts).await?;
        Ok(changed.into_iter().filter_map(|i| keys.get_mut(i).map(mem::take)).collect())
    }
}
