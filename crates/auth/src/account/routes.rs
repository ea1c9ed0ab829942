//! `list-accounts`, `unlink-account`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    error::{ACCOUNT_NOT_FOUND, FAILED_TO_UNLINK_LAST_ACCOUNT},
    store,
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    extract::{Client, Fields, Input},
    routing::{get, post},
    session::{CurrentSession, FreshSession, KeepSessionCache, SessionAndInput},
    views::AccountView,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/list-accounts"), get(list_accounts))
        .route(&format!("{base}/unlink-account"), post(unlink_account))
}

async fn list_accounts(
    State(context): State<Arc<Context>>,
    KeepSessionCache(current): KeepSessionCache<CurrentSession>,
) -> Result<Response, AuthError> {
    let accounts = store::list(context.db.reader(), &current.user.id).await?;
    let accounts: Vec<_> = accounts.iter().map(AccountView::from).collect();
    Ok(Json(accounts).into_response())
}

pub(super) struct UnlinkAccount {
    id: String,
}

impl Input for UnlinkAccount {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { id: fields.string("accountId").unwrap_or_default().to_owned() }
    }
}

async fn unlink_account(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(KeepSessionCache(FreshSession(current)), input): SessionAndInput<
        KeepSessionCache<FreshSession>,
        UnlinkAccount,
    >,
) -> Result<Response, AuthError> {
    let user = &current.user.id;
    // Concurrent requests must not unlink all accounts: the first one locks the rows.
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let accounts = store::list_locked(connection, user).await?;
    if accounts.len() == 1 && !context.config.account.unlink_last {
        return Err(FAILED_TO_UNLINK_LAST_ACCOUNT.into());
    }
    let account = accounts.iter().find(|account| account.id == input.id);
    let account = account.ok_or(ACCOUNT_NOT_FOUND)?;
    store::delete(connection, account).await?;
    audit::record(connection, &context, Action::UnlinkAccount, user, &client, Outcome::Done)
        .await?;
    transaction.commit().await?;
    Ok(Json(json!({ "status": true })).into_response())
}
