//! The user of an identity: found, linked or created.

use database::Transaction;
use domain::{
    Error, NewUser, ProfilePatch, Result, Role, SignInFields, User, UserId,
    ability::{Permit, Update},
};

use super::{Reason, SignInRequest};
use crate::{
    account,
    audit::{self, Action, Outcome},
    context::Context,
    email_password::permit,
    epoch,
    extract::Client,
};

/// The user whom a sign-in found, linked or created.
pub(super) struct ResolvedUser {
    pub(super) user: User,
    pub(super) is_new: bool,
    /// Whether the row of an existing user was written, so that cached sessions must be refreshed.
    pub(super) is_changed: bool,
}

impl ResolvedUser {
    fn existing(user: User) -> Self {
        Self { user, is_new: false, is_changed: false }
    }
}

/// The user to whom an identity or its email address belongs.
enum IdentityOwner {
    /// The user who has the identity, and the id of the linked account.
    Linked(User, String),
    /// A user without the identity who has its email address.
    SameEmail(User),
    Unknown,
    /// The identity belongs to a user who was deleted.
    Deleted,
}

/// Finds, links or creates the identity's user. The caller has locked the identity.
///
/// The outer error is the database's; the inner one is the reason of a refusal.
pub(super) async fn resolve_user(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
) -> Result<Result<ResolvedUser, Reason>> {
    match find_owner(transaction, request).await? {
        IdentityOwner::Linked(user, account) => {
            let resolved =
                sign_in_linked(transaction, context, client, request, user, &account).await?;
            Ok(Ok(override_profile(transaction, context, client, request, resolved).await?))
        }
        IdentityOwner::SameEmail(user) if user.pending && request.profile.email_verified => {
            create(transaction, context, client, request).await
        }
        IdentityOwner::SameEmail(user) if may_link(context, request, &user) => {
            let resolved = link_to_user(transaction, context, client, request, user).await?;
            Ok(Ok(override_profile(transaction, context, client, request, resolved).await?))
        }
        IdentityOwner::SameEmail(_) => Ok(Err(Reason::AccountNotLinked)),
        IdentityOwner::Deleted => Ok(Err(Reason::UnableToLinkAccount)),
        IdentityOwner::Unknown => create(transaction, context, client, request).await,
    }
}

/// Finds the owner and locks their row.
async fn find_owner(
    transaction: &Transaction,
    request: &SignInRequest<'_>,
) -> Result<IdentityOwner> {
    let users = transaction.users();
    let account = account::find_linked(transaction.connection(), request.identity).await?;
    if let Some(account) = account {
        let user = users.find_locked(&account.user_id).await?;
        let user = user.filter(|user| user.deleted_at.is_none());
        return Ok(
            user.map_or(IdentityOwner::Deleted, |user| IdentityOwner::Linked(user, account.id))
        );
    }
    let Some(found) = users.find_by_email(&request.profile.email).await? else {
        return Ok(IdentityOwner::Unknown);
    };
    // A concurrent request may have changed the email address before the row was locked.
    let user = users.find_locked(&found.id).await?;
    let has_email = |user: &User| user.deleted_at.is_none() && user.email == request.profile.email;
    user.filter(has_email).map(IdentityOwner::SameEmail).ok_or(Error::Busy)
}

/// Whether a sign-in may link its identity to this user, who has the identity's email address.
fn may_link(context: &Context, request: &SignInRequest<'_>, user: &User) -> bool {
    let linking = &context.config.oauth.linking;
    linking.enabled
        && linking.implicit
        && user.email_verified
        && (linking.trusts(request.provider.id()) || request.profile.email_verified)
}

/// Stores the tokens of a sign-in, and that the provider verified the user's email address.
async fn sign_in_linked(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
    user: User,
    account: &str,
) -> Result<ResolvedUser> {
    let (connection, now) = (transaction.connection(), context.clock.now());
    if !context.config.oauth.keep_tokens_on_sign_in {
        account::update_tokens(connection, context, account, request.tokens, None, now).await?;
    }
    let is_verified_now = request.profile.email_verified
        && !user.email_verified
        && user.email == request.profile.email;
    if !is_verified_now {
        return Ok(ResolvedUser::existing(user));
    }
    let user = verify_email(transaction, context, user).await?;
    let (action, outcome) = (Action::VerifyEmail, Outcome::Done);
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    Ok(ResolvedUser { is_changed: true, ..ResolvedUser::existing(user) })
}

