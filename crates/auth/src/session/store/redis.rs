//! Sessions in Redis, in the format of better-auth's secondary storage: the key is the token, the
//! value `{"session", "user"}`, the key's end that of the session; a key `active-sessions-` and
//! the user's id lists their tokens.
//!
//! better-auth on Node answers from the copy of the user. Bookplate uses the user's row in the
//! database, and the revocations recorded there. Fields of other servers are preserved. A Node
//! server may make a list longer than Bookplate does; the next change ends its excess sessions.

mod user_copies;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use database::UserRepository;
use domain::{Clock, Error, Result, User, UserId};
use redis::FromRedisValue;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{
    cutoff::{self, Cutoffs},
    revoked,
    script::{CUT, DELETE, DELETE_ALL, EXTEND, INSERT, TOKENS},
    stored_session::{self, Date, StoredSession, merged, parse},
};
use crate::{
    plugin::Plugins,
    redis::Redis,
    session::{Config, Session, Token},
    views::UserView,
};

/// The number of chunks that one call removes from a too long list before it fails.
const MAX_CHUNKS: usize = 10_000;

/// Sessions in Redis.
pub(crate) struct RedisStore<'a> {
    redis: &'a Redis,
    cutoffs: Cutoffs<'a>,
    clock: &'a Clock,
    plugins: &'a Plugins,
    /// The maximum number of sessions per user.
    max_per_user: u32,
    /// The longest lifetime of any session.
    max_lifetime: TimeDelta,
}

impl<'a> RedisStore<'a> {
    pub(super) fn new(
        redis: &'a Redis,
        clock: &'a Clock,
        config: &Config,
        plugins: &'a Plugins,
    ) -> Self {
        let max_lifetime = config.expires_in.max(TimeDelta::days(1));
        let max_per_user = config.max_per_user;
        Self { redis, cutoffs: Cutoffs::new(redis), clock, plugins, max_per_user, max_lifetime }
    }

    fn list_key(&self, user: &UserId) -> String {
        self.redis.key(&format!("active-sessions-{user}"))
    }

    /// The key of a token. `None` for a text that is no token: a client's bearer token must not
    /// name keys of other kinds.
    fn key(&self, token: &Token) -> Option<String> {
        let token = token.as_str();
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_token.then(|| self.redis.key(token))
    }

    async fn text(&self, token: &Token) -> Result<Option<String>> {
        match self.key(token) {
            Some(key) => self.redis.get(&key).await,
            None => Ok(None),
        }
    }

