//! Mailing verification links, and verifying addresses.

use database::Transaction;
use domain::{NewUser, Result, Role, SignInFields, User, UserId};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use super::{
    error::{
        EMAIL_ALREADY_VERIFIED, EMAIL_MISMATCH, INVALID_TOKEN, VERIFICATION_EMAIL_NOT_ENABLED,
    },
    provider::find_provider,
    token::{Purpose, Received, Token},
};
use crate::{
    audit::{self, Action},
    context::Context,
    email_otp,
    error::AuthError,
    extract::Client,
    mail::{self, Enqueued},
    mailbox,
    page::HOME,
    session::{self, CurrentSession, Lifetime},
    sign_in::{self, Attempt, Method, Outcome, Proof, UserSession},
    verification,
};

/// The link of a token, which redirects to `callback`.
pub(crate) fn link(context: &Context, token: &Token, callback: Option<&str>) -> String {
    let callback = callback.filter(|url| !url.is_empty()).unwrap_or(HOME);
    let token = token.sign(context);
    context.url_for("/verify-email", &[("token", &token), ("callbackURL", callback)])
}

/// Mails the link that verifies the address of `user`, or simulates it; a code, where a setting of
/// the plugin `email-otp` says so. Returns whether a mail was enqueued.
pub(crate) async fn send_link<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    to: Recipient<'_>,
    user: &User,
    callback: Option<&str>,
) -> Result<bool> {
    let provider = find_provider(db, context, &user.id).await?;
    if email_otp::replaces_links(context) {
        return email_otp::mail_verification_code(db, context, to, user, provider).await;
    }
    let message = Message::Verification {
        name: user.name.clone(),
        provider,
        url: link(context, &Token::of(user, Purpose::Verify), callback),
        expires_in: Some(context.config.email_verification.expires_in),
    };
    Ok(mail::send(db, context, to, &message).await? == Enqueued::Sent)
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
    let user = NewUser {
        id,
        name,
        email: email.to_owned(),
        image: None,
        role: Role::default(),
        sign_in: SignInFields::default(),
    };
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
) -> Result<Option<Outcome>, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let Holder { user, is_used } = lock_holder(context, &transaction, received).await?;
    if is_used || user.email_verified {
        return Ok(None);
    }
    record_use(connection, context, received).await?;
    let user = set_verified(&transaction, context, user, client).await?;
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

/// Marks the address of a user as verified, and mails the welcome of a new user.
pub(crate) async fn set_verified(
    transaction: &Transaction,
    context: &Context,
    user: User,
    client: &Client,
) -> Result<User> {
    let connection = transaction.connection();
    let user = mailbox::verify(transaction, context, user).await?;
    audit::record(connection, context, Action::VerifyEmail, &user.id, client, audit::Outcome::Done)
        .await?;
    if context.mailer.is_on() && context.config.email_verification.send_on_sign_up {
        let welcome = Message::Welcome { name: user.name.clone() };
        mail::send(connection, context, Recipient::User(&user.email), &welcome).await?;
    }
    Ok(user)
}

/// The user's current session, or a new one.
pub(crate) async fn current_or_new_session<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<Outcome> {
    if let Some(current) = current.filter(|current| current.user.id == user.id) {
        return Ok(Outcome::SignedIn(Box::new(UserSession::current(user, current))));
    }
    let attempt = Attempt {
        user,
        method: Method::EmailVerification,
        proof: Proof::OneFactor,
        lifetime: Lifetime::Remembered,
        client,
    };
    sign_in::sign_in(db, context, attempt).await
}
