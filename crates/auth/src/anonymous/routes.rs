//! The module's routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{
    NewUser, Permit, Role, SignInFields, UserId, ability::Delete, id::random_alphanumeric,
};
use serde_json::json;

use super::{
    error::{
        ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY, DELETE_ANONYMOUS_USER_DISABLED,
        USER_IS_NOT_ANONYMOUS,
    },
    guest::{self, is_guest},
    transfer::{self, current_guest},
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    cookie, email_password,
    error::AuthError,
    error_code::SIGN_UP_DISABLED,
    extract::Client,
    middleware::origin,
    plugin::Plugin,
    routing::post,
    session::{CurrentSession, Lifetime},
    sign_in::{self, Attempt, Method, Proof},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/sign-in/anonymous"), post(sign_in))
        .route(&format!("{base}/delete-anonymous-user"), post(delete))
}

/// Creates a guest and signs them in.
async fn sign_in(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, AuthError> {
    // better-auth does not check the page here, whose form could replace a user's session.
    origin::check_sign_in(&context.origins, &headers)?;
    if current_guest(context.db.reader(), &context, &headers).await?.is_some() {
        return Err(ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY.into());
    }
    if !context.config.signs_up_by(Plugin::Anonymous) {
        return Err(SIGN_UP_DISABLED.into());
    }
    let permit = email_password::permit(&context, new_guest(&context))?;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().insert(permit, context.clock.now()).await?;
    audit::record(connection, &context, Action::SignUp, &user.id, &client, Outcome::Done).await?;
    let attempt = Attempt {
        user,
        method: Method::Anonymous,
        proof: Proof::OneFactor,
        lifetime: Lifetime::Remembered,
        client: &client,
    };
    let outcome = sign_in::sign_in(connection, &context, attempt).await?;
    transaction.commit().await?;
    outcome.response(&context, &headers, |token, user| {
        Json(json!({ "token": token, "user": user })).into_response()
    })
}

fn new_guest(context: &Context) -> NewUser {
    let config = &context.config.plugins.anonymous;
    NewUser {
        id: UserId::generate(),
        name: config.name.clone(),
        email: config.address(&random_alphanumeric()),
        image: None,
        role: Role::default(),
        sign_in: SignInFields { is_anonymous: true, ..SignInFields::default() },
    }
}

/// Deletes the guest who asks for it. What they own remains.
async fn delete(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    current: CurrentSession,
) -> Result<Response, AuthError> {
    if context.config.plugins.anonymous.disable_delete {
        return Err(DELETE_ANONYMOUS_USER_DISABLED.into());
    }
    if !is_guest(&current.user) {
        return Err(USER_IS_NOT_ANONYMOUS.into());
    }
    let id = &current.user.id;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let guest = guest::lock(connection, id).await?.ok_or(USER_IS_NOT_ANONYMOUS)?;
    let permit = Permit::system("a guest deletes themselves", Delete, guest);
    transfer::delete(connection, &context, permit).await?;
    audit::record(connection, &context, Action::DeleteUser, id, &client, Outcome::Done).await?;
    transaction.commit().await?;
    let response = Json(json!({ "success": true })).into_response();
    Ok(cookie::with(response, context.cookies.expire_all(&headers)))
}
