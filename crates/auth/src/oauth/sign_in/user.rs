//! The user of an identity: found, linked or created.

use database::Transaction;
use domain::{
    Error, NewUser, ProfilePatch, Result, Role, User, UserId,
    ability::{Permit, Update},
};

use super::{NewSignIn, Reason};
use crate::{
    account,
    audit::{self, Action, Outcome},
    context::Context,
    email_password::permit,
    epoch,
    extract::Client,
};

/// The user of an identity.
pub(super) struct Settled {
    pub(super) user: User,
    pub(super) is_new: bool,
    /// Whether another field of an existing user has a new value.
    pub(super) is_changed: bool,
}

impl Settled {
    fn existing(user: User) -> Self {
        Self { user, is_new: false, is_changed: false }
    }
}

/// The user to whom an identity leads.
enum Owner {
    /// The user who has the identity, and the id of the account.
    Linked(User, String),
    /// The user who has only the address.
    SameEmail(User),
    Nobody,
    /// The identity belongs to a user who was deleted.
    Deleted,
}

/// Finds, links or creates the identity's user. The caller has locked the identity.
pub(super) async fn settle(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    new: &NewSignIn<'_>,
) -> Result<Result<Settled, Reason>> {
    match owner(transaction, new).await? {
        Owner::Linked(user, account) => {
            let settled = renew(transaction, context, client, new, user, &account).await?;
            Ok(Ok(override_profile(transaction, context, client, new, settled).await?))
        }
        Owner::SameEmail(user) if user.pending && new.profile.email_verified => {
            create(transaction, context, client, new).await
        }
        Owner::SameEmail(user) if may_link(context, new, &user) => {
            let settled = link(transaction, context, client, new, user).await?;
            Ok(Ok(override_profile(transaction, context, client, new, settled).await?))
        }
        Owner::SameEmail(_) => Ok(Err(Reason::AccountNotLinked)),
        Owner::Deleted => Ok(Err(Reason::UnableToLinkAccount)),
        Owner::Nobody => create(transaction, context, client, new).await,
    }
}

/// Finds the owner and locks their row.
async fn owner(transaction: &Transaction, new: &NewSignIn<'_>) -> Result<Owner> {
    let users = transaction.users();
    let account = account::find_linked(transaction.connection(), new.identity).await?;
    if let Some(account) = account {
        let user = users.find_locked(&account.user_id).await?;
        let user = user.filter(|user| user.deleted_at.is_none());
        return Ok(user.map_or(Owner::Deleted, |user| Owner::Linked(user, account.id)));
    }
    let Some(found) = users.find_by_email(&new.profile.email).await? else {
        return Ok(Owner::Nobody);
    };
    // A concurrent request may have changed the address before the row was locked.
    let user = users.find_locked(&found.id).await?;
    let has_email = |user: &User| user.deleted_at.is_none() && user.email == new.profile.email;
    user.filter(has_email).map(Owner::SameEmail).ok_or(Error::Busy)
}

/// Whether a sign-in may link its identity to this user, who has the identity's address.
fn may_link(context: &Context, new: &NewSignIn<'_>, user: &User) -> bool {
    let linking = &context.config.oauth.linking;
    linking.enabled
        && linking.implicit
        && user.email_verified
        && (linking.trusts(new.provider.id()) || new.profile.email_verified)
}

/// Stores the tokens of a sign-in, and that the provider verified the user's address.
async fn renew(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    new: &NewSignIn<'_>,
    user: User,
    account: &str,
) -> Result<Settled> {
    let (connection, now) = (transaction.connection(), context.clock.now());
    if !context.config.oauth.keep_tokens_on_sign_in {
        account::update_tokens(connection, context, account, new.tokens, None, now).await?;
    }
    let is_verified_now =
        new.profile.email_verified && !user.email_verified && user.email == new.profile.email;
    if !is_verified_now {
        return Ok(Settled::existing(user));
    }
    let user = verify_email(transaction, context, user).await?;
    let (action, outcome) = (Action::VerifyEmail, Outcome::Done);
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    Ok(Settled { is_changed: true, ..Settled::existing(user) })
}

