//! The user who owns a mailbox: found or created.

use database::Transaction;
use domain::{Error, NewUser, Result, Role, SignInFields, User, UserId};
use mailer::{Message, Recipient};

use super::{unverified, verified::verify};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    email_password::permit,
    extract::Client,
    mail,
    plugin::Plugin,
    verification::MailedSecret,
};

/// The number of tries if concurrent requests insert a user with the same address.
pub(crate) const MAX_INSERT_TRIES: usize = 3;

/// The profile of a new user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) image: Option<String>,
}

/// The user who owns a mailbox. Their row is locked.
pub(crate) struct Owner {
    pub(crate) user: User,
    pub(crate) is_new: bool,
    /// Whether the row of an existing user was written, so that cached sessions must be refreshed.
    pub(crate) is_changed: bool,
}

/// The user whom a mailed secret signs in.
pub(crate) enum Found {
    Owner(Box<Owner>),
    /// The user's epoch is newer than the secret: the password or the address changed since.
    Stale,
    /// No user has the address.
    NoUser,
}

impl Found {
    fn owner(user: User, is_new: bool, is_changed: bool) -> Self {
        Self::Owner(Box::new(Owner { user, is_new, is_changed }))
    }
}

/// Finds or creates the user of the mailbox to which `secret` was sent, and locks their row.
///
/// An unverified user loses what another person may have prepared, and is verified. A user is
/// created if none has the address and `profile` is given. Fails with `CONFLICT` on `email` if a
/// concurrent request creates a user with the address, and with `Busy` if the address changes
/// meanwhile: the next try finds the new state.
pub(crate) async fn find_owner(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    (email, secret): (&str, &MailedSecret),
    profile: Option<Profile>,
) -> Result<Found> {
    let users = transaction.users();
    let Some(found) = users.find_by_email(email).await? else {
        let Some(profile) = profile else { return Ok(Found::NoUser) };
        let user = create(transaction, context, client, email, profile).await?;
        return Ok(Found::owner(user, true, false));
    };
    // A concurrent request may have changed the address before the row was locked.
    let user = users.find_locked(&found.id).await?;
    let has_email = |user: &User| user.deleted_at.is_none() && user.email == email;
    let user = user.filter(has_email).ok_or(Error::Busy)?;
    if !secret.is_of_epoch(&user) {
        return Ok(Found::Stale);
    }
    let has_second_factor =
        user.sign_in.two_factor && context.config.plugins.has(Plugin::TwoFactor);
    if user.email_verified || has_second_factor {
        return Ok(Found::owner(user, false, false));
    }
    let user = unverified::revoke_access(transaction, context, user).await?;
    let user = verify(transaction, context, user).await?;
    let (connection, outcome) = (transaction.connection(), Outcome::Done);
    audit::record(connection, context, Action::VerifyEmail, &user.id, client, outcome).await?;
    Ok(Found::owner(user, false, true))
}

/// Creates a user with a verified address, and mails a welcome.
async fn create(
    transaction: &Transaction,
    context: &Context,
    client: &Client,
    email: &str,
    profile: Profile,
) -> Result<User> {
    let (users, connection) = (transaction.users(), transaction.connection());
    let (owned, now) = (context.config.user.owned_tables, context.clock.now());
    let permit = permit(context, new_user(email, profile))?;
    // The hook for new users may have set another address, which is not verified.
    let is_verified = permit.subject().email == email;
    let user = users.insert_replacing(permit, owned, now).await?;
    let user = if is_verified { verify(transaction, context, user).await? } else { user };
    let outcome = Outcome::Done;
    audit::record(connection, context, Action::SignUp, &user.id, client, outcome).await?;
    let welcome = Message::Welcome { name: user.name.clone() };
    mail::send(connection, context, Recipient::User(&user.email), &welcome).await?;
    Ok(user)
}

fn new_user(email: &str, Profile { name, image }: Profile) -> NewUser {
    NewUser {
        id: UserId::generate(),
        name,
        email: email.to_owned(),
        image,
        role: Role::default(),
        sign_in: SignInFields::default(),
    }
}
