//! Domains and hosts in settings.

use crate::config::{
    check::{Check, shown},
    setting::Setting,
};

/// A domain that addresses may have: letters, digits, hyphens, and a dot at least.
pub(super) fn domain_name(check: &mut Check, setting: &Setting) -> Option<String> {
    let domain = check.text(setting)?.trim().to_owned();
    if !is_host(&domain) || !domain.contains('.') {
        let what = format!("is {}, but must be a domain such as books.org", shown(&domain));
        check.fail(setting, &what);
    }
    Some(domain)
}

/// A host with a port or without one, or a URL with it.
pub(super) fn host_and_port(check: &mut Check, setting: &Setting) -> Option<String> {
    let given = check.text(setting)?.trim().to_owned();
    let start = given.split_once("://").map_or(given.as_str(), |(_, rest)| rest);
    let domain = start.split('/').next().unwrap_or_default();
    let (host, port) = domain.split_once(':').unwrap_or((domain, "80"));
    if !is_host(host) || port.parse::<u16>().is_err() {
        let what = format!("is {}, but must be host, host:port or a URL", shown(&given));
        check.fail(setting, &what);
    }
    Some(given)
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}
