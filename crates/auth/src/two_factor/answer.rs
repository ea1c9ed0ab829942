//! Checks a code of the second factor: of a challenge (the second step of a sign-in) or of a session
//! (the setup of the second factor).
//!
//! Each answer is one transaction that locks the user first, so that the answers of one user are
//! serialized. Wrong codes are counted per challenge (`failure_count`), per account over all
//! challenges (`lockout`), and per user over all sessions (`session_limit`).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use database::{Transaction, TransactionConnection};
use domain::User;
use serde::Serialize;

use super::{
    challenge::{self, COOKIE, removed_cookie},
    change,
    error::{
        INVALID_TWO_FACTOR_COOKIE, OTP_CHANNEL_ALREADY_USED, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE,
    },
    failure_count::{self, CodeCheck, FailureCount},
    first_factor, lockout, otp,
    session_limit::{self, CountedCode},
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
    session::{self, CurrentSession, Lifetime},
    sign_in::{self, Attempt, Method, Proof, UserSession},
    verification,
    views::UserView,
};

/// An answer in progress: its transaction, its locked user, and what it answers.
pub(super) struct Answer<'a> {
    context: &'a Context,
    client: &'a Client,
    transaction: Transaction,
    pub(super) user: User,
    target: Target,
    /// A code of a session is counted as wrong before it is checked, and refunded if it is right.
    pending_failure: Option<CountedCode>,
}

