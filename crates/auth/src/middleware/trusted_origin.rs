//! Trusted origins, and the URLs that they match.

use std::{fmt, net::Ipv4Addr, str::FromStr};

use url::Url;

use super::{
    custom_scheme::CustomScheme,
    local_path::is_local_path,
    pattern::{is_private, is_range, matches},
};

/// An origin whose pages are trusted: `https://app.example.com`, better-auth's patterns
/// `https://*.example.com` and, with http as with https, `*.example.com`, or the
/// `CustomScheme` of a native app, `myapp://`.
///
/// In the host of a pattern `*` matches any text, dots included, and `?` any character. A
/// registrable domain or `localhost` must follow, so that no name which another person registers
/// matches. A pattern of digits, such as `192.168.*.*`, matches addresses of private networks and
/// no names. A port is a number, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedOrigin(Pattern);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `scheme://host:port`, without the scheme's default port.
    Exact(String),
    /// A pattern of the host; the scheme if it is restricted.
    Wildcard { scheme: Option<String>, host: String, port: Port },
    /// The URLs of a native app.
    Custom(CustomScheme),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    /// The scheme's default port.
    Default,
    Number(u16),
    Any,
}

impl FromStr for TrustedOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.split_once("://").is_some_and(|(scheme, _)| !is_http(scheme)) {
            return text.parse().map(Pattern::Custom).map(Self);
        }
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        if text.contains(['*', '?']) {
            return wildcard(&text).map(Self);
        }
        let url = http_url(&text).ok_or("must begin with http:// or https://")?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must be an origin, without a path");
        }
        Ok(Self(Pattern::Exact(url.origin().ascii_serialization())))
    }
}

fn wildcard(text: &str) -> Result<Pattern, &'static str> {
    let (scheme, authority) = match text.split_once("://") {
        Some((scheme, authority)) => (Some(scheme.to_owned()), authority),
        None => (None, text),
    };
    let (host, port) = match authority.rsplit_once(':') {
        // The text that the last `*` of an address matches may include a port.
        None if is_range(authority) && authority.ends_with('*') => (authority, Port::Any),
        None => (authority, Port::Default),
        Some((host, "*")) => (host, Port::Any),
        Some((host, port)) => {
            (host, Port::Number(port.parse().map_err(|_| "must have a number or * as its port")?))
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.*?".contains(c);
    if host.contains(['/', '#', '@', '\\']) {
        return Err("must be an origin, without a path");
    }
    if !host.is_ascii() {
        return Err("must have its host in punycode (xn--…)");
    }
    let whole_host = !host.contains(['*', '?']);
    if whole_host && http_url(&format!("http://{host}")).is_some() {
        return Ok(Pattern::Wildcard { scheme, host: host.to_owned(), port });
    }
    if !host.chars().all(plain) || host.split('.').any(str::is_empty) {
        return Err("must have a host that browsers accept");
    }
    is_narrow(host)?;
    Ok(Pattern::Wildcard { scheme, host: host.to_owned(), port })
}

/// Fails unless the pattern matches only subdomains of a registrable domain, or names of this
/// machine.
fn is_narrow(host: &str) -> Result<(), &'static str> {
    let fixed = host.rsplit(['*', '?']).next().unwrap_or_default();
    if is_range(host) {
        return if is_private(host) {
            Ok(())
        } else {
            Err("must not match public addresses; write each address")
        };
    }
    if fixed.is_empty() {
        return Err("must not match sites of any domain; write e.g. https://*.example.com");
    }
    // The text before the first dot is the end of a label with a wildcard.
    let Some((_, parent)) = fixed.split_once('.') else {
        return Err("must not match similar domains; write e.g. https://*.example.com");
    };
    if is_local(parent) {
        return Ok(());
    }
    match psl::domain_str(parent) {
        Some(_) => Ok(()),
        None => {
            Err("must not match all sites of a public suffix; write e.g. https://*.example.com")
        }
    }
}

/// The fixed end of a pattern with a wildcard: at least a registrable domain.
fn parent(host: &str) -> Option<&str> {
    let (_, fixed) = host.rsplit_once(['*', '?'])?;
    fixed.split_once('.').map(|(_, parent)| parent)
}

