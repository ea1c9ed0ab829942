//! Refreshing the tokens of an account: one request at a time, on all nodes of a database.
//!
//! Many providers issue a new refresh token with each refresh, refuse the old one, and treat its
//! reuse as theft (RFC 9700, section 4.14.2). So a request acquires a lease of the account in the
//! database before it requests tokens, and releases it in the transaction that stores the new
//! tokens. Other requests that need the tokens wait for the release, and use the stored tokens. No
//! transaction is open while a request waits.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Error, Result};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep, timeout_at};

use super::{provider::Provider, tokens::Tokens};
use crate::{
    account::{self, LinkedAccount},
    context::Context,
    verification::{Lease, LeaseState},
};

/// The maximum duration of a lease: longer than an HTTP request to a provider.
const LEASE_DURATION: TimeDelta = TimeDelta::minutes(1);
/// How long a client request waits for another one's refresh: less than its own time limit.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);
/// The initial interval at which the lease is read; it doubles up to the maximum.
const INITIAL_POLL_INTERVAL: Duration = Duration::from_millis(20);
const MAX_POLL_INTERVAL: Duration = Duration::from_millis(250);

/// A linked account with refreshed tokens.
pub(super) struct RefreshedAccount {
    pub(super) account: LinkedAccount,
    /// When the new access token expires, if the token response says it.
    pub(super) access_token_expires_at: Option<DateTime<Utc>>,
}

impl RefreshedAccount {
    /// An account whose tokens another request refreshed.
    fn by_other(account: LinkedAccount) -> Self {
        Self { access_token_expires_at: account.access_token_expires_at, account }
    }
}

/// Refreshes the tokens of an account that this request has read. Returns `None` if the provider
/// refused, to this request or to the one that it waited for, or if the account is gone. Fails
/// with [`Error::Busy`] after [`WAIT_TIMEOUT`].
pub(super) async fn refresh(
    context: &Context,
    provider: &Provider,
    previous: &LinkedAccount,
) -> Result<Option<RefreshedAccount>> {
    let name = format!("token-refresh:{}", previous.id);
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        let (db, now) = (context.db.writer(), context.clock.now());
        if let Some(lease) = Lease::acquire(db, &name, LEASE_DURATION, now).await? {
            return refresh_with_lease(context, provider, previous, &lease).await;
        }
        if !wait(context, &name, deadline).await? {
            return Ok(None);
        }
        match reload(context, previous).await? {
            Some(account) if account.has_tokens_of(previous) => {}
            account => return Ok(account.map(RefreshedAccount::by_other)),
        }
    }
}

/// Waits until another request releases its lease. Returns whether that request succeeded. One of
/// the requests of this process that wait for an account reads the database.
async fn wait(context: &Context, name: &str, deadline: Instant) -> Result<bool> {
    let wait = context.refresh_waits.join(name, || poll(context, name));
    timeout_at(deadline, wait).await.map_err(|_elapsed| Error::Busy)?
}

/// Reads the lease until no request holds it. Returns whether the last one succeeded.
async fn poll(context: &Context, name: &str) -> Result<bool> {
    let mut pause = INITIAL_POLL_INTERVAL;
    loop {
        sleep(pause).await;
        let now = context.clock.now();
        match Lease::state(context.db.reader(), name, LEASE_DURATION, now).await? {
            LeaseState::Free => return Ok(true),
            LeaseState::Failed => return Ok(false),
            LeaseState::Held => pause = (pause * 2).min(MAX_POLL_INTERVAL),
        }
    }
}

async fn reload(context: &Context, previous: &LinkedAccount) -> Result<Option<LinkedAccount>> {
    account::find_account(context.db.reader(), &previous.user_id, &previous.id).await
}

/// Refreshes the tokens, and releases the lease. If storing the new tokens fails, the lease expires
/// after [`LEASE_DURATION`].
async fn refresh_with_lease(
    context: &Context,
    provider: &Provider,
    previous: &LinkedAccount,
    lease: &Lease,
) -> Result<Option<RefreshedAccount>> {
    match reload(context, previous).await {
        // Another request refreshed the tokens before this one acquired the lease.
        Ok(Some(account)) if !account.has_tokens_of(previous) => {
            lease.release(context.db.writer()).await?;
            return Ok(Some(RefreshedAccount::by_other(account)));
        }
        Ok(Some(account)) => {
            if let Some(tokens) = request_tokens(context, provider, &account).await {
                return store(context, &account, tokens, lease).await;
            }
        }
        Ok(None) => {}
        Err(error) => {
            lease.release(context.db.writer()).await?;
            return Err(error);
        }
    }
    lease.fail(context.db.writer(), context.clock.now()).await?;
    Ok(None)
}

/// Requests new tokens from the provider. Logs a failure, except a missing refresh token.
async fn request_tokens(
    context: &Context,
    provider: &Provider,
    account: &LinkedAccount,
) -> Option<Tokens> {
    let token = account.refresh_token.as_ref()?.open(context);
    let token = token
        .inspect_err(|_| tracing::error!(account = account.id, "refresh token not readable"))
        .ok()?;
    match provider.refresh(context, token.expose_secret()).await {
        Ok(tokens) => Some(tokens),
        Err(error) => {
            let (provider, account) = (provider.id(), &*account.id);
            tracing::warn!(provider, account, %error, "provider did not refresh tokens");
            None
        }
    }
}

/// Stores new tokens and releases the lease, in one transaction.
async fn store(
    context: &Context,
    before: &LinkedAccount,
    tokens: Tokens,
    lease: &Lease,
) -> Result<Option<RefreshedAccount>> {
    let now = context.clock.now();
    let transaction = context.db.begin().await?;
    let db = transaction.connection();
    account::store_refreshed(db, context, before, &tokens, now).await?;
    let account = account::find_account(db, &before.user_id, &before.id).await?;
    lease.release(db).await?;
    transaction.commit().await?;
    let access_token_expires_at = tokens.access_token_expires_at;
    Ok(account.map(|account| RefreshedAccount { account, access_token_expires_at }))
}