/// What is answered.
enum Target {
    /// The second step of a sign-in: the identifier of its challenge.
    Challenge(String),
    /// A session.
    Session(Box<CurrentSession>),
    /// The new session that replaced the request's session when the second factor was turned on.
    Renewed(Box<UserSession>),
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
        let Some(current) = current else {
            return Self::begin_for_challenge(context, client).await;
        };
        let transaction = context.db.begin().await?;
        let user = session::lock_user(&transaction, context, &current).await?;
        let target = Target::Session(Box::new(current));
        Ok(Self { context, client, transaction, user, target, pending_failure: None })
    }

    /// As [`Answer::begin`], for the check of a code. A code of a session counts as wrong until it
    /// is known to be right.
    pub(super) async fn begin_check(
        context: &'a Context,
        client: &'a Client,
        current: Option<CurrentSession>,
    ) -> Result<Self, AuthError> {
        let pending_failure = match &current {
            Some(current) => session_limit::count(context, &current.user).await?,
            None => None,
        };
        Ok(Self { pending_failure, ..Self::begin(context, client, current).await? })
    }

    async fn begin_for_challenge(
        context: &'a Context,
        client: &'a Client,
    ) -> Result<Self, AuthError> {
        let transaction = context.db.begin().await?;
        for identifier in context.cookies.signed(&client.headers, COOKIE) {
            if let Some(user) = challenge::find_user(&transaction, context, &identifier).await? {
                let target = Target::Challenge(identifier);
                return Ok(Self {
                    context,
                    client,
                    transaction,
                    user,
                    target,
                    pending_failure: None,
                });
            }
        }
        Err(INVALID_TWO_FACTOR_COOKIE.into())
    }

    pub(super) fn db(&self) -> &TransactionConnection {
        self.transaction.connection()
    }

    /// Whether this is the second step of a sign-in.
    pub(super) fn is_sign_in(&self) -> bool {
        matches!(self.target, Target::Challenge(_))
    }

    /// The identifier of the code that is sent for this challenge or session.
    pub(super) fn code_identifier(&self) -> String {
        match &self.target {
            Target::Challenge(identifier) => identifier.clone(),
            Target::Session(current) => {
                format!("{}!{}", self.user.id, current.session.id.as_str())
            }
            Target::Renewed(renewed) => {
                format!("{}!{}", self.user.id, renewed.session.id.as_str())
            }
        }
    }

    /// Refuses a code that is sent by the channel that delivered the first factor.
    pub(super) async fn check_channel(&self) -> Result<(), AuthError> {
        let Target::Challenge(identifier) = &self.target else { return Ok(()) };
        let first = first_factor::find(self.db(), self.context, identifier).await?;
        if otp::is_sent_by(self.context, first) {
            return Err(OTP_CHANNEL_ALREADY_USED.into());
        }
        Ok(())
    }

    /// Refuses an answer to a challenge if the account is locked.
    pub(super) async fn check_lock(&self, row: Option<&Model>) -> Result<(), AuthError> {
        if !self.is_sign_in() {
            return Ok(());
        }
        lockout::check(self.db(), self.context, &self.user, row).await
    }

    /// Takes the count of wrong codes of the challenge from the store. The caller refuses the answer,
    /// or calls [`Answer::fail`] or [`Answer::succeed`].
    pub(super) async fn take_failure_count(&self) -> Result<CodeCheck, AuthError> {
        match &self.target {
            Target::Challenge(id) => Ok(failure_count::take(self.db(), self.context, id).await?),
            Target::Session(_) | Target::Renewed(_) => Ok(CodeCheck::Allowed(None)),
        }
    }

    /// Commits what was written, and ends the answer.
    pub(super) async fn commit(self) -> Result<(), AuthError> {
        Ok(self.transaction.commit().await?)
    }

    /// Commits what was written, and refuses the answer. A challenge that is over loses its cookie.
    pub(super) async fn refuse(self, code: ErrorCode) -> Result<Response, AuthError> {
        self.transaction.commit().await?;
        let response = AuthError::from(code).into_response();
        let is_over = code.name == TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE.name;
        let cookies =
            if is_over { removed_cookie(self.context, &self.client.headers) } else { Vec::new() };
        Ok(cookie::with(response, cookies))
    }

    /// Counts a wrong code, and refuses it.
    pub(super) async fn fail(
        self,
        failures: Option<FailureCount>,
        row: Option<&Model>,
        code: ErrorCode,
    ) -> Result<Response, AuthError> {
        let (context, db) = (self.context, self.db());
        if let (Target::Challenge(identifier), Some(failures)) = (&self.target, failures) {
            failure_count::put_back(db, context, identifier, failures).await?;
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
            lockout::forget_failures(self.db(), self.context, &self.user, row).await?;
        }
        Ok(())
    }

    /// Turns the second factor of a session's user on, if it is off.
    pub(super) async fn turn_on(self) -> Result<Self, AuthError> {
        let Self { context, client, transaction, user, target, pending_failure } = self;
        let (user, target) = match target {
            Target::Session(current) if !user.sign_in.two_factor => {
                let (db, changed) = (transaction.connection(), (user, &*current));
                let session = change::turn_on(db, context, changed, client).await?;
                (session.user.clone(), Target::Renewed(session))
            }
            target => (user, target),
        };
        Ok(Self { context, client, transaction, user, target, pending_failure })
    }

    /// Ends the answer without signing in.
    pub(super) async fn succeed_without_session(self) -> Result<Response, AuthError> {
        let Self { context, transaction, user, target, pending_failure, .. } = self;
        transaction.commit().await?;
        session_limit::refund(context, pending_failure).await?;
        let token = match &target {
            Target::Session(current) => Some(current.session.token.as_str()),
            Target::Challenge(_) | Target::Renewed(_) => None,
        };
        Ok(body(context, token, &user))
    }

    /// Ends the answer with a session: a new one after a challenge, or the one of the request.
    pub(super) async fn succeed(self, trust_device: bool) -> Result<Response, AuthError> {
        let Self { context, client, transaction, user, target, pending_failure } = self;
        match target {
            Target::Challenge(identifier) => {
                let signing_in = (transaction, user, identifier);
                sign_in(context, client, signing_in, trust_device).await
            }
            Target::Session(current) => {
                transaction.commit().await?;
                session_limit::refund(context, pending_failure).await?;
                Ok(body(context, Some(current.session.token.as_str()), &user))
            }
            Target::Renewed(renewed) => {
                transaction.commit().await?;
                session_limit::refund(context, pending_failure).await?;
                session::Store::of(context).user_changed(&user).await?;
                let response = body(context, Some(renewed.session.token.as_str()), &user);
                Ok(renewed.with_session_cookies(context, &client.headers, response))
            }
        }
    }
}

/// Consumes a challenge and signs in.
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
        return Ok(cookie::with(response, removed_cookie(context, headers)));
    }
    failure_count::delete(db, context, &identifier).await?;
    first_factor::delete(db, context, &identifier).await?;
    let is_browser_session = context.cookies.is_browser_session(headers);
    let lifetime = if is_browser_session { Lifetime::BrowserSession } else { Lifetime::Remembered };
    let (method, proof) = (Method::SecondFactor, Proof::TwoFactors);
    let attempt = Attempt { user: user.clone(), method, proof, lifetime, client };
    let outcome = sign_in::sign_in(db, context, attempt).await?;
    let mut cookies = removed_cookie(context, headers);
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
