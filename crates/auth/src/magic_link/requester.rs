//! Who requested a link. A person can send a link of their own address to a guest or a user, whose
//! browser it would sign in as that person: what the guest owns would be theirs.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use domain::{Result, User};
use sea_orm::ConnectionTrait;

use super::record::{Record, identifier, requester_identifier};
use crate::{
    context::Context,
    extract::email,
    session,
    verification::{self, Link, Verification},
};

/// The user of a request's session.
pub(super) async fn current(context: &Context, headers: &HeaderMap) -> Result<Option<User>> {
    let found = session::current(context.db.reader(), context, headers).await?;
    Ok(found.map(|(_, user)| user))
}

/// Stores whose session requested the link of this token.
pub(super) async fn store<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    token: &str,
    requester: &User,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let identifier = requester_identifier(context, token);
    let stored = Verification { identifier, link: Link::of(requester), expires_at };
    verification::Store::of(context).put(db, stored, context.clock.now()).await
}

/// The address of the link, if the request has the session of a user who neither has this address
/// nor requested the link. `None` for an unknown link.
pub(super) async fn foreign_address(
    context: &Context,
    token: &str,
    headers: &HeaderMap,
) -> Result<Option<String>> {
    let Some(user) = current(context, headers).await? else { return Ok(None) };
    let (db, store) = (context.db.reader(), verification::Store::of(context));
    let value = store.find_value(db, &identifier(context, token)).await?;
    let record = value.as_deref().and_then(Record::parse);
    let address = record.and_then(|record| email::normalize(&record.email));
    let Some(address) = address.filter(|address| *address != user.email) else { return Ok(None) };
    let requester = requester_identifier(context, token);
    let requester = store.find(db, &requester, context.clock.now()).await?;
    let is_theirs = requester.is_some_and(|link| link.user == user.id);
    Ok((!is_theirs).then_some(address))
}