async fn verify_email(transaction: &Transaction, context: &Context, user: User) -> Result<User> {
    let (email, now) = (user.email.clone(), context.clock.now());
    let permit = Permit::system("provider-verified-email", Update, user);
    let owned = context.config.user.owned_tables;
    transaction.users().set_email(permit, &email, true, owned, now).await
}

/// Links the identity to the user who has its email address.
async fn link_to_user(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
    user: User,
) -> Result<ResolvedUser> {
    insert_account(transaction, context, request, &user.id).await?;
    let (connection, action) = (transaction.connection(), Action::LinkAccount);
    audit::record(connection, context, action, &user.id, client, Outcome::Done).await?;
    let resolved = ResolvedUser::existing(user);
    if context.config.oauth.linking.update_user_info {
        return update_profile(transaction, context, request, resolved).await;
    }
    Ok(resolved)
}

async fn insert_account(
    transaction: &Transaction,
    context: &Context,
    request: &SignInRequest<'_>,
    user: &UserId,
) -> Result<()> {
    let SignInRequest { identity, tokens, scope, .. } = *request;
    let (connection, now) = (transaction.connection(), context.clock.now());
    account::insert_linked(connection, context, user, identity, tokens, scope, now).await
}

/// Creates the user. A pending user with the email address is deleted; the caller has checked
/// that this is allowed.
async fn create(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
) -> Result<Result<ResolvedUser, Reason>> {
    if request.is_sign_up_disabled() {
        return Ok(Err(Reason::SignUpDisabled));
    }
    let (users, now) = (transaction.users(), context.clock.now());
    let (profile, owned) = (request.profile, context.config.user.owned_tables);
    let permit = permit(context, new_user(request))?;
    // The hook may have set another email address, which the provider did not verify.
    let is_verified = profile.email_verified && permit.subject().email == profile.email;
    let must_verify = request.provider.config.require_email_verification;
    // `insert_pending` also deletes a pending user with this email address.
    let user = if is_verified || must_verify {
        users.insert_pending(permit, owned, now).await?.0
    } else {
        users.insert(permit, now).await?
    };
    let user = if is_verified { verify_email(transaction, context, user).await? } else { user };
    insert_account(transaction, context, request, &user.id).await?;
    let (connection, action) = (transaction.connection(), Action::SignUp);
    audit::record(connection, context, action, &user.id, client, Outcome::Done).await?;
    Ok(Ok(ResolvedUser { user, is_new: true, is_changed: false }))
}

fn new_user(request: &SignInRequest<'_>) -> NewUser {
    let profile = request.profile;
    NewUser {
        id: UserId::generate(),
        name: profile.name.clone(),
        email: profile.email.clone(),
        image: profile.image.clone(),
        role: Role::default(),
        sign_in: SignInFields::default(),
    }
}

/// Replaces name, image and email address of the user by the provider's, if a setting says so.
async fn override_profile(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    request: &SignInRequest<'_>,
    resolved: ResolvedUser,
) -> Result<ResolvedUser> {
    if !request.override_user_info {
        return Ok(resolved);
    }
    let resolved = update_profile(transaction, context, request, resolved).await?;
    let (users, connection) = (transaction.users(), transaction.connection());
    let (user, profile) = (resolved.user, request.profile);
    // An email address belongs to one user.
    let is_free = users.find_by_email(&profile.email).await?.is_none();
    if user.email == profile.email || !is_free {
        return Ok(ResolvedUser { user, ..resolved });
    }
    let permit = Permit::system("provider-user-info", Update, user);
    let (owned, now) = (context.config.user.owned_tables, context.clock.now());
    let (email, is_verified) = (&profile.email, profile.email_verified);
    let user = users.set_email(permit, email, is_verified, owned, now).await?;
    let user = epoch::invalidate_links(connection, context, user).await?;
    let (action, outcome) = (Action::ChangeEmail, Outcome::Done);
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    Ok(ResolvedUser { user, ..resolved })
}

/// Replaces name and image of the user by the provider's, if it has them.
async fn update_profile(
    transaction: &Transaction,
    context: &Context,
    request: &SignInRequest<'_>,
    resolved: ResolvedUser,
) -> Result<ResolvedUser> {
    let name = Some(request.profile.name.clone()).filter(|name| !name.is_empty());
    let patch = ProfilePatch { name, image: request.profile.image.clone().map(Some) };
    let permit = Permit::system("provider-user-info", Update, resolved.user);
    let user = transaction.users().update_profile(permit, patch, context.clock.now()).await?;
    Ok(ResolvedUser { user, is_changed: true, is_new: resolved.is_new })
}
