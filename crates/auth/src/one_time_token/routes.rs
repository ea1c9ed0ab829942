//! The module's routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::User;
use serde::Serialize;
use serde_json::json;

use super::{error::CLIENT_REQUESTS_DISABLED, service};
use crate::{
    anonymous,
    context::Context,
    cookie,
    error::AuthError,
    extract::{Body, Client, Fields, Input},
    multi_session,
    routing::{get, post},
    session::{self, CurrentSession, KeepSessionCache, Session, session_cookies},
    views::{SessionView, UserView},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/one-time-token/generate"), get(generate))
        .route(&format!("{base}/one-time-token/verify"), post(verify))
}

async fn generate(
    State(context): State<Arc<Context>>,
    KeepSessionCache(current): KeepSessionCache<CurrentSession>,
) -> Result<Response, AuthError> {
    if context.config.plugins.one_time_token.disable_client_request {
        return Err(CLIENT_REQUESTS_DISABLED.into());
    }
    let token = service::generate(context.db.writer(), &context, &current.session).await?;
    Ok(Json(json!({ "token": token })).into_response())
}

/// The body of `one-time-token/verify`.
pub(super) struct Verify {
    token: String,
}

impl Input for Verify {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.string("token").unwrap_or_default().to_owned() }
    }
}

#[derive(Serialize)]
struct Verified<'a> {
    session: SessionView<'a>,
    user: UserView<'a>,
}

async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<Verify>,
) -> Result<Response, AuthError> {
    let (session, user) = service::verify(&context, &input.token).await?;
    let view = Verified {
        session: (&session).into(),
        user: UserView::new(&user, &context.config.plugins),
    };
    let mut response = Json(view).into_response();
    response.extensions_mut().insert(user.id.clone());
    if context.config.plugins.one_time_token.disable_set_session_cookie {
        return Ok(response);
    }
    set_cookies(&context, &client, &headers, (&session, &user), response).await
}

/// Makes the session the current one of the browser. What its guest owned goes to the user.
async fn set_cookies(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    (session, user): (&Session, &User),
    response: Response,
) -> Result<Response, AuthError> {
    let lifetime = session::lifetime_of(context, session);
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    anonymous::transfer_guest(connection, context, user, client).await?;
    let joined =
        multi_session::join(connection, context, (session, user), lifetime, headers).await?;
    transaction.commit().await?;
    let own = session_cookies(context, session, user, lifetime, headers);
    Ok(cookie::with(response, [own, joined].concat()))
}
