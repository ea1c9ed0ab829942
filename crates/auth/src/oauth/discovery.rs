//! OpenID Connect discovery: a document of the provider names its URLs.
//!
//! A provider is absent until its discovery succeeds. The server tries when it starts and then
//! again and again (module `background`); a request for an absent provider tries at once. One
//! attempt per provider runs at a time, and those who waited for it use its result. A failure is
//! logged when its reason changes.
//!
//! The document is trusted as far as its URL: it must be of the configured issuer, or of the one
//! that its own URL names, and it may name this machine only if its own URL does. Requests to the
//! URLs that it names pass the rules for IP addresses (crate `http-client`).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use http_client::{HttpClient, Limits, is_loopback};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::{
    config::{Config, ProviderConfig},
    provider::{Definition, Discovered, Provider, Slot},
};

/// The path of discovery documents. Source: OpenID Connect Discovery 1.0, section 4.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";
/// The promise that every authorization response names the issuer. Source: RFC 9207, section 3.
const ISS_PARAMETER_SUPPORTED: &str = "authorization_response_iss_parameter_supported";

/// The discovery of a provider.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// Held during an attempt: the reason of the latest failure.
    failure: Mutex<Option<String>>,
    /// The number of attempts that have ended.
    attempts: AtomicU64,
}

impl Slot {
    /// Makes the provider present, if its document can be read.
    pub(crate) async fn discover(&self, http: &HttpClient) -> Option<Arc<Provider>> {
        let attempts = self.discovery.attempts.load(Ordering::Relaxed);
        let mut failure = self.discovery.failure.lock().await;
        if let Some(provider) = self.present() {
            return Some(provider);
        }
        if attempts != self.discovery.attempts.load(Ordering::Relaxed) {
            // Another task's attempt failed while this one waited.
            return None;
        }
        let found = request(http, &self.config.definition).await;
        self.discovery.attempts.fetch_add(1, Ordering::Relaxed);
        let id = &self.config.definition.id;
        let filled =
            found.and_then(|found| self.fill(Some(&found)).map_err(|error| error.to_string()));
        match filled {
            Ok(provider) => {
                if failure.take().is_some() {
                    tracing::info!(provider = id, "provider is present");
                }
                Some(provider)
            }
            Err(reason) => {
                if failure.as_ref() != Some(&reason) {
                    tracing::error!(provider = id, reason, "provider is absent; trying again");
                    *failure = Some(reason);
                }
                None
            }
        }
    }
}

/// Why the discovery document of a provider cannot be used. `None` if it can, or if the provider
/// has none.
pub async fn discovery_failure(config: &Config, provider: &ProviderConfig) -> Option<String> {
    provider.definition.discovery_url.as_ref()?;
    let http = HttpClient::new(config.addresses(), Limits::default());
    let used = request(&http, &provider.definition).await.and_then(|found| {
        Provider::new(provider.clone(), Some(&found)).map_err(|error| error.to_string())
    });
    used.err()
}

/// Requests the discovery document.
async fn request(http: &HttpClient, definition: &Definition) -> Result<Discovered, String> {
    let template = definition.discovery_url.as_deref().unwrap_or_default();
    let url = definition.expand(template).map_err(|error| error.to_string())?;
    let url = Url::parse(&url).map_err(|_| "discovery_url is no URL".to_owned())?;
    let headers = definition.discovery_headers.iter();
    let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
    let document = http.get_json(url.as_str(), &headers).await;
    let document = document.map_err(|error| error.to_string())?;
    read(&url, definition.issuer.as_deref(), &document)
}

/// Reads a document from this URL. The error is its fault.
fn read(url: &Url, issuer: Option<&str>, document: &Value) -> Result<Discovered, String> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let algorithms = document.get("id_token_signing_alg_values_supported");
    let algorithms = algorithms.and_then(Value::as_array).into_iter().flatten();
    let discovered = Discovered {
        issuer: text("issuer"),
        authorization_url: text("authorization_endpoint"),
        token_url: text("token_endpoint"),
        user_info_url: text("userinfo_endpoint"),
        // As in better-auth, this one may be relative.
        jwks_url: match text("jwks_uri") {
            Some(path) => Some(url.join(&path).map_err(|_| "jwks_uri is no URL")?.into()),
            None => None,
        },
        end_session_url: text("end_session_endpoint"),
        algorithms: algorithms.filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        requires_iss: document.get(ISS_PARAMETER_SUPPORTED) == Some(&Value::Bool(true)),
    };
    check_issuer(url, issuer, discovered.issuer.as_deref())?;
    check_hosts(url, &discovered)?;
    Ok(discovered)
}

/// The document must be of the expected issuer: the configured one, or the one that its URL names
/// (OpenID Connect Discovery 1.0, section 4.3).
fn check_issuer(url: &Url, configured: Option<&str>, found: Option<&str>) -> Result<(), String> {
    let expected = match configured {
        Some(issuer) => issuer,
        None => match url.as_str().strip_suffix(WELL_KNOWN) {
            Some(issuer) => issuer,
            // Another path does not name the issuer.
            None => return Ok(()),
        },
    };
    let found = found.ok_or("the discovery document names no issuer")?;
    let is_same = match configured {
        Some(_) => found == expected,
        None => found.trim_end_matches('/') == expected.trim_end_matches('/'),
    };
    if is_same {
        return Ok(());
    }
    Err(format!(
        "the discovery document is of the issuer {found} instead of {expected}; if that is right, \
         set issuer = \"{found}\""
    ))
}

/// A document of another machine must not name this one.
fn check_hosts(url: &Url, discovered: &Discovered) -> Result<(), String> {
    let is_here = |url: &Url| url.host().is_some_and(|host| is_loopback(&host));
    if is_here(url) {
        return Ok(());
    }
    let Discovered { authorization_url, token_url, user_info_url, jwks_url, .. } = discovered;
    let named = [authorization_url, token_url, user_info_url, jwks_url];
    let local =
        named.into_iter().flatten().find(|named| Url::parse(named).is_ok_and(|u| is_here(&u)));
    match local {
        Some(local) => Err(format!("the discovery document names this machine: {local}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
