//! The module's routes, and `update-user`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{ProfilePatch, SignInPatch, User, ability::Update};
use serde_json::json;

use super::{change_email, delete, error::EMAIL_CAN_NOT_BE_UPDATED, password};
use crate::{
    context::Context,
    email_password::{FIELD_NOT_ALLOWED, check_name},
    error::AuthError,
    error_code::NO_FIELDS_TO_UPDATE,
    extract::{Fields, Input},
    phone_number::{self, PhoneNumberField},
    routing::{get, post},
    session::{self, CurrentSession, KeepSessionCache, SESSION_NOT_FRESH, SessionAndInput},
    sign_in::UserSession,
    username::{self, USERNAME_IS_ALREADY_TAKEN, UsernameFields},
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
    usernames: UsernameFields,
    phone_number: PhoneNumberField,
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
            usernames: UsernameFields::read(fields),
            phone_number: PhoneNumberField::read(fields),
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
    let UpdateUser { profile, usernames, phone_number, changes_email, changes_role } = input;
    let names = usernames.of_update(&context, &current.user).await?;
    let removes_number = phone_number.is_removed(&context)?;
    if changes_email {
        return Err(EMAIL_CAN_NOT_BE_UPDATED.into());
    }
    if changes_role {
        return Err(FIELD_NOT_ALLOWED.into());
    }
    let ends_number = removes_number && current.user.sign_in.phone_number.is_some();
    if ends_number && !session::is_fresh(&context, &current.session) {
        return Err(SESSION_NOT_FRESH.into());
    }
    let sign_in = sign_in_patch(names, removes_number);
    if profile.name.is_none() && profile.image.is_none() && sign_in.is_none() {
        return Err(NO_FIELDS_TO_UPDATE.into());
    }
    let user = write(&context, &current, profile, sign_in).await?;
    if ends_number {
        context.mailer.wake();
    }
    session::Store::of(&context).user_changed(&user).await?;
    let response = Json(json!({ "status": true })).into_response();
    Ok(UserSession::current(user, current).with_session_cookies(&context, &headers, response))
}

/// What the update changes about the user's sign-in methods.
fn sign_in_patch(names: Option<SignInPatch>, removes_number: bool) -> Option<SignInPatch> {
    if !removes_number {
        return names;
    }
    let patch = names.unwrap_or_default();
    Some(SignInPatch { phone_number: Some(None), phone_number_verified: Some(false), ..patch })
}

/// Changes the session's user.
async fn write(
    context: &Context,
    current: &CurrentSession,
    profile: ProfilePatch,
    sign_in: Option<SignInPatch>,
) -> Result<User, AuthError> {
    let (viewer, now) = (current.current_user(), context.clock.now());
    let permit = |user| context.config.abilities.for_viewer(Some(&viewer)).permit(Update, user);
    let transaction = context.db.begin().await?;
    let users = transaction.users();
    let mut user = users.update_profile(permit(current.user.clone())?, profile, now).await?;
    if let Some(patch) = sign_in {
        let updated = users.update_sign_in(permit(user)?, patch, now).await;
        user = match updated {
            Err(error) if username::is_taken(&error) => {
                return Err(USERNAME_IS_ALREADY_TAKEN.into());
            }
            updated => updated?,
        };
    }
    if current.user.sign_in.phone_number.is_some() && user.sign_in.phone_number.is_none() {
        phone_number::notify(transaction.connection(), context, &user).await?;
    }
    transaction.commit().await?;
    Ok(user)
}
