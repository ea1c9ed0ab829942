//! An answer to a challenge, or the check of a code in a session.
//!
//! Everything about an answer happens in one transaction that locks the user first, so that answers
//! of one user follow each other. A challenge counts its wrong codes, and the account counts those
//! of all its challenges.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use database::{Transaction, TransactionConnection};
use domain::User;
use serde::Serialize;

use super::{
    challenge::{self, COOKIE, attempts_of},
    change,
    error::{INVALID_TWO_FACTOR_COOKIE, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE},
    lockout,
    store::Model,
    trusted_device,
};
use crate::{
    audit::{self, Action, Actor, Outcome},
    context::Context,
    cookie,
    error::AuthError,
    error_code::ErrorCode,
    extract::Client,
    limit::{Counted, Failures},
    session::{self, CurrentSession, Lifetime},
    sign_in::{self, Attempt, Method, Proof, UserSession},
    verification::{self, NewValue},
    views::UserView,
};

/// Wrong codes of one challenge, as in better-auth.
const MAX_ATTEMPTS: u32 = 5;
/// Wrong codes in the sessions of one user per minute, which better-auth does not limit.
const MAX_PER_USER: u32 = 10;

/// A code check in progress: its transaction, its locked user and its origin.
pub(super) struct Answer<'a> {
    context: &'a Context,
    client: &'a Client,
    transaction: Transaction,
    pub(super) user: User,
    from: From,
    /// The count of wrong codes in sessions, to which this one was added.
    counted: Option<Counted>,
}

/// Where the code is given.
enum From {
    /// After the first step of a sign-in, by the identifier of the challenge.
    Challenge(String),
    Session(Box<CurrentSession>),
    /// In a session that was replaced by this one when the second factor was turned on.
    Renewed(Box<UserSession>),
}

/// The count of wrong codes of a challenge, taken for the time of an answer.
pub(super) struct Attempts {
    count: u32,
    expires_at: DateTime<Utc>,
}

/// better-auth's body.
#[derive(Serialize)]
struct Verified<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    user: UserView<'a>,
}

impl<'a> Answer<'a> {
    /// Begins an answer in the session of a request, or to the challenge of its browser.
    pub(super) async fn begin(
        context: &'a Context,
        client: &'a Client,
        current: Option<CurrentSession>,
    ) -> Result<Self, AuthError> {
        let Some(current) = current else { return Self::to_challenge(context, client).await };
        let transaction = context.db.begin().await?;
        let user = change::lock(&transaction, context, &current).await?;
        let from = From::Session(Box::new(current));
        Ok(Self { context, client, transaction, user, from, counted: None })
    }

    /// As [`Answer::begin`], for the check of a code. Counts it as wrong until it is right.
    pub(super) async fn begin_check(
        context: &'a Context,
        client: &'a Client,
        current: Option<CurrentSession>,
    ) -> Result<Self, AuthError> {
        let counted = match (&context.limiter, &current) {
            (Some(limiter), Some(current)) => {
                let failures = [limit_of(&current.user)];
                let counted = limiter.consume(&context.db, &failures).await?;
                Some(counted.map_err(AuthError::too_many)?)
            }
            _ => None,
        };
        Ok(Self { counted, ..Self::begin(context, client, current).await? })
    }

    async fn to_challenge(context: &'a Context, client: &'a Client) -> Result<Self, AuthError> {
        let transaction = context.db.begin().await?;
        for identifier in context.cookies.signed(&client.headers, COOKIE) {
            if let Some(user) = challenge::find_user(&transaction, context, &identifier).await? {
                let from = From::Challenge(identifier);
                return Ok(Self { context, client, transaction, user, from, counted: None });
            }
        }
        Err(INVALID_TWO_FACTOR_COOKIE.into())
    }

    pub(super) fn db(&self) -> &TransactionConnection {
        self.transaction.connection()
    }

    /// Whether this is the second step of a sign-in.
    pub(super) fn is_sign_in(&self) -> bool {
        matches!(self.from, From::Challenge(_))
    }

