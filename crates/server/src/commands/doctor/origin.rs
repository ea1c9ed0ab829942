//! Checks the trusted origins.

use auth::cookie::SameSite;
use url::Url;

use super::report::Finding;
use crate::config::{Config, exposure::is_local};

const SETTING: &str = "BETTER_AUTH_TRUSTED_ORIGINS";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let origins: Vec<_> =
        config.deployment.trusted_origins.iter().map(ToString::to_string).collect();
    let mut findings: Vec<_> =
        origins.iter().filter_map(|origin| examine(config, origin)).collect();
    if findings.is_empty() {
        let message = match origins.len() {
            0 => "names no further origin".to_owned(),
            1 => "names 1 further origin".to_owned(),
            count => format!("names {count} further origins"),
        };
        findings.push(Finding::ok(SETTING, message));
    }
    findings
}

fn examine(config: &Config, origin: &str) -> Option<Finding> {
    let scheme = origin.split_once("://").map_or("http", |(scheme, _)| scheme);
    if !matches!(scheme, "http" | "https") {
        // A native app has no network path and no site.
        return None;
    }
    if origin.contains(['*', '?']) {
        return pattern_without_https(config, origin);
    }
    let url = Url::parse(origin).ok()?;
    if config.is_production() && url.scheme() == "http" {
        let message = format!(
            "has {origin}: who is on the way changes its pages, and they may use the visitor's \
             session"
        );
        return Some(Finding::warning(SETTING, message, "name it with https"));
    }
    let base = config.deployment.base_url.as_ref()?;
    let foreign = !is_local(base) && site(base) != site(&url);
    (foreign && config.cookie.same_site != SameSite::None).then(|| {
        let message = format!(
            "has {origin}, another site than the base URL's: its pages cannot send the \
             cookies"
        );
        let advice = "set AUTH_COOKIE_SAME_SITE=none, or let its pages send a bearer token";
        Finding::warning(SETTING, message, advice)
    })
}

/// The site of a URL, as browsers compare it: the scheme and the registrable domain.
fn site(url: &Url) -> (&str, &str) {
    let host = url.host_str().unwrap_or_default();
    (url.scheme(), psl::domain_str(host).unwrap_or(host))
}

/// Warns of patterns. One that matches sites of others stops the start.
fn pattern_without_https(config: &Config, pattern: &str) -> Option<Finding> {
    let (scheme, host) = pattern.split_once("://").unwrap_or(("", pattern));
    (config.is_production() && scheme != "https").then(|| {
        let message = format!("has {pattern}, which trusts pages without https, too");
        Finding::warning(SETTING, message, format!("write https://{host}"))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{cli::Cli, commands::doctor::report::State};

    fn states(origins: &str) -> Vec<State> {
        let args = [
            "bookplate",
            "--app-env=production",
            "--better-auth-secret=0123456789abcdefghijklmnopqrstuv",
            "--better-auth-url=https://books.example.com",
            "--better-auth-trusted-origins",
            origins,
        ];
        let config = Config::new(Cli::try_parse_from(args).unwrap().settings).unwrap();
        check(&config).iter().map(|finding| finding.state).collect()
    }

    #[test]
    fn pages_that_may_be_changed_or_get_no_cookies_are_told() {
        for (origins, state) in [
            ("", State::Ok),
            ("https://app.example.com", State::Ok),
            ("https://*.example.com", State::Ok),
            ("https://*.example.com:8443", State::Ok),
            ("*.example.com", State::Warning),
            ("http://*.example.com", State::Warning),
            ("http://app.example.com", State::Warning),
            ("https://app.other.org", State::Warning),
            ("myapp://", State::Ok),
            ("exp://192.168.*.*:*", State::Ok),
        ] {
            assert_eq!(states(origins), [state], "{origins}");
        }
    }
}
