//! Every way in ends here. Only the gate issues sessions.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, header::ACCESS_CONTROL_EXPOSE_HEADERS},
    response::{IntoResponse, Response},
};
use domain::{Result, User};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use crate::{
    context::Context,
    cookie,
    extract::Client,
    session::{self, Lifetime, Session},
    wire::UserView,
};

/// better-auth's bearer plugin tells clients without cookies their signed token.
const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

/// Somebody who has proved who they are, and their new session.
pub(crate) struct SignedIn {
    user: User,
    session: Session,
    lifetime: Lifetime,
}

/// Signs `user` in. The caller has checked the proof, e.g. a password.
pub(crate) async fn admit<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    lifetime: Lifetime,
    client: Client,
) -> Result<SignedIn> {
    let session = session::issue(db, context, &user.id, lifetime, client).await?;
    tracing::info!(user_id = %user.id, session_id = %session.id, "signed in");
    Ok(SignedIn { user, session, lifetime })
}

impl SignedIn {
    /// The answer that `body` makes of token and user, with the session's cookies.
    /// The user's id goes along as an extension, for the log line of the request.
    pub(crate) fn answer<'s, B: Serialize>(
        &'s self,
        context: &Context,
        body: impl FnOnce(&'s str, UserView<'s>) -> B,
    ) -> Response {
        let token = self.session.token.as_str();
        let cookies = match self.lifetime {
            Lifetime::Remembered => {
                vec![context.cookies.session(token, Some(context.sessions.expires_in))]
            }
            Lifetime::Fleeting => {
                vec![context.cookies.session(token, None), context.cookies.dont_remember()]
            }
        };
        let response = Json(body(token, (&self.user).into())).into_response();
        let mut response = cookie::with(response, cookies);
        if let Ok(signed) = HeaderValue::from_str(&context.cookies.signer().sign(token)) {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SET_AUTH_TOKEN.into());
            headers.insert(SET_AUTH_TOKEN, signed);
        }
        response.extensions_mut().insert(self.user.id.clone());
        response
    }
}
