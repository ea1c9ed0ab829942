//! Changes of the second factor by its signed-in user.

use database::{Transaction, UserRepository};
use domain::{Permit, User, ability::Update, user::SignInPatch};
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use crate::{
    account,
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    password::PasswordHash,
    session::{self, CurrentSession},
    sign_in::{self, Attempt, Method, Proof, UserSession},
    user::{CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD, check_password},
};

/// The proof that the user may change their second factor.
pub(super) enum Authority {
    Password(PasswordHash),
    /// The user has no password, and the settings allow that.
    Session,
}

/// Checks the password that `action` requires.
pub(super) async fn authorize(
    context: &Context,
    action: Action,
    current: &CurrentSession,
    password: Option<SecretString>,
    client: &Client,
) -> Result<Authority, AuthError> {
    let user = &current.user.id;
    if context.config.plugins.two_factor.allow_passwordless
        && account::find_password(context.db.reader(), user).await?.is_none()
    {
        return Ok(Authority::Session);
    }
    let password = password.ok_or(INVALID_PASSWORD)?;
    context.passwords.check_tried(&password)?;
    match check_password(context, action, current, password, client).await {
        Ok(hash) => Ok(Authority::Password(hash)),
        Err(AuthError::Refused(refusal))
            if refusal.code == Some(CREDENTIAL_ACCOUNT_NOT_FOUND.name) =>
        {
            Err(INVALID_PASSWORD.into())
        }
        Err(error) => Err(error),
    }
}

/// Begins the transaction of a change, and locks the user. Fails if the password changed or the
/// session ended after `authorize` checked them.
pub(super) async fn begin(
    context: &Context,
    current: &CurrentSession,
    authority: Authority,
) -> Result<(Transaction, User), AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = session::lock_user(&transaction, context, current).await?;
    let is_unchanged = match authority {
        Authority::Password(hash) => account::hold_password(connection, &user.id, hash).await?,
        Authority::Session => account::find_password(connection, &user.id).await?.is_none(),
    };
    if is_unchanged { Ok((transaction, user)) } else { Err(INVALID_PASSWORD.into()) }
}

/// Turns the second factor of a locked user on, and replaces their session, as better-auth does.
pub(super) async fn turn_on<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    changed: (User, &CurrentSession),
    client: &Client,
) -> Result<Box<UserSession>, AuthError> {
    set_two_factor(db, context, changed, (true, Action::EnableTwoFactor), client).await
}

/// Turns the second factor of a locked user off, and replaces their session, as better-auth does.
pub(super) async fn turn_off<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    changed: (User, &CurrentSession),
    client: &Client,
) -> Result<Box<UserSession>, AuthError> {
    set_two_factor(db, context, changed, (false, Action::DisableTwoFactor), client).await
}

async fn set_two_factor<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    (user, current): (User, &CurrentSession),
    (is_on, action): (bool, Action),
    client: &Client,
) -> Result<Box<UserSession>, AuthError> {
    audit::record(db, context, action, &user.id, client, Outcome::Done).await?;
    let permit = Permit::system("second-factor", Update, user);
    let patch = SignInPatch { two_factor: Some(is_on), ..SignInPatch::default() };
    let user = UserRepository::new(db).update_sign_in(permit, patch, context.clock.now()).await?;
    session::Store::of(context).delete(db, &current.session).await?;
    let (method, proof, lifetime) = (Method::OwnSession, Proof::Session, current.lifetime);
    let attempt = Attempt { user, method, proof, lifetime, client };
    sign_in::sign_in(db, context, attempt).await?.session()
}