    pub(super) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        token: &Token,
    ) -> Result<Option<(Session, User)>> {
        let text = self.text(token).await?;
        let session = text.and_then(|text| parse(token.as_str(), &text));
        let Some(session) = session else { return Ok(None) };
        let user = revoked::user_of(db, &session);
        let (user, cutoff) = tokio::try_join!(user, self.cutoffs.of(&session.user_id))?;
        let user = user.filter(|_| !cutoff::is_revoked(&session, cutoff));
        if user.is_none() {
            // Redis contains a revoked session again, which better-auth on Node would accept.
            // Bookplate refuses the session whether this succeeds or not.
            _ = self.end(&session.user_id, token).await;
        }
        Ok(user.map(|user| (session, user)))
    }

    pub(super) async fn find_many<C: ConnectionTrait>(
        &self,
        db: &C,
        tokens: &[Token],
    ) -> Result<Vec<(Session, User)>> {
        let mut sessions = self.sessions(tokens).await?;
        self.cutoffs.retain(&mut sessions).await?;
        revoked::retain(db, &mut sessions).await?;
        let mut ids: Vec<_> = sessions.iter().map(|session| session.user_id.clone()).collect();
        ids.sort();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let users = UserRepository::new(db).find_many(&ids).await?.into_iter();
        let users = users.filter(|user| user.deleted_at.is_none());
        let users: HashMap<_, _> = users.map(|user| (user.id.clone(), user)).collect();
        let with_user =
            |session: Session| users.get(&session.user_id).cloned().map(|user| (session, user));
        Ok(sessions.into_iter().filter_map(with_user).collect())
    }

    /// Finds the sessions of these tokens.
    async fn sessions(&self, tokens: &[Token]) -> Result<Vec<Session>> {
        let (tokens, keys): (Vec<_>, Vec<_>) =
            tokens.iter().filter_map(|token| Some((token, self.key(token)?))).unzip();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let texts: Vec<Option<String>> = self.redis.query(redis::cmd("MGET").arg(keys)).await?;
        let sessions = tokens.into_iter().zip(texts);
        Ok(sessions.filter_map(|(token, text)| parse(token.as_str(), &text?)).collect())
    }

    pub(super) async fn insert(&self, session: &Session, user: &User) -> Result<()> {
        // The cutoff may be later than this machine's clock.
        let cutoff = self.cutoffs.of(&session.user_id).await?.unwrap_or_default();
        let stored = StoredSession::from(session).beginning(session.created_at.max(cutoff));
        let json = json!({ "session": stored, "user": UserView::new(user, self.plugins) });
        self.write(&INSERT, session, session.expires_at, &json.to_string(), None).await?;
        Ok(())
    }

    pub(super) async fn extend(
        &self,
        session: &Session,
        due: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let Some(before) = self.text(&session.token).await? else { return Ok(false) };
        let found = parse(session.token.as_str(), &before);
        let is_due =
            |found: Session| found.expires_at < due || self.clock.is_ahead(found.updated_at);
        if !found.is_some_and(is_due) {
            return Ok(false);
        }
        let dates = json!({ "expiresAt": Date(until), "updatedAt": Date(now) });
        let Some(json) = merged(&before, "session", dates) else { return Ok(false) };
        self.write(&EXTEND, session, until, &json, Some(&before)).await
    }

    /// Writes a session's `json` and its end. Returns whether it was written.
    async fn write(
        &self,
        script: &str,
        session: &Session,
        until: DateTime<Utc>,
        json: &str,
        before: Option<&str>,
    ) -> Result<bool> {
        let seconds = (until - self.clock.now()).num_seconds();
        let Some(key) = self.key(&session.token).filter(|_| seconds > 0) else { return Ok(false) };
        let (seconds, end) = (seconds.to_string(), until.timestamp_millis().to_string());
        let mut arguments = vec![session.token.as_str(), &end, json, &seconds];
        arguments.extend(before);
        self.change(script, Some(&key), &session.user_id, &arguments).await
    }

    /// Runs a script on a session, if one is given, and the user's list. A list that is too long
    /// is shortened first.
    async fn change<T: FromRedisValue>(
        &self,
        script: &str,
        session: Option<&str>,
        user: &UserId,
        arguments: &[&str],
    ) -> Result<T> {
        let list = self.list_key(user);
        let own = |what| self.redis.key(&format!("bookplate:long-list-{what}:{user}"));
        let (aside, done) = (own("aside"), own("done"));
        let keys: Vec<_> = session.into_iter().chain([&*list, &aside]).collect();
        let (prefix, limit) = (self.redis.prefix(), self.max_per_user.to_string());
        let now = self.clock.now().timestamp_millis().to_string();
        let limits = [prefix, &limit, &now];
        for _ in 0..MAX_CHUNKS {
            let changed = self.redis.run(script, &keys, &[&limits, arguments].concat()).await?;
            if let Some(changed) = changed {
                return Ok(changed);
            }
            self.redis.run::<redis::Value>(&CUT, &[&done, &list, &aside], &limits).await?;
        }
        Err(Error::Busy)
    }

    /// The distinct tokens of a user's list.
    async fn tokens(&self, user: &UserId) -> Result<Vec<Token>> {
        let tokens: Vec<String> = self.change(&TOKENS, None, user, &[]).await?;
        let mut seen = HashSet::new();
        let tokens = tokens.into_iter();
        Ok(tokens.filter(|token| seen.insert(token.clone())).map(Token::from_text).collect())
    }

    pub(super) async fn list<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>> {
        let mut sessions = self.sessions(&self.tokens(user).await?).await?;
        sessions.retain(|session| session.user_id == *user && session.expires_at > now);
        self.cutoffs.retain(&mut sessions).await?;
        revoked::retain(db, &mut sessions).await?;
        sessions.sort_by(|a, b| (a.created_at, &a.id.0).cmp(&(b.created_at, &b.id.0)));
        Ok(sessions)
    }

    pub(super) async fn delete_of<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        token: &Token,
    ) -> Result<()> {
        let session = self.sessions(std::slice::from_ref(token)).await?;
        let own: Vec<_> = session.into_iter().filter(|it| it.user_id == *user).collect();
        revoked::insert(db, &own).await?;
        revoked::ignore_if_recorded(&own, self.end(user, token).await)
    }

    /// Ends a session in Redis, if it belongs to `user`, and returns it.
    async fn end(&self, user: &UserId, token: &Token) -> Result<Vec<Session>> {
        let Some(key) = self.key(token) else { return Ok(Vec::new()) };
        let arguments = [token.as_str(), user.as_str()];
        let ended: Vec<String> = self.change(&DELETE, Some(&key), user, &arguments).await?;
        Ok(ended.iter().filter_map(|text| stored_session::session(text)).collect())
    }

    pub(super) async fn delete_all<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        keep: Option<&Token>,
    ) -> Result<()> {
        let mut own = self.sessions(&self.tokens(user).await?).await?;
        own.retain(|session| session.user_id == *user && Some(&session.token) != keep);
        revoked::insert(db, &own).await?;
        let keep = keep.map(Token::as_str).unwrap_or_default();
        let cutoff = self.redis.key(&format!("{}{user}", cutoff::KEY));
        let arguments = [keep, &cutoff, &self.max_lifetime.num_seconds().to_string()];
        let ended: Result<Vec<String>> = self.change(&DELETE_ALL, None, user, &arguments).await;
        if let Ok(ended) = &ended {
            let ended: Vec<_> =
                ended.iter().filter_map(|text| stored_session::session(text)).collect();
            revoked::insert(db, &ended).await?;
        }
        revoked::ignore_if_recorded(&own, ended)
    }
}
