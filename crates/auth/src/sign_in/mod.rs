//! Creates the session or the challenge of every sign-in. Only this module creates sessions.
//!
//! [`sign_in`] decides how each sign-in ends: banned and deleted users are refused, unverified ones where
//! a setting says so, and users with a second factor get a challenge instead of a session unless
//! the sign-in proves two factors or the browser is a trusted device.

mod method;
mod outcome;
mod user_session;

use database::UserRepository;
use domain::{
    Error, Permit, Result, User,
    ability::{Kind, Update},
    user::SignInPatch,
};
use sea_orm::ConnectionTrait;

pub(crate) use self::{
    method::{Method, Proof},
    outcome::{Outcome, Refusal},
    user_session::{UserSession, device_cookies},
};
use crate::{
    account, anonymous,
    audit::{self, Action, Actor},
    context::Context,
    extract::Client,
    last_login_method, multi_session, one_time_token,
    plugin::Plugin,
    session::{self, Lifetime},
    two_factor::{challenge, trusted_device},
};

/// A sign-in attempt whose caller has checked the user's credential, e.g. a password.
pub(crate) struct Attempt<'a> {
    pub(crate) user: User,
    pub(crate) method: Method,
    pub(crate) proof: Proof,
    pub(crate) lifetime: Lifetime,
    pub(crate) client: &'a Client,
}

/// Signs a user in: creates a session, or a challenge for the second factor, or refuses.
///
/// Reads the user again and locks them, so that a concurrent ban or deletion, which ends all
/// sessions, cannot miss the new one. Lock order: the user first, then other rows of the user.
pub(crate) async fn sign_in<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    attempt: Attempt<'_>,
) -> Result<Outcome> {
    let Attempt { user, method, proof, lifetime, client } = attempt;
    // What the caller read may have changed since: the user was banned, or enabled a second factor.
    let user = UserRepository::new(db).find_locked(&user.id).await?;
    let user = user.filter(|user| user.deleted_at.is_none());
    let user = user.ok_or(Error::NotFound { kind: Kind::User })?;
    if let Some(refusal) = refusal(context, &user, &method) {
        let (actor, code) = (Actor::Anonymous { subject: Some(&user.id) }, refusal.code().name);
        let outcome = audit::Outcome::Refused(code);
        audit::record(db, context, Action::SignIn, actor, client, outcome).await?;
        return Ok(Outcome::Refused(refusal));
    }
    let mut cookies = Vec::new();
    if proof == Proof::OneFactor && user.sign_in.two_factor && is_two_factor_on(context) {
        let trusted_cookies = trusted_device::renew(db, context, &user, &client.headers).await?;
        let Some(trusted_cookies) = trusted_cookies else {
            let attempt = Attempt { user, method, proof, lifetime, client };
            return begin_challenge(db, context, attempt).await;
        };
        cookies.extend(trusted_cookies);
    }
    let user = record_sign_in(db, context, user, &method).await?;
    anonymous::transfer_guest(db, context, &user, client).await?;
    let session = session::create(db, context, &user, lifetime, client).await?;
    let joining = (&session, &user);
    cookies.extend(multi_session::join(db, context, joining, lifetime, &client.headers).await?);
    cookies.extend(last_login_method::cookie(context, &method));
    let one_time_token = one_time_token::for_new_session(db, context, &session).await?;
    audit::record(db, context, Action::SignIn, &user.id, client, audit::Outcome::Done).await?;
    let session = UserSession::new(user, session, lifetime, cookies);
    Ok(Outcome::SignedIn(Box::new(session.with_one_time_token(one_time_token))))
}

/// Begins a challenge for the second factor. The sign-in method is noted now, as in better-auth;
/// everything that belongs to the session waits for the answer.
async fn begin_challenge<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    attempt: Attempt<'_>,
) -> Result<Outcome> {
    let Attempt { user, method, lifetime, client, .. } = attempt;
    let step = (&user, method.channel());
    let challenge = challenge::begin(db, context, step, lifetime, &client.headers).await?;
    let expires_at = context.clock.now() + context.config.plugins.two_factor.cookie_max_age;
    let id = challenge.identifier();
    anonymous::store_for_challenge(db, context, client, id, expires_at).await?;
    record_method(db, context, user, &method).await?;
    let noted = last_login_method::cookie(context, &method);
    Ok(Outcome::Challenged(challenge.with_cookies(noted)))
}

fn is_two_factor_on(context: &Context) -> bool {
    context.config.plugins.has(Plugin::TwoFactor)
}

/// Whether one factor shows the profile of a user: not of a banned one, and not of one with a second
/// factor.
pub(crate) fn is_shown_after_one_factor(context: &Context, user: &User) -> bool {
    let asks = user.sign_in.two_factor && is_two_factor_on(context);
    !asks && !is_banned(context, user)
}

fn is_banned(context: &Context, user: &User) -> bool {
    user.ban.as_ref().is_some_and(|ban| ban.is_in_force(context.clock.now()))
}

/// Why the user cannot sign in by `method`, if so.
fn refusal(context: &Context, user: &User, method: &Method) -> Option<Refusal> {
    let must_verify =
        context.config.email_password.require_verification && method.requires_verified_email();
    if is_banned(context, user) {
        Some(Refusal::Banned)
    } else if must_verify && !user.email_verified {
        Some(Refusal::Unverified)
    } else {
        None
    }
}

/// Writes what the sign-in changes about the user: they are not pending any more, a ban that has
/// ended is removed, who has a credential is no guest (better-auth leaves them one), and the method
/// is noted where a setting says so.
async fn record_sign_in<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    mut user: User,
    method: &Method,
) -> Result<User> {
    let users = UserRepository::new(db);
    let permit = |user: User| Permit::system("sign-in", Update, user);
    if user.pending {
        user = users.clear_pending(permit(user)).await?;
    }
    if user.ban.is_some() {
        user = users.clear_ban(permit(user)).await?;
    }
    if method.proves_credential() {
        user = account::end_guest(db, context, user).await?;
    }
    record_method(db, context, user, method).await
}

/// Stores the sign-in method with the user, where a setting says so.
async fn record_method<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    method: &Method,
) -> Result<User> {
    let Some(name) = last_login_method::stored_name(context, method) else { return Ok(user) };
    let patch = SignInPatch { last_method: Some(Some(name)), ..SignInPatch::default() };
    let permit = Permit::system("sign-in", Update, user);
    UserRepository::new(db).update_sign_in(permit, patch, context.clock.now()).await
}
