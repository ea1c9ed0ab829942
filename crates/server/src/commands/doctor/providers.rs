//! Checks the providers: their callback URLs, and that discovery documents can be read.

use auth::oauth::{ProviderConfig, callback_url, discovery_failure};
use url::Url;

use super::report::Finding;
use crate::config::{Config, exposure::is_local, providers::credential_variables};

/// Checks every provider without a wrong setting.
pub(super) async fn check(config: &Config, wrong: &[String]) -> Vec<Finding> {
    let Ok(base_url) = config.base_url(config.port) else { return Vec::new() };
    let mut findings = Vec::new();
    for provider in &config.oauth.providers {
        if is_right(provider, wrong) {
            findings.push(callback(config, provider, &base_url));
            findings.extend(discovery(config, provider).await);
        }
    }
    findings
}

/// Whether no variable of the provider is wrong.
fn is_right(provider: &ProviderConfig, wrong: &[String]) -> bool {
    let [client_id, _] = credential_variables(&provider.definition.id);
    let start = client_id.trim_end_matches("CLIENT_ID");
    let short = start.trim_start_matches("AUTH_");
    !wrong.iter().any(|name| name.starts_with(start) || name.starts_with(short))
}

fn subject(provider: &ProviderConfig) -> String {
    format!("provider {}", provider.definition.id)
}

fn callback(config: &Config, provider: &ProviderConfig, base_url: &Url) -> Finding {
    let url = callback_url(base_url, &config.deployment.base_path, &provider.definition.id);
    let message = format!("must have the callback URL {url}");
    if base_url.scheme() == "http" && !is_local(base_url) {
        let advice = "give BETTER_AUTH_URL https: most providers refuse http";
        return Finding::warning(&subject(provider), message, advice);
    }
    Finding::ok(&subject(provider), message)
}

async fn discovery(config: &Config, provider: &ProviderConfig) -> Option<Finding> {
    provider.definition.discovery_url.as_ref()?;
    Some(match discovery_failure(&config.oauth, provider).await {
        None => Finding::ok(&subject(provider), "has a discovery document"),
        Some(reason) => Finding::wrong(
            &subject(provider),
            format!("is absent: {reason}"),
            "correct discovery_url, or let the server reach it",
        ),
    })
}
