//! Transfers what a guest owns to the user who signs in, and deletes the guest.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use database::UserRepository;
use domain::{Permit, Result, User, ability::Delete};
use sea_orm::ConnectionTrait;

use super::guest::{self, is_guest};
use crate::{
    audit::{self, Action, Actor, Outcome},
    context::Context,
    extract::Client,
    plugin::Plugin,
    session,
    two_factor::challenge,
    user,
    verification::{self, Link, Verification},
};

/// The guest of a request's session.
pub(crate) async fn current_guest<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<User>> {
    if !context.config.plugins.has(Plugin::Anonymous) {
        return Ok(None);
    }
    let found = session::current(db, context, headers).await?;
    Ok(found.map(|(_, user)| user).filter(is_guest))
}

/// Stores the guest of a request for the answer to its challenge, because the challenge removes the
/// cookie of the guest's session.
pub(crate) async fn store_for_challenge<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    client: &Client,
    challenge: &str,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let Some(guest) = guest_of_request(db, context, client).await? else { return Ok(()) };
    let stored =
        Verification { identifier: identifier(challenge), link: Link::of(&guest), expires_at };
    verification::Store::of(context).put(db, stored, context.clock.now()).await
}

/// The identifier of the link that names the guest of a challenge.
fn identifier(challenge: &str) -> String {
    format!("2fa-guest-{challenge}")
}

/// Transfers what the guest of the request owns to `user`, who signs in, and deletes the guest.
/// Nothing happens without a guest, if a concurrent sign-in already deleted the guest, or if the
/// guest has a credential.
pub(crate) async fn transfer_guest<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    client: &Client,
) -> Result<()> {
    if user.sign_in.is_anonymous {
        return Ok(());
    }
    let Some(guest) = guest_of_request(db, context, client).await? else { return Ok(()) };
    let Some(guest) = guest::lock(db, &guest.id).await? else { return Ok(()) };
    let actor = Actor::About { user: &user.id, subject: &guest.id };
    audit::record(db, context, Action::TransferGuest, actor, client, Outcome::Done).await?;
    let permit = Permit::system("transfer of a guest", Delete, guest);
    let owned = context.config.user.owned_tables;
    UserRepository::new(db).transfer_owned(&permit, owned, &user.id).await?;
    if context.config.plugins.anonymous.disable_delete {
        return Ok(());
    }
    delete(db, context, permit).await
}

/// The guest who sends a request, or who began what it completes.
async fn guest_of_request<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    client: &Client,
) -> Result<Option<User>> {
    if !context.config.plugins.has(Plugin::Anonymous) {
        return Ok(None);
    }
    if let Some(guest) = current_guest(db, context, &client.headers).await? {
        return Ok(Some(guest));
    }
    if let Some(id) = &client.guest
        && let Some(guest) = UserRepository::new(db).find(id).await?.filter(is_guest)
        && has_session(db, context, &guest).await?
    {
        return Ok(Some(guest));
    }
    guest_of_challenge(db, context, client).await
}

/// The guest who was stored for the challenge of this browser.
async fn guest_of_challenge<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    client: &Client,
) -> Result<Option<User>> {
    let now = context.clock.now();
    for challenge in context.cookies.signed(&client.headers, challenge::COOKIE) {
        let found = verification::Store::of(context).find(db, &identifier(&challenge), now).await?;
        let Some(link) = found else { continue };
        let guest = UserRepository::new(db).find(&link.user).await?;
        let guest = guest.filter(|guest| is_guest(guest) && link.is_valid_for(guest));
        if let Some(guest) = guest
            && has_session(db, context, &guest).await?
        {
            return Ok(Some(guest));
        }
    }
    Ok(None)
}

pub(super) async fn has_session<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    guest: &User,
) -> Result<bool> {
    let sessions = session::Store::of(context).list(db, &guest.id, context.clock.now()).await?;
    Ok(!sessions.is_empty())
}

/// Deletes the permitted guest, with everything but the rows that they own. As the owner of such
/// rows, a tombstone remains.
pub(super) async fn delete<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    permit: Permit<Delete, User>,
) -> Result<()> {
    user::delete_records(db, context, &permit.subject().id).await?;
    let users = UserRepository::new(db);
    if users.delete_row(&permit, context.config.user.owned_tables).await? {
        return Ok(());
    }
    users.delete(permit, context.clock.now()).await
}