/// Whether a name belongs to this machine.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether a host matches a pattern. A wildcard matches only characters of names and addresses:
/// parsers of URLs accept further ones, such as `;`, which have a meaning elsewhere.
fn matches_host(pattern: &str, found: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let has_wildcard = pattern.contains(['*', '?']);
    matches(pattern, found) && (!has_wildcard || found.chars().all(plain))
}

/// Whether a host is an address, for a pattern of addresses, or else belongs to the pattern's
/// registrable domain. A host that matches the pattern may belong to another person: below
/// `amazonaws.com`, anyone can register `NAME.s3.amazonaws.com`.
fn is_same_site(host: &str, found: &str) -> bool {
    if is_range(host) {
        return found.parse::<Ipv4Addr>().is_ok();
    }
    parent(host)
        .is_none_or(|parent| is_local(parent) || psl::domain_str(parent) == psl::domain_str(found))
}

impl TrustedOrigin {
    fn covers(&self, url: &Url) -> bool {
        match &self.0 {
            Pattern::Exact(trusted) => *trusted == url.origin().ascii_serialization(),
            Pattern::Wildcard { scheme, host, port } => {
                let is_port_allowed = match port {
                    Port::Default => url.port().is_none(),
                    Port::Number(port) => url.port_or_known_default() == Some(*port),
                    Port::Any => true,
                };
                scheme.as_ref().is_none_or(|scheme| scheme == url.scheme())
                    && is_port_allowed
                    && url
                        .host_str()
                        .is_some_and(|found| matches_host(host, found) && is_same_site(host, found))
            }
            Pattern::Custom(_) => false,
        }
    }

    /// Whether the origin covers a URL with a custom scheme.
    fn covers_custom(&self, url: &str) -> bool {
        matches!(&self.0, Pattern::Custom(custom) if custom.covers(url))
    }
}

/// The form of the settings.
impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host, port) = match &self.0 {
            Pattern::Exact(origin) => return f.write_str(origin),
            Pattern::Custom(custom) => return custom.fmt(f),
            Pattern::Wildcard { scheme, host, port } => (scheme, host, port),
        };
        if let Some(scheme) = scheme {
            write!(f, "{scheme}://")?;
        }
        f.write_str(host)?;
        match port {
            Port::Default => Ok(()),
            Port::Number(port) => write!(f, ":{port}"),
            Port::Any => f.write_str(":*"),
        }
    }
}

/// The trusted origins, the service's own first.
pub(crate) struct Origins {
    scheme: String,
    trusted: Vec<TrustedOrigin>,
}

impl Origins {
    pub(crate) fn new(base: &Url, others: Vec<TrustedOrigin>) -> Self {
        let own = TrustedOrigin(Pattern::Exact(base.origin().ascii_serialization()));
        let trusted = [own].into_iter().chain(others).collect();
        Self { scheme: base.scheme().to_owned(), trusted }
    }

    /// The origin of the service under the `Host` of a request.
    pub(crate) fn own_at(&self, host: &str) -> String {
        format!("{}://{host}", self.scheme)
    }

    /// Whether the origin of `url` is trusted.
    pub(crate) fn trusts(&self, url: &str) -> bool {
        match http_url(url) {
            Some(url) => self.trusted.iter().any(|origin| origin.covers(&url)),
            None => self.trusted.iter().any(|origin| origin.covers_custom(url)),
        }
    }

    /// Whether a redirect to `target` is allowed.
    pub(crate) fn trusts_target(&self, target: &str) -> bool {
        if target.starts_with('/') { is_local_path(target) } else { self.trusts(target) }
    }
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Parses an absolute `http` or `https` URL that every parser reads the same way. Stricter than
/// better-auth, which accepts user names, backslashes and `http:host`.
fn http_url(text: &str) -> Option<Url> {
    let (scheme, _) = text.split_once("://")?;
    let ambiguous = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    if !is_http(scheme) || text.contains(ambiguous) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    anonymous.then_some(url)
}

#[cfg(test)]
mod tests;
