//! The request to the service, and what its answer means.

use std::{fmt, time::Duration};

use http_client::{Addresses, Cause, HttpClient, HttpError, Limits};
use secrecy::{ExposeSecret, SecretString};

use super::{
    config::Config,
    error::{CHECK_FAILED, PASSWORD_COMPROMISED},
};
use crate::{
    error::{AuthError, Refusal},
    plugin::{Plugin, Plugins},
};

/// The number of digits of a hash that the service receives.
const PREFIX_LEN: usize = 5;
/// How long a request waits for the service.
const LIMITS: Limits =
    Limits { connect: Duration::from_secs(2), total: Duration::from_secs(3), body: 512 * 1024 };
/// The operator chose the URL.
const ADDRESSES: Addresses = Addresses { private: true, setting: "AUTH_PASSWORD_BREACH_CHECK_URL" };

/// Asks the service about passwords.
pub(crate) struct BreachCheck {
    config: Config,
    http: HttpClient,
}

/// Why a password could not be checked.
enum Failure {
    Http(HttpError),
    /// An answer that is not of the protocol.
    Malformed,
}

impl BreachCheck {
    /// `None` if the plugin is off.
    pub(crate) fn new(plugins: &Plugins) -> Option<Self> {
        let config = plugins.breach_check.clone();
        let on = plugins.has(Plugin::HaveIBeenPwned);
        on.then(|| Self { config, http: HttpClient::new(ADDRESSES, LIMITS) })
    }

    /// Refuses a breached password.
    pub(crate) async fn check(&self, password: &SecretString) -> Result<(), AuthError> {
        match self.is_breached(password).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(PASSWORD_COMPROMISED.into()),
            Err(failure) => {
                let accepted = !self.config.fails_closed;
                let reason = failure.to_string();
                tracing::warn!(
                    reason,
                    accepted,
                    "a new password could not be checked for breaches"
                );
                if accepted { Ok(()) } else { Err(refusal(&failure).into()) }
            }
        }
    }

    async fn is_breached(&self, password: &SecretString) -> Result<bool, Failure> {
        let hash = crypto::sha1_digest(password.expose_secret());
        let (prefix, suffix) = hash.split_at_checked(PREFIX_LEN).ok_or(Failure::Malformed)?;
        let url = format!("{}/{prefix}", self.config.url.as_str().trim_end_matches('/'));
        let answer = self.http.get_bytes(&url, &[("Add-Padding", "true")]).await;
        // The path has digits of the hash.
        let answer = answer.map_err(|error| Failure::Http(error.without_path()))?;
        is_listed(&String::from_utf8_lossy(&answer), suffix).ok_or(Failure::Malformed)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Malformed => f.write_str("the response is malformed"),
        }
    }
}

/// Whether an answer has the rest of a hash, with a count above zero: padding has zero. `None`: it
/// has no line of the protocol, as the page of a proxy, or the count of the hash is no number.
fn is_listed(answer: &str, suffix: &str) -> Option<bool> {
    let lines = || answer.lines().filter_map(|line| line.split_once(':'));
    let number = |count: &str| count.trim_end().parse::<u64>().ok();
    let is_hash = |text: &str| text.len() == suffix.len() && is_hexadecimal(text);
    if !lines().any(|(hash, count)| is_hash(hash) && number(count).is_some()) {
        return None;
    }
    match lines().find(|(hash, _)| hash.eq_ignore_ascii_case(suffix)) {
        Some((_, count)) => number(count).map(|count| count > 0),
        None => Some(false),
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_hexdigit())
}

/// better-auth's refusal.
fn refusal(failure: &Failure) -> Refusal {
    match failure {
        Failure::Http(HttpError { cause: Cause::Status(status, _), .. }) => Refusal::plain(
            CHECK_FAILED.status,
            format!("Failed to check password. Status: {}", status.as_u16()),
        ),
        _ => CHECK_FAILED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_in_better_auth() {
        let suffix = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        for (answer, expected) in [
            ("", None),
            ("0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n", Some(false)),
            (&format!("0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n{suffix}:37\r\n"), Some(true)),
            (&format!("{}:1", suffix.to_lowercase()), Some(true)),
            // Padding.
            (&format!("{suffix}:0"), Some(false)),
            (&format!("{suffix}:many"), None),
            (&format!("{suffix}:"), None),
            (&format!("0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n{suffix}:many"), None),
            ("<html>busy</html>", None),
            ("xx:yy", None),
            ("0018A45C4D1DEF81644B54AB7F969B88D65", None),
            ("0018A45C4D1DEF81644B54AB7F969B88D6X:3", None),
            ("0018A45C4D1DEF81644B54AB7F969B88D6:3", None),
        ] {
            assert_eq!(is_listed(answer, suffix), expected, "{answer}");
        }
    }
}
