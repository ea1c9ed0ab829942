//! Sign-in with a password, whatever names the user: an e-mail address, a user name, a phone number.
//!
//! Endpoints: none; `email_password`, `username` and `phone_number` have theirs. Threats: finding out
//! who has an account (an unknown name is refused as a wrong password is, after the same work),
//! guessing (see [`limit`](crate::limit): each name has a limit, and the user has one that does not
//! show), finding out which names are one user's (a name that reaches its limit changes no answer of
//! another).

use domain::{Error, Result, User, UserId};
use mailer::Recipient;
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use crate::{
    account::{self, Candidate, Login},
    audit::{self, Action, Actor},
    context::Context,
    email_verification,
    error::AuthError,
    error_code::{EMAIL_NOT_VERIFIED, ErrorCode},
    extract::Client,
    password::{PasswordHash, Verdict, try_sign_in},
    session::Lifetime,
    sign_in::{self, Attempt, Method, Outcome, Proof},
};

/// How often to retry when a concurrent request changes the password or takes the address.
pub(crate) const TRIES: usize = 3;

/// A request to sign in.
pub(crate) struct PasswordSignIn<'a> {
    pub(crate) login: Login<'a>,
    pub(crate) password: SecretString,
    pub(crate) lifetime: Lifetime,
    pub(crate) client: &'a Client,
    /// The values of the cookies of known devices.
    pub(crate) devices: &'a [String],
    /// The refusal of an unknown name and of a wrong password.
    pub(crate) wrong: ErrorCode,
}

/// How a request with the right password ended.
pub(crate) enum Ended {
    Outcome(Outcome),
    /// The user must verify their address or number first. There is no session.
    Unverified(Box<User>),
}

/// Checks the password and signs the user in. If the user must verify their address first, mails the
/// link again, which redirects to `callback`. Neither the response nor its time distinguishes an
/// unknown name from a wrong password.
pub(crate) async fn sign_in(
    context: &Context,
    request: PasswordSignIn<'_>,
    callback: Option<&str>,
) -> Result<Outcome, AuthError> {
    let client = request.client;
    let must_verify = context.config.email_password.require_verification;
    match sign_in_if(context, request, |user| !must_verify || user.email_verified).await? {
        Ended::Outcome(outcome) => Ok(outcome),
        Ended::Unverified(user) => refuse_unverified(context, &user, callback, client).await,
    }
}

/// As [`sign_in`], for users who are `verified` otherwise.
pub(crate) async fn sign_in_if(
    context: &Context,
    request: PasswordSignIn<'_>,
    verified: impl Fn(&User) -> bool,
) -> Result<Ended, AuthError> {
    context.passwords.check_tried(&request.password)?;
    for _ in 0..TRIES {
        let checked = check(context, &request).await?;
        if !verified(&checked.user) {
            return Ok(Ended::Unverified(Box::new(checked.user)));
        }
        if let Some(outcome) = start_session(context, checked, &request).await? {
            return Ok(Ended::Outcome(outcome));
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
    request: &PasswordSignIn<'_>,
) -> Result<CheckedPassword, AuthError> {
    let PasswordSignIn { login, password, client, devices, wrong, .. } = request;
    let candidate = account::find_credential(context.db.reader(), *login).await?;
    let password = password.clone();
    let verdict =
        try_sign_in(context, *login, client, devices, password, candidate.as_ref()).await?;
    match (candidate, verdict) {
        (Some(Candidate { user, hash }), Verdict::Right { renewed }) => {
            Ok(CheckedPassword { user, hash, renewed })
        }
        (candidate, _) => {
            let subject = candidate.map(|candidate| candidate.user.id);
            let writer = context.db.writer();
            record_refusal(writer, context, subject.as_ref(), wrong.name, client).await?;
            Err((*wrong).into())
        }
    }
}

/// Starts the session of a user whose password was checked. `None`: a concurrent request
/// changed the password. A later change or reset of the password, or deletion, ends this
/// session, because the row is locked.
async fn start_session(
    context: &Context,
    checked: CheckedPassword,
    request: &PasswordSignIn<'_>,
) -> Result<Option<Outcome>, AuthError> {
    let CheckedPassword { user, hash, renewed } = checked;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    // The user's row is locked before the password's, in the order of all transactions.
    transaction.users().find_locked(&user.id).await?;
    let password = renewed.as_ref().unwrap_or(&hash).clone();
    let unchanged = match renewed {
        Some(renewed) => account::rehash(connection, &user.id, hash, renewed).await?,
        None => account::hold_password(connection, &user.id, hash).await?,
    };
    if !unchanged {
        return Ok(None);
    }
    let attempt = Attempt {
        user,
        method: request.login.method(),
        proof: Proof::OneFactor,
        lifetime: request.lifetime,
        client: request.client,
    };
    let outcome = sign_in::sign_in(connection, context, attempt).await?;
    transaction.commit().await?;
    Ok(Some(outcome.map(|session| session.by_password(password))))
}

impl Login<'_> {
    fn method(self) -> Method {
        match self {
            Self::Email(_) => Method::Email,
            Self::Username(_) => Method::Username,
            Self::PhoneNumber(_) => Method::PhoneNumber,
        }
    }
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

/// Writes an audit event of a refused sign-in.
pub(crate) async fn record_refusal<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    subject: Option<&UserId>,
    code: &'static str,
    client: &Client,
) -> Result<()> {
    let (actor, outcome) = (Actor::Anonymous { subject }, audit::Outcome::Refused(code));
    audit::record(db, context, Action::SignIn, actor, client, outcome).await
}
