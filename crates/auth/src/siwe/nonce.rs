//! `siwe/nonce`: the text that a message contains once.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use domain::{Result, id::random_alphanumeric};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::input::NonceRequest;
use crate::{
    context::Context,
    error::AuthError,
    extract::Body,
    verification::{self, NewValue},
};

/// better-auth's life of a nonce.
const LIFE: TimeDelta = TimeDelta::minutes(15);

fn identifier(nonce: &str) -> String {
    format!("siwe:{nonce}")
}

pub(super) async fn create(
    State(context): State<Arc<Context>>,
    Body(NonceRequest): Body<NonceRequest>,
) -> Result<Response, AuthError> {
    let (nonce, now) = (random_alphanumeric(), context.clock.now());
    let identifier = &identifier(&nonce);
    let value = NewValue { identifier, value: &nonce, expires_at: now + LIFE };
    verification::Store::of(&context).put_value(context.db.writer(), value, now).await?;
    Ok(Json(json!({ "nonce": nonce })).into_response())
}

/// Deletes a nonce. Returns whether it was valid; of concurrent calls one returns `true`.
pub(super) async fn take<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    nonce: &str,
) -> Result<bool> {
    let (store, now) = (verification::Store::of(context), context.clock.now());
    Ok(store.take_valid_value(db, &identifier(nonce), now).await?.is_some())
}
