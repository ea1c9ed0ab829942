//! Links the identity of a provider to a signed-in user: the rules, and the rows.

use super::{
    profile::{image_of, name_of},
    provider::UserInfo,
    tokens::Tokens,
};
use crate::{
    account::{self, Identity, merge_scopes},
    audit::{self, Action, Outcome},
    context::Context,
    extract::Client,
    session::{self, Token},
};
use chrono::{DateTime, Utc};
use database::{Transaction, TransactionConnection};
use domain::{CurrentUser, ProfilePatch, Result, User, UserId, ability::Update};

/// The identity to link, as the provider confirmed it.
pub(super) struct NewLink<'a> {
    pub(super) identity: Identity<'a>,
    pub(super) user_info: &'a UserInfo,
    pub(super) tokens: &'a Tokens,
    pub(super) flow: LinkFlow,
}

/// The flow by which the provider confirmed the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkFlow {
    /// The callback of the authorization code flow. The token response names the granted scopes.
    AuthorizationCode,
    /// An id token from the client. As in better-auth, the rules for new linked accounts do not
    /// apply to an account that the user has linked before.
    IdToken,
}

/// The user who links, and the session that began it.
pub(super) struct Linker<'a> {
    pub(super) user: &'a UserId,
    /// The user's email address when the linking began.
    pub(super) email: &'a str,
    pub(super) session: Token,
}

/// Why an identity is not linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotLinked {
    /// The session has ended, or its user is deleted.
    SessionEnded,
    /// The settings or the provider do not allow it.
    NotAllowed,
    DifferentEmail,
    /// The identity belongs to another user.
    OtherUser,
}

/// Links an identity, or stores the new tokens of a linked account.
pub(super) async fn link(
    context: &Context,
    client: &Client,
    by: Linker<'_>,
    new: &NewLink<'_>,
) -> Result<Result<(), NotLinked>> {
    let now = context.clock.now();
    let transaction = context.db.begin().await?;
    let db = transaction.connection();
    account::lock_identity(db, new.identity).await?;
    let Some((user, viewer)) = find_live(context, &transaction, &by, now).await? else {
        return Ok(Err(NotLinked::SessionEnded));
    };
    let linked = account::find_linked(db, new.identity).await?;
    let follows_rules = linked.is_none() || new.flow == LinkFlow::AuthorizationCode;
    if let Some(refusal) = refusal(context, by.email, new).filter(|_| follows_rules) {
        return Ok(Err(refusal));
    }
    match linked {
        Some(linked) if linked.user_id != user.id => return Ok(Err(NotLinked::OtherUser)),
        Some(linked) => {
            let scope = match new.flow {
                LinkFlow::AuthorizationCode => {
                    merge_scopes(linked.scope.as_deref(), &new.tokens.scopes)
                }
                LinkFlow::IdToken => None,
            };
            account::update_tokens(db, context, &linked.id, new.tokens, scope, now).await?;
        }
        None => insert(db, context, client, &user.id, new, now).await?,
    }
    let changed = change_user(context, &transaction, (user, viewer), new.user_info, now).await?;
    transaction.commit().await?;
    if let Some(user) = changed {
        session::Store::of(context).user_changed(&user).await?;
    }
    Ok(Ok(()))
}

/// Locks and returns the user who links, and the user as the ability's rules see them, if the
/// session still is valid.
async fn find_live(
    context: &Context,
    transaction: &Transaction,
    by: &Linker<'_>,
    now: DateTime<Utc>,
) -> Result<Option<(User, CurrentUser)>> {
    let user = transaction.users().find_locked(by.user).await?;
    let store = session::Store::of(context);
    let found = store.find(transaction.connection(), &by.session).await?;
    let live = found.filter(|(session, owner)| {
        owner.id == *by.user && session.user_id == *by.user && session.expires_at > now
    });
    let user = user.filter(|user| user.deleted_at.is_none());
    Ok(user.zip(live).map(|(user, (session, _))| {
        let viewer = session.viewer(user.clone());
        (user, viewer)
    }))
}

/// Why the rules forbid linking; `None` if they allow it.
fn refusal(context: &Context, email: &str, new: &NewLink<'_>) -> Option<NotLinked> {
    let linking = &context.config.oauth.linking;
    let is_trusted = linking.trusts(new.identity.provider) || new.user_info.email_verified;
    if !linking.enabled || !is_trusted {
        return Some(NotLinked::NotAllowed);
    }
    let found = new.user_info.email.as_ref().map(|email| email.to_lowercase());
    let is_other = found.is_none_or(|found| found != email.to_lowercase());
    (is_other && !linking.different_emails).then_some(NotLinked::DifferentEmail)
}

async fn insert(
    db: &TransactionConnection,
    context: &Context,
    client: &Client,
    user: &UserId,
    new: &NewLink<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    // As in better-auth, the empty text if the provider named no scope.
    let scope = (new.flow == LinkFlow::AuthorizationCode).then(|| new.tokens.scopes.join(","));
    let NewLink { identity, tokens, .. } = *new;
    account::insert_linked(db, context, user, identity, tokens, scope.as_deref(), now).await?;
    audit::record(db, context, Action::LinkAccount, user, client, Outcome::Done).await
}

/// Ends a guest, and replaces name and image of the user by the provider's, if a setting says so.
/// Returns the changed user.
///
/// The permit is the viewer's own, unlike in `sign_in::user`, where no user is signed in.
async fn change_user(
    context: &Context,
    transaction: &Transaction,
    (user, viewer): (User, CurrentUser),
    info: &UserInfo,
    now: DateTime<Utc>,
) -> Result<Option<User>> {
    let was_guest = user.sign_in.is_anonymous;
    let user = account::end_guest(transaction.connection(), context, user).await?;
    let profile = ProfilePatch { name: name_of(info), image: image_of(info).map(Some) };
    let is_due = context.config.oauth.linking.update_user_info;
    if !is_due || profile.name.is_none() && profile.image.is_none() {
        return Ok(was_guest.then_some(user));
    }
    let permit = context.config.abilities.for_viewer(Some(&viewer)).permit(Update, user)?;
    transaction.users().update_profile(permit, profile, now).await.map(Some)
}
