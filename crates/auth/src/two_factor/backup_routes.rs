//! `two-factor/generate-backup-codes`, `two-factor/verify-backup-code`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    answer::Answer,
    backup_codes, change,
    error::{
        BACKUP_CODES_CHANGED, BACKUP_CODES_NOT_ENABLED, INVALID_BACKUP_CODE, TWO_FACTOR_NOT_ENABLED,
    },
    failure_count::CodeCheck,
    input::{NoFields, PasswordProtected, VerifyBackupCode},
    store,
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    session::{MaybeSession, SessionAndInput},
};

/// Replaces the backup codes of a user. The old ones become invalid.
pub(super) async fn generate(
    State(context): State<Arc<Context>>,
    client: Client,
    PasswordProtected { current, password, .. }: PasswordProtected<NoFields>,
) -> Result<Response, AuthError> {
    if !current.user.sign_in.two_factor {
        return Err(TWO_FACTOR_NOT_ENABLED.into());
    }
    let action = Action::GenerateBackupCodes;
    let authority = change::authorize(&context, action, &current, password, &client).await?;
    let (transaction, user) = change::begin(&context, &current, authority).await?;
    let db = transaction.connection();
    let row = store::find(db, &user.id).await?.ok_or(TWO_FACTOR_NOT_ENABLED)?;
    let codes = backup_codes::generate(context.config.plugins.two_factor.backup_codes);
    let stored = backup_codes::encode(&context, &codes)?;
    if !store::replace_backup_codes(db, &row, stored).await? {
        return Err(BACKUP_CODES_CHANGED.into());
    }
    audit::record(db, &context, action, &user.id, &client, Outcome::Done).await?;
    transaction.commit().await?;
    Ok(Json(json!({ "status": true, "backupCodes": codes })).into_response())
}

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, VerifyBackupCode>,
) -> Result<Response, AuthError> {
    let answer = Answer::begin_check(&context, &client, current).await?;
    let row = store::find(answer.db(), &answer.user.id).await?.ok_or(BACKUP_CODES_NOT_ENABLED)?;
    answer.check_lock(Some(&row)).await?;
    let failures = match answer.take_failure_count().await? {
        CodeCheck::Allowed(failures) => failures,
        CodeCheck::Refused(code) => return answer.refuse(code).await,
    };
    let Some(remaining) = backup_codes::without(&context, &row.backup_codes, &input.code)? else {
        return answer.fail(failures, Some(&row), INVALID_BACKUP_CODE).await;
    };
    if !store::replace_backup_codes(answer.db(), &row, remaining).await? {
        return Err(BACKUP_CODES_CHANGED.into());
    }
    answer.forget_failures(Some(&row)).await?;
    if input.disable_session {
        return answer.succeed_without_session().await;
    }
    answer.succeed(input.trust_device).await
}
