//! Every way in ends here. Only the gate issues sessions.

use axum::{
    Json,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use database::UserRepository;
use domain::{Permit, Result, User, ability::Update};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use crate::{
    audit::{Action, Outcome},
    context::Context,
    cookie,
    extract::Client,
    password::PasswordHash,
    session::{self, CurrentSession, Lifetime, Session},
    wire::UserView,
};

/// Somebody who has proved who they are, and their new session.
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) session: Session,
    lifetime: Lifetime,
    /// The password by which they did: their browser is known from now on.
    password: Option<PasswordHash>,
}

/// Signs `user` in. The caller has checked the proof, e.g. a password.
pub(crate) async fn admit<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    lifetime: Lifetime,
    client: &Client,
) -> Result<SignedIn> {
    let user = if user.pending {
        let permit = Permit::system("sign-in", Update, user);
        UserRepository::new(db).settle(permit).await?
    } else {
        user
    };
    let session = session::issue(db, context, &user, lifetime, client).await?;
    context.audit(db, Action::SignIn, &user.id, client, Outcome::Done).await?;
    Ok(SignedIn { user, session, lifetime, password: None })
}

impl SignedIn {
    /// A user who has changed, in the session that they have.
    pub(crate) fn again(user: User, current: CurrentSession) -> Self {
        let CurrentSession { session, lifetime, .. } = current;
        Self { user, session, lifetime, password: None }
    }

    /// They proved who they are by this password.
    pub(crate) fn by_password(self, password: PasswordHash) -> Self {
        Self { password: Some(password), ..self }
    }

    /// The answer that `body` makes of token and user, with the session's cookies.
    pub(crate) fn answer<'s, B: Serialize>(
        &'s self,
        context: &Context,
        headers: &HeaderMap,
        body: impl FnOnce(&'s str, UserView<'s>) -> B,
    ) -> Response {
        let body = body(self.session.token.as_str(), (&self.user).into());
        self.admits(context, headers, Json(body).into_response())
    }

    /// `response`, with the session's cookies. The user's id goes along as an
    /// extension, for the log line of the request.
    pub(crate) fn admits(
        &self,
        context: &Context,
        headers: &HeaderMap,
        response: Response,
    ) -> Response {
        let mut cookies =
            session::issued(context, &self.session, &self.user, self.lifetime, headers);
        if let Some(password) = &self.password {
            cookies.extend(context.known_device(&self.user.id, password, self.lifetime, headers));
        }
        let mut response = cookie::with(response, cookies);
        response.extensions_mut().insert(self.user.id.clone());
        response
    }
}
