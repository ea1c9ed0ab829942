//! Checks the public URL, and that browsers accept the cookies made for it.

use auth::cookie::SameSite;
use url::{Host, Url};

use super::report::Finding;
use crate::config::{Config, exposure::is_local};

const BASE_URL: &str = "BETTER_AUTH_URL";
const SECURE: &str = "AUTH_SECURE_COOKIES";
const DOMAIN: &str = "AUTH_COOKIE_DOMAIN";
const SAME_SITE: &str = "AUTH_COOKIE_SAME_SITE";
const EXAMPLE: &str = "set BETTER_AUTH_URL=https://books.example.com, with your name";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![base_url(config)];
    let Some(url) = &config.deployment.base_url else {
        findings.extend(config.cookie.domain.as_ref().map(|domain| {
            let message = format!("is {domain}, but the base URL is this machine's");
            Finding::wrong(DOMAIN, message, EXAMPLE)
        }));
        return findings;
    };
    findings.push(secure(config, url));
    findings.push(domain(config, url));
    findings.push(same_site(config));
    findings
}

fn base_url(config: &Config) -> Finding {
    let production = config.is_production();
    match &config.deployment.base_url {
        None if production => {
            let message = "is not set: mailed links lead to this machine, and no page of yours \
                           is trusted";
            Finding::wrong(BASE_URL, message, EXAMPLE)
        }
        None => Finding::ok(BASE_URL, "is not set: browsers find the server at this machine"),
        Some(url) if production && url.scheme() == "http" => {
            let message = format!("is {url}: without https, passwords can be read on the network");
            Finding::warning(
                BASE_URL,
                message,
                "put a proxy with https before it, and set its https URL",
            )
        }
        Some(url) if url.path() != "/" => {
            let message = format!("is {url}, but its path is not used");
            let advice = format!("set AUTH_BASE_PATH={}", url.path());
            Finding::warning(BASE_URL, message, advice)
        }
        Some(url) => Finding::ok(BASE_URL, format!("is {url}")),
    }
}

/// Browsers accept `Secure` cookies over https, and over http from their own machine.
fn secure(config: &Config, url: &Url) -> Finding {
    let https = url.scheme() == "https";
    match (config.cookie.secure, https) {
        (false, true) => Finding::wrong(
            SECURE,
            "is false, though the base URL is https: the session's cookie is also sent without encryption",
            format!("leave {SECURE} unset"),
        ),
        (true, false) if is_local(url) => Finding::warning(
            SECURE,
            "is true without https, which some browsers refuse even at localhost",
            format!("leave {SECURE} unset"),
        ),
        (true, false) => Finding::wrong(
            SECURE,
            "is true, but browsers drop such cookies of an http page: users do not stay signed in",
            format!("leave {SECURE} unset, or give {BASE_URL} https"),
        ),
        (true, true) => Finding::ok(SECURE, "is true, as the base URL is https"),
        (false, false) => Finding::ok(SECURE, "is false, as the base URL is http"),
    }
}

/// The effect of changing the domain on browsers that have a cookie.
const OLDER: &str = "; after a change, browsers also send the older cookie: the first one with \
                     a valid session is used, and signing in or out removes the other";

/// Browsers refuse a cookie for a domain that does not contain the server. A public suffix stops
/// the start.
fn domain(config: &Config, url: &Url) -> Finding {
    let host = url.host_str().unwrap_or_default();
    let Some(domain) = &config.cookie.domain else {
        let message = format!("is not set: the cookies are the base URL's alone{OLDER}");
        return Finding::ok(DOMAIN, message);
    };
    let is_parent = host == domain || host.ends_with(&format!(".{domain}"));
    if !is_parent || !matches!(url.host(), Some(Host::Domain(_))) {
        let message = format!(
            "is {domain}, which does not contain the base URL's host {host}: browsers refuse the \
             cookies, and no session is found"
        );
        return Finding::wrong(DOMAIN, message, format!("leave {DOMAIN} unset, or name a parent"));
    }
    Finding::ok(DOMAIN, format!("is {domain}: every site below it gets the cookies{OLDER}"))
}

fn same_site(config: &Config) -> Finding {
    match config.cookie.same_site {
        SameSite::Lax => Finding::ok(SAME_SITE, "is lax"),
        SameSite::Strict => Finding::warning(
            SAME_SITE,
            "is strict: a user who follows a link in a mail arrives signed out",
            "set lax, unless you mean it",
        ),
        SameSite::None => Finding::warning(
            SAME_SITE,
            "is none: requests from every other site send the cookies",
            "set lax, unless pages of another site use the service",
        ),
    }
}
