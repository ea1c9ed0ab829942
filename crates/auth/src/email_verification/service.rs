//! Mailing verification links, and verifying addresses.

use database::Transaction;
use domain::{NewUser, Permit, Result, Role, User, UserId, ability::Update};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use super::{
    error::{
        EMAIL_ALREADY_VERIFIED, EMAIL_MISMATCH, INVALID_TOKEN, VERIFICATION_EMAIL_NOT_ENABLED,
    },
    token::{Purpose, Received, Token},
};
use crate::{
    account,
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    mail,
    page::HOME,
    session::{self, CurrentSession, Lifetime},
    sign_in::{self, UserSession},
    verification,
};

/// The link of a token, which redirects to `callback`.
pub(crate) fn link(context: &Context, token: &Token, callback: Option<&str>) -> String {
    let callback = callback.filter(|url| !url.is_empty()).unwrap_or(HOME);
    let token = token.sign(context);
    context.url_for("/verify-email", &[("token", &token), ("callbackURL", callback)])
}

/// Mails the link that verifies the address of `user`, or simulates it. Returns whether a mail
/// was enqueued.
pub(crate) async fn send_link<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    user: &User,
    callback: Option<&str>,
) -> Result<bool> {
    let message = Message::Verification {
        name: user.name.clone(),
        provider: find_provider(db, context, &user.id).await?,
        url: link(context, &Token::of(user, Purpose::Verify), callback),
        expires_in: Some(context.config.email_verification.expires_in),
    };
    mail::send(db, context, to, &message).await
}

/// Finds the name of the provider with which a user without a password signed up. The mail names
/// it: the owner of an address must not activate another person's user unknowingly.
pub(crate) async fn find_provider<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &UserId,
) -> Result<Option<String>> {
    let accounts = account::list_accounts(db, user).await?;
    if accounts.iter().any(|account| account.provider == account::CREDENTIAL) {
        return Ok(None);
    }
    let id = accounts.into_iter().next().map(|account| account.provider);
    Ok(id.map(|id| context.providers.name(&id).map_or(id.clone(), str::to_owned)))
}

/// Mails the link again, if an unverified user has the address.
pub(super) async fn send_again(
    context: &Context,
    current: Option<CurrentSession>,
    email: &str,
    callback: Option<&str>,
) -> Result<(), AuthError> {
    if !context.mailer.is_on() {
        return Err(VERIFICATION_EMAIL_NOT_ENABLED.into());
    }
    let user = match current {
        Some(CurrentSession { user, .. }) if user.email != email => {
            return Err(EMAIL_MISMATCH.into());
        }
        Some(CurrentSession { user, .. }) if user.email_verified => {
            return Err(EMAIL_ALREADY_VERIFIED.into());
        }
        Some(CurrentSession { user, .. }) => Some(user),
        None => context.db.users().find_by_email(email).await?,
    };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = user.filter(|user| !user.email_verified);
    let is_found = user.is_some();
    let user = user.unwrap_or_else(|| simulated_user(context, email));
    let address = user.email.as_str();
    let to = if is_found { Recipient::User(address) } else { Recipient::Simulated(address) };
    send_link(connection, context, to, &user, callback).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// A user for an address without one, so that the same mail can be made.
fn simulated_user(context: &Context, email: &str) -> User {
    let (id, name) = (UserId::generate(), "Simulated user".to_owned());
    let user = NewUser { id, name, email: email.to_owned(), image: None, role: Role::default() };
    user.stored(context.clock.now())
}

/// The user of a link.
pub(super) struct Holder {
    pub(super) user: User,
    /// Whether the link was used before.
    pub(super) is_used: bool,
}

/// The holder of a token that is valid or was used, as seen by `db`. `user` is the token's user
/// in the database.
async fn check_holder<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    received: &Received<'_>,
    user: Option<User>,
) -> Result<Holder, AuthError> {
    let (token, user) = (&received.token, user.ok_or(INVALID_TOKEN)?);
    let now = context.clock.now();
    let is_used = token.is_applied_to(&user)
        && verification::Store::of(context).is_used(db, received.text, now).await?;
    if is_used || token.is_valid_for(&user) {
        Ok(Holder { user, is_used })
    } else {
        Err(INVALID_TOKEN.into())
    }
}

/// Finds the holder of a token and locks their row until the transaction ends.
pub(super) async fn lock_holder(
    context: &Context,
    transaction: &Transaction,
    received: &Received<'_>,
) -> Result<Holder, AuthError> {
    let user = transaction.users().find_locked(&received.token.user).await?;
    check_holder(transaction.connection(), context, received, user).await
}

/// Finds the holder of a token without a lock.
pub(super) async fn find_holder(
    context: &Context,
    received: &Received<'_>,
) -> Result<Holder, AuthError> {
    let user = context.db.users().find(&received.token.user).await?;
    check_holder(context.db.reader(), context, received, user).await
}

/// Records that this transaction uses the link.
pub(super) async fn record_use<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    received: &Received<'_>,
) -> Result<()> {
    let Received { text, expires_at, .. } = received;
    verification::Store::of(context).record_use(db, text, *expires_at, context.clock.now()).await
}

/// Marks the address as verified, once; later calls change nothing. Creates a session where a
/// setting says so.
pub(super) async fn verify(
    context: &Context,
    received: &Received<'_>,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<Option<UserSession>, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let Holder { user, is_used } = lock_holder(context, &transaction, received).await?;
    if is_used || user.email_verified {
        return Ok(None);
    }
    let now = context.clock.now();
    let permit = Permit::system("verify-email", Update, user);
    let user = transaction
        .users()
        .set_email(permit, &received.token.email, true, context.config.user.owned_tables, now)
        .await?;
    record_use(connection, context, received).await?;
    audit::record(connection, context, Action::VerifyEmail, &user.id, client, Outcome::Done)
        .await?;
    if context.mailer.is_on() && context.config.email_verification.send_on_sign_up {
        let welcome = Message::Welcome { name: user.name.clone() };
        mail::send(connection, context, Recipient::User(&user.email), &welcome).await?;
    }
    let signed_in = if context.config.email_verification.auto_sign_in {
        Some(current_or_new_session(connection, context, user.clone(), current, client).await?)
    } else {
        None
    };
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(signed_in)
}

/// The user's current session, or a new one.
async fn current_or_new_session<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<UserSession> {
    match current.filter(|current| current.user.id == user.id) {
        Some(current) => Ok(UserSession::current(user, current)),
        None => sign_in::create_session(db, context, user, Lifetime::Remembered, client).await,
    }
}
