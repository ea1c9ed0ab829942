//! Refreshing the tokens of an account: one request at a time, on all nodes of a database.
//!
//! Many providers give a new refresh token with each refresh, refuse the old one, and take its
//! second use for theft. So a request claims the account in the database before it asks the
//! provider, and ends the claim in the transaction that stores the new tokens. Requests that
//! meanwhile need the tokens wait for that, and use what was stored. No transaction is open while
//! a request waits.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Error, Result};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};

use super::{provider::Provider, tokens::Tokens};
use crate::{
    account::{self, LinkedAccount},
    context::Context,
    verification::{Claim, ClaimState},
};

/// How long a claim lasts at most: longer than a request to a provider can take.
const CLAIM_LIFE: TimeDelta = TimeDelta::minutes(1);
/// How long a request waits for the refresh of another request: less than the time limit of a
/// request.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause between looks at the claim; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// An account whose tokens are new.
pub(super) struct Refreshed {
    pub(super) account: LinkedAccount,
    /// When the new access token ends, if the provider said so.
    pub(super) access_token_expires_at: Option<DateTime<Utc>>,
}

impl Refreshed {
    /// What another request stored.
    fn by_other(account: LinkedAccount) -> Self {
        Self { access_token_expires_at: account.access_token_expires_at, account }
    }
}

/// Refreshes the tokens of an account that this request has read. Returns `None` if the provider
/// refused, to this request or to the one that it waited for, or if the account is gone. Fails
/// with [`Error::Busy`] after [`PATIENCE`].
pub(super) async fn refresh(
    context: &Context,
    provider: &Provider,
    seen: &LinkedAccount,
) -> Result<Option<Refreshed>> {
    let name = format!("token-refresh:{}", seen.id);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (db, now) = (context.db.writer(), context.clock.now());
        if let Some(claim) = Claim::take(db, &name, CLAIM_LIFE, now).await? {
            return refresh_claimed(context, provider, seen, &claim).await;
        }
        if !wait(context, &name, deadline).await? {
            return Ok(None);
        }
        match find_again(context, seen).await? {
            Some(account) if account.has_tokens_of(seen) => {}
            account => return Ok(account.map(Refreshed::by_other)),
        }
    }
}

/// Waits until another request ended its claim. Returns whether it succeeded.
async fn wait(context: &Context, name: &str, deadline: Instant) -> Result<bool> {
    let mut pause = FIRST_PAUSE;
    loop {
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        sleep(pause).await;
        let now = context.clock.now();
        match Claim::state(context.db.reader(), name, CLAIM_LIFE, now).await? {
            ClaimState::Free => return Ok(true),
            ClaimState::Failed => return Ok(false),
            ClaimState::Held => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

async fn find_again(context: &Context, seen: &LinkedAccount) -> Result<Option<LinkedAccount>> {
    account::find_account(context.db.reader(), &seen.user_id, &seen.id).await
}

/// Refreshes the tokens, and ends the claim. If the new tokens cannot be stored, the claim ends
/// after [`CLAIM_LIFE`].
async fn refresh_claimed(
    context: &Context,
    provider: &Provider,
    seen: &LinkedAccount,
    claim: &Claim,
) -> Result<Option<Refreshed>> {
    match find_again(context, seen).await {
        // Another request refreshed the tokens before this one claimed them.
        Ok(Some(account)) if !account.has_tokens_of(seen) => {
            claim.release(context.db.writer()).await?;
            return Ok(Some(Refreshed::by_other(account)));
        }
        Ok(Some(account)) => {
            if let Some(tokens) = ask(context, provider, &account).await {
                return store(context, &account, tokens, claim).await;
            }
        }
        Ok(None) => {}
        Err(error) => {
            claim.release(context.db.writer()).await?;
            return Err(error);
        }
    }
    claim.fail(context.db.writer(), context.clock.now()).await?;
    Ok(None)
}

/// Asks the provider for new tokens. Logs why there are none.
async fn ask(context: &Context, provider: &Provider, account: &LinkedAccount) -> Option<Tokens> {
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

/// Stores new tokens and ends the claim, in one transaction.
async fn store(
    context: &Context,
    before: &LinkedAccount,
    tokens: Tokens,
    claim: &Claim,
) -> Result<Option<Refreshed>> {
    let now = context.clock.now();
    let transaction = context.db.begin().await?;
    let db = transaction.connection();
    account::store_refreshed(db, context, before, &tokens, now).await?;
    let account = account::find_account(db, &before.user_id, &before.id).await?;
    claim.release(db).await?;
    transaction.commit().await?;
    let access_token_expires_at = tokens.access_token_expires_at;
    Ok(account.map(|account| Refreshed { account, access_token_expires_at }))
}
