//! The module's routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    error::{INVALID_USERNAME, INVALID_USERNAME_OR_PASSWORD, unprocessable},
    fields, name,
};
use crate::{
    account::Login,
    context::Context,
    email_password::{lifetime, signed_in_response},
    error::AuthError,
    extract::{Body, Client, Fields, Input},
    password_sign_in::{self, PasswordSignIn},
    routing::post,
    session::Lifetime,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/sign-in/username"), post(sign_in))
        .route(&format!("{base}/is-username-available"), post(is_available))
}

pub(super) struct SignIn {
    username: String,
    password: SecretString,
    callback_url: Option<String>,
    lifetime: Lifetime,
}

impl Input for SignIn {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: fields.string("username").unwrap_or_default().to_owned(),
            password: fields.string("password").unwrap_or_default().into(),
            lifetime: lifetime(fields),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

async fn sign_in(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignIn>,
) -> Result<Response, AuthError> {
    let SignIn { username, password, callback_url, lifetime } = input;
    if username.is_empty() || password.expose_secret().is_empty() {
        return Err(INVALID_USERNAME_OR_PASSWORD.into());
    }
    let normal = name::checked(&context.config.plugins.username, &username);
    let normal = normal.map_err(unprocessable)?;
    let devices = context.cookies.known_devices(&headers);
    let request = PasswordSignIn {
        login: Login::Username(&normal),
        password,
        lifetime,
        client: &client,
        devices: &devices,
        wrong: INVALID_USERNAME_OR_PASSWORD,
    };
    let url = callback_url.as_deref();
    let outcome = password_sign_in::sign_in(&context, request, url).await?;
    signed_in_response(&context, &headers, &outcome, url)
}

pub(super) struct Availability {
    username: String,
}

impl Input for Availability {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { username: fields.string("username").unwrap_or_default().to_owned() }
    }
}

async fn is_available(
    State(context): State<Arc<Context>>,
    Body(Availability { username }): Body<Availability>,
) -> Result<Response, AuthError> {
    if username.is_empty() {
        return Err(unprocessable(INVALID_USERNAME).into());
    }
    let normal = name::checked(&context.config.plugins.username, &username);
    let normal = normal.map_err(unprocessable)?;
    let available = fields::is_available(&context, &normal).await?;
    Ok(Json(json!({ "available": available })).into_response())
}
