//! Sign-in with an e-mail address and a password.

use domain::{Error, Result, User, UserId};
use mailer::Recipient;
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use super::{
    error::{EMAIL_NOT_VERIFIED, INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD},
    input::SignIn,
};
use crate::{
    account::{self, Candidate},
    audit::{self, Action, Actor, Outcome},
    context::Context,
    email_verification,
    error::AuthError,
    extract::{Client, email},
    password::{PasswordHash, Verdict, try_sign_in},
    sign_in::{self, UserSession},
};

/// How often to retry when a concurrent request changes the password or takes the address.
pub(super) const TRIES: usize = 3;

/// Checks the password and signs the user in. Neither the response nor its time distinguishes an
/// unknown address from a wrong password. `devices` are the values of the cookies of known
/// devices.
pub(super) async fn sign_in(
    context: &Context,
    input: SignIn,
    client: &Client,
    devices: &[String],
) -> Result<UserSession, AuthError> {
    let email = email::normalize(&input.email).ok_or(INVALID_EMAIL)?;
    context.passwords.check_tried(&input.password)?;
    for _ in 0..TRIES {
        let checked = check(context, &email, input.password.clone(), client, devices).await?;
        if let Some(signed_in) = start_session(context, checked, &input, client).await? {
            return Ok(signed_in);
        }
    }
    Err(Error::Busy.into())
}

/// A user whose password was correct when it was read.
struct CheckedPassword {
    user: User,
    hash: PasswordHash,
    /// New hash to store, if the algorithm or its cost is outdated.
    renewed: Option<PasswordHash>,
}

async fn check(
    context: &Context,
    email: &str,
    password: SecretString,
    client: &Client,
    devices: &[String],
) -> Result<CheckedPassword, AuthError> {
    let candidate = account::find_credential(context.db.reader(), email).await?;
    let tried = try_sign_in(context, email, client, devices, password, candidate.as_ref());
    let verdict = tried.await?;
    match (candidate, verdict) {
        (Some(Candidate { user, hash }), Verdict::Right { renewed }) => {
            Ok(CheckedPassword { user, hash, renewed })
        }
        (candidate, _) => {
            let subject = candidate.map(|candidate| candidate.user.id);
            let (writer, code) = (context.db.writer(), INVALID_EMAIL_OR_PASSWORD.name);
            record_refusal(writer, context, subject.as_ref(), code, client).await?;
            Err(INVALID_EMAIL_OR_PASSWORD.into())
        }
    }
}

/// Starts the session of a user whose password was checked. `None`: a concurrent request
/// changed the password. A later change or reset of the password, or deletion, ends this
/// session, because the row is locked.
async fn start_session(
    context: &Context,
    checked: CheckedPassword,
    input: &SignIn,
    client: &Client,
) -> Result<Option<UserSession>, AuthError> {
    let CheckedPassword { user, hash, renewed } = checked;
    if context.config.email_password.require_verification && !user.email_verified {
        return refuse_unverified(context, &user, input.callback_url.as_deref(), client).await;
    }
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    if user.pending {
        // The user's row is locked before the password's, in the order of all transactions.
        transaction.users().find_locked(&user.id).await?;
    }
    let password = renewed.as_ref().unwrap_or(&hash).clone();
    let unchanged = match renewed {
        Some(renewed) => account::rehash(connection, &user.id, hash, renewed).await?,
        None => account::hold_password(connection, &user.id, hash).await?,
    };
    if !unchanged {
        return Ok(None);
    }
    let signed_in =
        sign_in::create_session(connection, context, user, input.lifetime, client).await?;
    transaction.commit().await?;
    Ok(Some(signed_in.by_password(password)))
}

/// Refuses a user whose address is not verified, and mails the link again.
async fn refuse_unverified<T>(
    context: &Context,
    user: &User,
    callback: Option<&str>,
    client: &Client,
) -> Result<T, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    record_refusal(connection, context, Some(&user.id), EMAIL_NOT_VERIFIED.name, client).await?;
    if context.config.email_verification.send_on_sign_in && context.mailer.is_on() {
        let to = Recipient::User(&user.email);
        email_verification::send_link(connection, context, to, user, callback).await?;
    }
    transaction.commit().await?;
    context.mailer.wake();
    Err(EMAIL_NOT_VERIFIED.into())
}

async fn record_refusal<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    subject: Option<&UserId>,
    code: &'static str,
    client: &Client,
) -> Result<()> {
    let (actor, outcome) = (Actor::Anonymous { subject }, Outcome::Refused(code));
    audit::record(db, context, Action::SignIn, actor, client, outcome).await
}
