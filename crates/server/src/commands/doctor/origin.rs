//! Whom the service trusts.

use auth::cookie::SameSite;
use url::Url;

use super::{cookie::is_local, report::Finding};
use crate::config::Config;

const SETTING: &str = "BETTER_AUTH_TRUSTED_ORIGINS";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let origins: Vec<_> = config.place.trusted_origins.iter().map(ToString::to_string).collect();
    let mut findings: Vec<_> =
        origins.iter().filter_map(|origin| examine(config, origin)).collect();
    if findings.is_empty() {
        let count = origins.len();
        findings.push(Finding::ok(SETTING, format!("names {count} origins besides the own")));
    }
    findings
}

fn examine(config: &Config, origin: &str) -> Option<Finding> {
    if origin.contains(['*', '?']) {
        return breadth(config, origin);
    }
    let url = Url::parse(origin).ok()?;
    if config.is_production() && url.scheme() == "http" {
        let message = format!(
            "has {origin}: who is on the way changes its pages, and they may use the visitor's \
             session"
        );
        return Some(Finding::warning(SETTING, message, "name it with https"));
    }
    let base = config.place.base_url.as_ref()?;
    let foreign = !is_local(base) && site(base) != site(&url);
    (foreign && config.cookie.same_site != SameSite::None).then(|| {
        let message = format!(
            "has {origin}, another site than the base URL's: its pages do not get the cookies \
             along"
        );
        let advice = "set AUTH_COOKIE_SAME_SITE=none, or let its pages send a bearer token";
        Finding::warning(SETTING, message, advice)
    })
}

/// What browsers take for one site: the scheme and the registrable domain.
fn site(url: &Url) -> (&str, &str) {
    let host = url.host_str().unwrap_or_default();
    (url.scheme(), psl::domain_str(host).unwrap_or(host))
}

/// Whom a pattern trusts besides those it is meant for.
fn breadth(config: &Config, pattern: &str) -> Option<Finding> {
    let (scheme, host) = pattern.split_once("://").unwrap_or(("", pattern));
    let fixed = host.rsplit(['*', '?']).next().unwrap_or_default();
    let fixed = fixed.rsplit_once(':').map_or(fixed, |(host, _)| host);
    let wide = |who: &str| {
        let message = format!("has {pattern}, which trusts {who}");
        Some(Finding::wrong(SETTING, message, "name each origin, or https://*.YOUR-DOMAIN"))
    };
    let Some(parent) = fixed.strip_prefix('.') else {
        let who = if fixed.is_empty() { "whatever its end may be" } else { "look-alikes, too" };
        return wide(&if fixed.is_empty() {
            who.to_owned()
        } else {
            format!("{who}, e.g. evil{fixed}")
        });
    };
    if psl::suffix_str(parent) == Some(parent) && parent != "localhost" {
        return wide(&format!("everybody who has a site under {parent}"));
    }
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
    fn patterns_that_trust_strangers_are_wrong() {
        for (origins, state) in [
            ("", State::Ok),
            ("https://app.example.com", State::Ok),
            ("https://*.example.com", State::Ok),
            ("https://*.example.com:8443", State::Ok),
            ("*.example.com", State::Warning),
            ("http://*.example.com", State::Warning),
            ("http://app.example.com", State::Warning),
            ("https://app.other.org", State::Warning),
            ("https://*example.com", State::Wrong),
            ("https://books.*", State::Wrong),
            ("https://*.com", State::Wrong),
            ("https://*.co.uk", State::Wrong),
            ("https://*.github.io", State::Wrong),
        ] {
            assert_eq!(states(origins), [state], "{origins}");
        }
    }
}
