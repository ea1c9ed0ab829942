//! The check of a token.

use std::time::Duration;

use axum::http::Method;
use http_client::{Addresses, HttpClient, Limits};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::{
    config::Config,
    error::{MISSING_RESPONSE, UNKNOWN_ERROR, VERIFICATION_FAILED},
    verification::{Attempt, Verdict},
};
use crate::{
    error_code::ErrorCode,
    extract::Address,
    middleware::{
        paths::{PATHS, main_route},
        pattern,
    },
    plugin::{Plugin, Plugins},
};

/// better-auth's time limit.
const LIMITS: Limits =
    Limits { connect: Duration::from_secs(5), total: Duration::from_secs(10), body: 64 * 1024 };
/// The operator chose the URL.
const ADDRESSES: Addresses = Addresses { private: true, setting: "AUTH_CAPTCHA_SITE_VERIFY_URL" };

/// Verifies tokens.
pub(crate) struct Captcha {
    pub(super) config: Config,
    pub(super) secret_key: SecretString,
    pub(super) http: HttpClient,
}

impl Captcha {
    /// `None` if the plugin is off, or has no secret.
    pub(crate) fn new(plugins: &Plugins) -> Option<Self> {
        let config = plugins.captcha.clone();
        let secret_key = config.secret_key.clone().filter(|_| plugins.has(Plugin::Captcha))?;
        Some(Self { config, secret_key, http: HttpClient::new(ADDRESSES, LIMITS) })
    }

    /// Whether some requests to a route require a token.
    pub(crate) fn may_guard(config: &Config, method: &Method, route: &str) -> bool {
        let routes = [route, main_route(method, route)];
        let is_named =
            |endpoint: &String| routes.iter().any(|route| pattern::matches_route(endpoint, route));
        config.endpoints.iter().any(is_named)
    }

    /// Whether a request requires a token. `path` is below the base path, as `route` is.
    pub(super) fn guards(&self, method: &Method, route: &str, path: &str) -> bool {
        let path = percent_decode_str(path).decode_utf8_lossy();
        let paths = [route, main_route(method, route), &path];
        let is_named =
            |endpoint: &String| paths.iter().any(|path| pattern::matches_path(endpoint, path));
        self.config.endpoints.iter().any(is_named)
    }
}

/// Whether an endpoint of the settings is a route, or a pattern or a path of one.
#[must_use]
pub fn is_endpoint(endpoint: &str) -> bool {
    PATHS.iter().any(|route| pattern::matches_route(endpoint, route))
}

impl Captcha {
    /// Asks the service about the token of a request to this route.
    pub(super) async fn check(
        &self,
        token: &str,
        client: Option<Address>,
        route: &str,
    ) -> Result<(), ErrorCode> {
        if token.is_empty() {
            return Err(MISSING_RESPONSE);
        }
        let address = client.map(|address| address.to_string());
        let attempt = Attempt { token, address: address.as_deref() };
        match self.verify(&attempt).await {
            Ok(Verdict::Person) => Ok(()),
            Ok(Verdict::Refused(reason)) => {
                tracing::warn!(route, reason, "a captcha token was refused");
                Err(VERIFICATION_FAILED)
            }
            Err(error) => {
                tracing::error!(route, error = error.to_string(), "no captcha token is verified");
                Err(UNKNOWN_ERROR)
            }
        }
    }
}
