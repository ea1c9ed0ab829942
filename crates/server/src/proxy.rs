//! Whether a proxy stands before the server of which the settings say nothing.

use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use domain::{AuditAction, Result};

use crate::config::Config;

/// How long it is remembered.
const RECENT: TimeDelta = TimeDelta::days(7);

/// What to set, if forwarded requests came in the last days from somebody who is not
/// trusted, and nobody is. For the start and for checks of the operator.
pub async fn untrusted_proxy(
    config: &Config,
    db: &Database,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    if !config.deployment.trusted_proxies.is_empty() {
        return Ok(None);
    }
    let latest = db.audit().list(Some(AuditAction::UntrustedProxy), 1).await?;
    let latest = latest.into_iter().next().filter(|event| event.at > now - RECENT);
    Ok(latest.map(|event| {
        let peer = event.ip;
        format!(
            "requests came through {peer} with forwarded headers, which are ignored: if it is \
             your proxy, all its clients share one rate limit; set AUTH_TRUSTED_PROXIES={peer}"
        )
    }))
}