    /// The key of the codes that are sent for this challenge or session.
    pub(super) fn key(&self) -> String {
        match &self.from {
            From::Challenge(identifier) => identifier.clone(),
            From::Session(current) => {
                format!("{}!{}", self.user.id, current.session.id.as_str())
            }
            From::Renewed(renewed) => {
                format!("{}!{}", self.user.id, renewed.session.id.as_str())
            }
        }
    }

    /// Refuses an answer to a challenge if the account is locked.
    pub(super) async fn check_lock(&self, row: Option<&Model>) -> Result<(), AuthError> {
        if !self.is_sign_in() {
            return Ok(());
        }
        lockout::check(self.db(), self.context, &self.user, row).await
    }

    /// Takes the count of wrong codes of the challenge. Fails if there were too many; the challenge
    /// is then over.
    pub(super) async fn attempts(&self) -> Result<Result<Option<Attempts>, ErrorCode>, AuthError> {
        let From::Challenge(identifier) = &self.from else { return Ok(Ok(None)) };
        let (store, now) = (verification::Store::of(self.context), self.context.clock.now());
        let counter = attempts_of(identifier);
        let Some(taken) = store.take_current_value(self.db(), &counter, now).await? else {
            return Ok(Err(INVALID_TWO_FACTOR_COOKIE));
        };
        let count = taken.value.parse().unwrap_or(MAX_ATTEMPTS);
        if count < MAX_ATTEMPTS {
            return Ok(Ok(Some(Attempts { count, expires_at: taken.expires_at })));
        }
        store.take(self.db(), identifier, now).await?;
        Ok(Err(TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE))
    }

    /// Keeps what was written, and ends the answer.
    pub(super) async fn keep(self) -> Result<(), AuthError> {
        Ok(self.transaction.commit().await?)
    }

    /// Keeps what was written, and refuses the answer. A challenge that is over loses its cookie.
    pub(super) async fn refuse(self, code: ErrorCode) -> Result<Response, AuthError> {
        self.transaction.commit().await?;
        let response = AuthError::from(code).into_response();
        let is_over = code.name == TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE.name;
        let cookies =
            if is_over { removed(self.context, &self.client.headers) } else { Vec::new() };
        Ok(cookie::with(response, cookies))
    }

    /// Counts a wrong code, and refuses it.
    pub(super) async fn fail(
        self,
        attempts: Option<Attempts>,
        row: Option<&Model>,
        code: ErrorCode,
    ) -> Result<Response, AuthError> {
        let (context, db) = (self.context, self.db());
        if let (From::Challenge(identifier), Some(attempts)) = (&self.from, attempts) {
            let Attempts { count, expires_at } = attempts;
            let (identifier, value) = (attempts_of(identifier), (count + 1).to_string());
            let value = NewValue { identifier: &identifier, value: &value, expires_at };
            verification::Store::of(context).put_value(db, value, context.clock.now()).await?;
        }
        if self.is_sign_in() {
            lockout::count_failure(db, context, &self.user, row).await?;
            let actor = Actor::Anonymous { subject: Some(&self.user.id) };
            let outcome = Outcome::Refused(code.name);
            audit::record(db, context, Action::SignIn, actor, self.client, outcome).await?;
        }
        self.transaction.commit().await?;
        Err(code.into())
    }

    /// Forgets the wrong codes of the account after a right one.
    pub(super) async fn forget_failures(&self, row: Option<&Model>) -> Result<(), AuthError> {
        if self.is_sign_in() {
            lockout::forget(self.db(), self.context, &self.user, row).await?;
        }
        Ok(())
    }

    /// Turns the second factor of a session's user on, if it is off.
    pub(super) async fn turn_on(self) -> Result<Self, AuthError> {
        let Self { context, client, transaction, user, from, counted } = self;
        let (user, from) = match from {
            From::Session(current) if !user.sign_in.two_factor => {
                let (db, changed) = (transaction.connection(), (user, &*current));
                let session = change::turn(db, context, changed, true, client).await?;
                (session.user.clone(), From::Renewed(session))
            }
            from => (user, from),
        };
        Ok(Self { context, client, transaction, user, from, counted })
    }

