//! `providers`: the providers with which users can sign in, for the buttons of an application. Not
//! in better-auth.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::context::Context;

#[derive(Serialize)]
struct ProviderView<'a> {
    id: &'a str,
    name: &'a str,
}

pub(super) async fn list(State(context): State<Arc<Context>>) -> Response {
    let providers = context.providers.list();
    let views = providers.iter().map(|one| ProviderView { id: one.id(), name: one.name() });
    Json(views.collect::<Vec<_>>()).into_response()
}
