//! Whom the service trusts, and which URLs are theirs.

use std::{fmt, net::Ipv4Addr, str::FromStr};

use url::Url;

use super::{custom_scheme::CustomScheme, local_path::is_local_path};

/// An origin whose pages are trusted: `https://app.example.com`, better-auth's patterns
/// `https://*.example.com` and, with http as with https, `*.example.com`, or the
/// `CustomScheme` of a native app, `myapp://`.
///
/// In the host of a pattern `*` is any text, also one with dots, and `?` any character.
/// Behind them stands a domain that somebody has registered, or `localhost`: whoever else
/// registers a name has one that fits no pattern. A pattern of digits, as `192.168.*.*`, is of
/// addresses in private networks, and no name fits it. A port is written out, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedOrigin(Pattern);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `scheme://host:port`, without a port that is the scheme's own.
    Exact(String),
    /// The scheme if only one will do, and a pattern of the host.
    Wildcard { scheme: Option<String>, host: String, port: Port },
    /// Of a native app.
    Custom(CustomScheme),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    /// The scheme's own.
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
    let (scheme, place) = match text.split_once("://") {
        Some((scheme, place)) => (Some(scheme.to_owned()), place),
        None => (None, text),
    };
    let (host, port) = match place.rsplit_once(':') {
        // What the last `*` of an address stands for may have a port behind it.
        None if is_range(place) && place.ends_with('*') => (place, Port::Any),
        None => (place, Port::Default),
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
        return Err("has no host that browsers could have");
    }
    is_narrow(host)?;
    Ok(Pattern::Wildcard { scheme, host: host.to_owned(), port })
}

/// Fails unless only subdomains of a registered domain, or this machine's names, fit a
/// pattern.
fn is_narrow(host: &str) -> Result<(), &'static str> {
    let fixed = host.rsplit(['*', '?']).next().unwrap_or_default();
    if is_range(host) {
        return if is_private(host) {
            Ok(())
        } else {
            Err("is a pattern of addresses that are anybody's; write each address")
        };
    }
    if fixed.is_empty() {
        return Err("trusts sites with any ending; write e.g. https://*.example.com");
    }
    // What stands before the first dot is the end of a label that has a wildcard.
    let Some((_, parent)) = fixed.split_once('.') else {
        return Err("trusts look-alikes, too; write e.g. https://*.example.com");
    };
    if is_local(parent) {
        return Ok(());
    }
    match psl::domain_str(parent) {
        Some(_) => Ok(()),
        None => Err("trusts everybody who has a site under that ending; write e.g. \
                     https://*.example.com"),
    }
}

/// Whether a pattern is of addresses, as better-auth tells.
pub(super) fn is_range(host: &str) -> bool {
    host.contains(|c: char| c.is_ascii_digit())
        && host.chars().all(|c| c.is_ascii_digit() || ".*?".contains(c))
}

/// Whether a pattern of addresses begins with a private network.
pub(super) fn is_private(range: &str) -> bool {
    let mut labels = range.split('.').map(str::parse::<u8>);
    match (labels.next(), labels.next()) {
        (Some(Ok(10 | 127)), Some(_)) | (Some(Ok(192)), Some(Ok(168))) => true,
        (Some(Ok(172)), Some(Ok(second))) => (16..32).contains(&second),
        _ => false,
    }
}

/// What a pattern's hosts end with, if it has a wildcard: at least a registered domain.
fn parent(host: &str) -> Option<&str> {
    let (_, fixed) = host.rsplit_once(['*', '?'])?;
    fixed.split_once('.').map(|(_, parent)| parent)
}

/// Whether a name is this machine's.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether a host fits a pattern. What a wildcard stands for consists of what names and
/// addresses consist of: parsers of URLs take more, as `;`, which means something elsewhere.
fn fits_host(pattern: &str, found: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let has_wildcard = pattern.contains(['*', '?']);
    fits(pattern, found) && (!has_wildcard || found.chars().all(plain))
}

/// Whether a host is an address where the pattern is of addresses, or else under the pattern's
/// registered domain. One that fits the pattern
/// may be somebody else's: below `amazonaws.com`, anybody registers `NAME.s3.amazonaws.com`.
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
                let fits_port = match port {
                    Port::Default => url.port().is_none(),
                    Port::Number(port) => url.port_or_known_default() == Some(*port),
                    Port::Any => true,
                };
                scheme.as_ref().is_none_or(|scheme| scheme == url.scheme())
                    && fits_port
                    && url
                        .host_str()
                        .is_some_and(|found| fits_host(host, found) && is_same_site(host, found))
            }
            Pattern::Custom(_) => false,
        }
    }

    /// Whether it covers a URL that is not http's.
    fn covers_custom(&self, url: &str) -> bool {
        matches!(&self.0, Pattern::Custom(custom) if custom.covers(url))
    }
}

/// As it is written in the settings.
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

/// Whether all of `text` fits `pattern`. Takes no more steps than the product of
/// their lengths, whatever a client sends.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // What follows the last star, and where the star's text would end one later.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                retry = text.get(1..).map(|later| (rest, later));
                pattern = rest;
            }
            ([expected, rest @ ..], [found, tail @ ..])
                if *expected == b'?' || expected == found =>
            {
                (pattern, text) = (rest, tail);
            }
            ([], []) => return true,
            _ => {
                let Some((rest, later)) = retry else { return false };
                (pattern, text) = (rest, later);
                retry = later.get(1..).map(|later| (rest, later));
            }
        }
    }
}

/// The trusted origins, our own first.
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

    /// The origin of the service at the address by which a client found it.
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

    /// Whether a browser may be sent to `target`.
    pub(crate) fn trusts_target(&self, target: &str) -> bool {
        if target.starts_with('/') { is_local_path(target) } else { self.trusts(target) }
    }
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// An absolute `http` or `https` URL that every parser reads alike. Stricter than
/// better-auth, which takes user names, backslashes and `http:host`.
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
