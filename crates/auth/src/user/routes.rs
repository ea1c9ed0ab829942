//! The module's routes, and `update-user`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{ProfilePatch, ability::Update};
use serde_json::json;

use super::{change_email, delete, error::EMAIL_CAN_NOT_BE_UPDATED, password};
use crate::{
    context::Context,
    email_password::{FIELD_NOT_ALLOWED, check_name},
    error::AuthError,
    error_code::NO_FIELDS_TO_UPDATE,
    extract::{Fields, Input},
    routing::{get, post},
    session::{self, CurrentSession, KeepSessionCache, SessionAndInput},
    sign_in::UserSession,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/update-user"), post(update_user))
        .route(&format!("{base}/change-password"), post(password::change))
        .route(&format!("{base}/verify-password"), post(password::verify))
        .route(&format!("{base}/change-email"), post(change_email::change))
        .route(&format!("{base}/delete-user"), post(delete::delete))
        .route(&format!("{base}/delete-user/callback"), get(delete::open_link))
}

pub(super) struct UpdateUser {
    profile: ProfilePatch,
    changes_email: bool,
    changes_role: bool,
}

fn profile(fields: &mut Fields<'_>) -> ProfilePatch {
    let name = fields.optional_stored("name");
    if let Some(name) = name {
        check_name(fields, name);
    }
    let image = if fields.is_null("image") {
        Some(None)
    } else {
        fields.optional_stored("image").map(|image| Some(image.to_owned()))
    };
    ProfilePatch { name: name.map(str::to_owned), image }
}

impl Input for UpdateUser {
    const EXPECTED: &'static [&'static str] = &["record"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            profile: fields.stricter(profile),
            changes_email: fields.is_set("email"),
            changes_role: fields.has("role"),
        }
    }
}

async fn update_user(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    SessionAndInput(KeepSessionCache(current), input): SessionAndInput<
        KeepSessionCache<CurrentSession>,
        UpdateUser,
    >,
) -> Result<Response, AuthError> {
    let UpdateUser { profile, changes_email, changes_role } = input;
    if changes_email {
        return Err(EMAIL_CAN_NOT_BE_UPDATED.into());
    }
    if changes_role {
        return Err(FIELD_NOT_ALLOWED.into());
    }
    if profile.name.is_none() && profile.image.is_none() {
        return Err(NO_FIELDS_TO_UPDATE.into());
    }
    let viewer = current.current_user();
    let permit =
        context.config.abilities.for_viewer(Some(&viewer)).permit(Update, current.user.clone())?;
    let transaction = context.db.begin().await?;
    let user = transaction.users().update_profile(permit, profile, context.clock.now()).await?;
    transaction.commit().await?;
    session::Store::of(&context).user_changed(&user).await?;
    let response = Json(json!({ "status": true })).into_response();
    Ok(UserSession::current(user, current).with_session_cookies(&context, &headers, response))
}
