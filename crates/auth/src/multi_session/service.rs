//! The cookies of a browser's sessions.

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use domain::{Result, User};
use sea_orm::ConnectionTrait;

use crate::{
    context::Context,
    plugin::Plugin,
    session::{self, Lifetime, Session, Store, Token},
};

/// The beginning of the cookies' names, which the token in lower case completes.
const NAME: &str = "session_token_multi-";

/// The name of a session's cookie.
fn name(token: &Token) -> String {
    format!("{NAME}{}", token.as_str().to_lowercase())
}

/// The tokens of the sessions of this browser, ended ones included, in the order of the cookies.
/// None without the plugin.
pub(crate) fn held(context: &Context, headers: &HeaderMap) -> Vec<Token> {
    if !context.config.plugins.has(Plugin::MultiSession) {
        return Vec::new();
    }
    let cookies = context.cookies.signed_beginning(headers, NAME).into_iter();
    let own = cookies.filter(|(rest, token)| *rest == token.to_lowercase());
    own.map(|(_, token)| Token::from_text(token)).collect()
}

/// The token of this browser that a client names, whose case does not count.
pub(super) fn held_as(context: &Context, headers: &HeaderMap, given: &str) -> Option<Token> {
    let given = given.to_lowercase();
    held(context, headers).into_iter().find(|token| token.as_str().to_lowercase() == given)
}

/// The valid sessions of these tokens, except those of banned users, in the order of the tokens.
pub(super) async fn usable<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    tokens: &[Token],
) -> Result<Vec<(Session, User)>> {
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let now = context.clock.now();
    let mut found = session::find_active(db, context, tokens).await?;
    found.retain(|(_, user)| !user.ban.as_ref().is_some_and(|ban| ban.is_in_force(now)));
    Ok(found)
}

/// Adds the session of a user to those of the browser, and ends the user's other sessions in it.
/// Returns the `Set-Cookie` lines; with too many sessions, the new one gets no cookie.
pub(crate) async fn join<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    (session, user): (&Session, &User),
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Result<Vec<HeaderValue>> {
    let plugins = &context.config.plugins;
    if !plugins.has(Plugin::MultiSession) {
        return Ok(Vec::new());
    }
    let tokens = held(context, headers);
    if tokens.contains(&session.token) {
        return Ok(Vec::new());
    }
    let mut cookies = context.cookies.set_cookies(headers);
    let mut others = 0;
    let found = if tokens.is_empty() {
        Vec::new()
    } else {
        session::find_active(db, context, &tokens).await?
    };
    for token in &tokens {
        match found.iter().find(|(session, _)| session.token == *token) {
            Some((_, owner)) if owner.id != user.id => others += 1,
            Some((same, _)) => {
                Store::of(context).delete(db, same).await?;
                cookies.remove(&name(token));
            }
            None => cookies.remove(&name(token)),
        }
    }
    if others < plugins.multi_session.maximum_sessions {
        let life = life(context.config.session.expires_in, lifetime);
        cookies.signed(&name(&session.token), session.token.as_str(), life);
    }
    Ok(cookies.into_lines())
}

/// The cookie of a session that the browser lacks, for `life`, if there is room for it.
pub(crate) fn restored(
    context: &Context,
    session: &Session,
    lifetime: Lifetime,
    until: TimeDelta,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    let plugins = &context.config.plugins;
    let held = held(context, headers);
    let has_room = held.len() < plugins.multi_session.maximum_sessions as usize;
    if !plugins.has(Plugin::MultiSession) || !has_room || held.contains(&session.token) {
        return Vec::new();
    }
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.signed(&name(&session.token), session.token.as_str(), life(until, lifetime));
    cookies.into_lines()
}

/// better-auth's cookie of a session that should end with the browser outlives it, and the browser
/// could return to the session.
fn life(until: TimeDelta, lifetime: Lifetime) -> Option<TimeDelta> {
    (lifetime == Lifetime::Remembered).then_some(until)
}

/// The `Set-Cookie` lines that remove the cookies of these sessions.
pub(crate) fn expire(context: &Context, tokens: &[Token], headers: &HeaderMap) -> Vec<HeaderValue> {
    let mut cookies = context.cookies.set_cookies(headers);
    for token in tokens {
        cookies.remove(&name(token));
    }
    cookies.into_lines()
}