    /// Ends the answer without signing in.
    pub(super) async fn succeed_without_session(self) -> Result<Response, AuthError> {
        let Self { context, transaction, user, from, counted, .. } = self;
        transaction.commit().await?;
        refund(context, &user, counted).await?;
        let token = match &from {
            From::Session(current) => Some(current.session.token.as_str()),
            From::Challenge(_) | From::Renewed(_) => None,
        };
        Ok(body(context, token, &user))
    }

    /// Ends the answer with a session: a new one after a challenge, or the one of the request.
    pub(super) async fn succeed(self, trust_device: bool) -> Result<Response, AuthError> {
        let Self { context, client, transaction, user, from, counted } = self;
        match from {
            From::Challenge(identifier) => {
                let signing_in = (transaction, user, identifier);
                sign_in(context, client, signing_in, trust_device).await
            }
            From::Session(current) => {
                transaction.commit().await?;
                refund(context, &user, counted).await?;
                Ok(body(context, Some(current.session.token.as_str()), &user))
            }
            From::Renewed(renewed) => {
                transaction.commit().await?;
                refund(context, &user, counted).await?;
                session::Store::of(context).user_changed(&user).await?;
                let response = body(context, Some(renewed.session.token.as_str()), &user);
                Ok(renewed.with_session_cookies(context, &client.headers, response))
            }
        }
    }
}

/// Uses a challenge up and signs in.
async fn sign_in(
    context: &Context,
    client: &Client,
    (transaction, user, identifier): (Transaction, User, String),
    trust_device: bool,
) -> Result<Response, AuthError> {
    let (db, headers) = (transaction.connection(), &client.headers);
    let store = verification::Store::of(context);
    let taken = store.take(db, &identifier, context.clock.now()).await?;
    if !taken.is_some_and(|link| link.is_valid_for(&user)) {
        let response = AuthError::from(INVALID_TWO_FACTOR_COOKIE).into_response();
        return Ok(cookie::with(response, removed(context, headers)));
    }
    store.take_value(db, &attempts_of(&identifier)).await?;
    let is_browser_session = context.cookies.is_browser_session(headers);
    let lifetime = if is_browser_session { Lifetime::BrowserSession } else { Lifetime::Remembered };
    let (method, proof) = (Method::SecondFactor, Proof::TwoFactors);
    let attempt = Attempt { user: user.clone(), method, proof, lifetime, client };
    let outcome = sign_in::sign_in(db, context, attempt).await?;
    let mut cookies = removed(context, headers);
    if trust_device && matches!(outcome, sign_in::Outcome::SignedIn(_)) {
        cookies.extend(trusted_device::trust(db, context, &user, headers).await?);
        let mut mark = context.cookies.set_cookies(headers);
        mark.expire_dont_remember();
        cookies.extend(mark.into_lines());
    }
    transaction.commit().await?;
    let outcome = outcome.map(|session| session.with_cookies(cookies));
    outcome.response(context, headers, |token, user| {
        Json(Verified { token: Some(token), user }).into_response()
    })
}

fn body(context: &Context, token: Option<&str>, user: &User) -> Response {
    let user = UserView::new(user, &context.config.plugins);
    Json(Verified { token, user }).into_response()
}

/// The `Set-Cookie` lines that remove the challenge.
fn removed(context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.remove(COOKIE);
    cookies.into_lines()
}

/// The limit of wrong codes in the sessions of a user.
fn limit_of(user: &User) -> Failures {
    Failures { key: format!("two-factor-session|{}", user.id), max: MAX_PER_USER }
}

/// Takes the count back after a right code.
async fn refund(context: &Context, user: &User, counted: Option<Counted>) -> Result<(), AuthError> {
    if let (Some(limiter), Some(counted)) = (&context.limiter, counted) {
        limiter.refund(&context.db, &[limit_of(user)], counted).await?;
    }
    Ok(())
}