async fn verify_email(transaction: &Transaction, context: &Context, user: User) -> Result<User> {
    let (email, now) = (user.email.clone(), context.clock.now());
    let permit = Permit::system("provider-verified-email", Update, user);
    let owned = context.config.user.owned_tables;
    transaction.users().set_email(permit, &email, true, owned, now).await
}

/// Links the identity to the user who has its address.
async fn link(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    new: &NewSignIn<'_>,
    user: User,
) -> Result<Settled> {
    insert_account(transaction, context, new, &user.id).await?;
    let (connection, action) = (transaction.connection(), Action::LinkAccount);
    audit::record(connection, context, action, &user.id, client, Outcome::Done).await?;
    let settled = Settled::existing(user);
    if context.config.oauth.linking.update_user_info {
        return update_profile(transaction, context, new, settled).await;
    }
    Ok(settled)
}

async fn insert_account(
    transaction: &Transaction,
    context: &Context,
    new: &NewSignIn<'_>,
    user: &UserId,
) -> Result<()> {
    let NewSignIn { identity, tokens, scope, .. } = *new;
    let (connection, now) = (transaction.connection(), context.clock.now());
    account::insert_linked(connection, context, user, identity, tokens, scope, now).await
}

/// Creates the user. Replaces a pending sign-up with the address, which the caller allows.
async fn create(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    new: &NewSignIn<'_>,
) -> Result<Result<Settled, Reason>> {
    if new.is_sign_up_disabled() {
        return Ok(Err(Reason::SignUpDisabled));
    }
    let (users, now) = (transaction.users(), context.clock.now());
    let (profile, owned) = (new.profile, context.config.user.owned_tables);
    let permit = permit(context, new_user(new))?;
    // The hook may have set another address, which the provider did not verify.
    let is_verified = profile.email_verified && permit.subject().email == profile.email;
    let must_verify = new.provider.config.require_email_verification;
    let user = if is_verified || must_verify {
        users.insert_pending(permit, owned, now).await?.0
    } else {
        users.insert(permit, now).await?
    };
    let user = if is_verified { verify_email(transaction, context, user).await? } else { user };
    insert_account(transaction, context, new, &user.id).await?;
    let (connection, action) = (transaction.connection(), Action::SignUp);
    audit::record(connection, context, action, &user.id, client, Outcome::Done).await?;
    Ok(Ok(Settled { user, is_new: true, is_changed: false }))
}

fn new_user(new: &NewSignIn<'_>) -> NewUser {
    let profile = new.profile;
    NewUser {
        id: UserId::generate(),
        name: profile.name.clone(),
        email: profile.email.clone(),
        image: profile.image.clone(),
        role: Role::default(),
    }
}

/// Replaces name, image and address of the user by the provider's, where a setting says so.
async fn override_profile(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    new: &NewSignIn<'_>,
    settled: Settled,
) -> Result<Settled> {
    if !new.override_user_info {
        return Ok(settled);
    }
    let settled = update_profile(transaction, context, new, settled).await?;
    let (users, connection) = (transaction.users(), transaction.connection());
    let (user, profile) = (settled.user, new.profile);
    // An address that another user has stays theirs.
    let is_free = users.find_by_email(&profile.email).await?.is_none();
    if user.email == profile.email || !is_free {
        return Ok(Settled { user, ..settled });
    }
    let permit = Permit::system("provider-user-info", Update, user);
    let (owned, now) = (context.config.user.owned_tables, context.clock.now());
    let (email, is_verified) = (&profile.email, profile.email_verified);
    let user = users.set_email(permit, email, is_verified, owned, now).await?;
    let user = epoch::invalidate_links(connection, context, user).await?;
    let (action, outcome) = (Action::ChangeEmail, Outcome::Done);
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    Ok(Settled { user, ..settled })
}

/// Replaces name and image of the user by the provider's, if it has them.
async fn update_profile(
    transaction: &Transaction,
    context: &Context,
    new: &NewSignIn<'_>,
    settled: Settled,
) -> Result<Settled> {
    let name = Some(new.profile.name.clone()).filter(|name| !name.is_empty());
    let patch = ProfilePatch { name, image: new.profile.image.clone().map(Some) };
    let permit = Permit::system("provider-user-info", Update, settled.user);
    let user = transaction.users().update_profile(permit, patch, context.clock.now()).await?;
    Ok(Settled { user, is_changed: true, is_new: settled.is_new })
}
