//! Detects a reverse proxy that the settings do not name.

use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use domain::{AuditAction, Result};

use crate::config::Config;

/// How long a forwarded request is reported.
const RECENT: TimeDelta = TimeDelta::days(7);

/// A warning if no proxy is trusted, and forwarded requests were received lately.
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
