//! Whom the service trusts, and which URLs are theirs.

use std::{fmt, str::FromStr};

use url::Url;

use super::own_path::is_own_path;

/// An origin whose pages are trusted: `https://app.example.com`, or better-auth's
/// patterns `https://*.example.com` and, with http as with https, `*.example.com`.
/// In patterns `*` is any text, also one with dots, and `?` any character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedOrigin(Pattern);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `scheme://host:port`, without a port that is the scheme's own.
    Exact(String),
    /// A pattern of `host:port`, and the scheme if only one will do.
    Wildcard { scheme: Option<String>, host: String },
}

impl FromStr for TrustedOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
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
    let (scheme, host) = match text.split_once("://") {
        Some((scheme @ ("http" | "https"), host)) => (Some(scheme.to_owned()), host),
        Some(_) => return Err("must begin with http:// or https://"),
        None => (None, text),
    };
    if host.contains(['/', '#', '@', '\\']) {
        return Err("must be an origin, without a path");
    }
    if !host.is_ascii() {
        return Err("must have its host in punycode (xn--…)");
    }
    if !host.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Err("would trust every site");
    }
    Ok(Pattern::Wildcard { scheme, host: host.to_owned() })
}

impl TrustedOrigin {
    fn covers(&self, url: &Url) -> bool {
        let origin = url.origin().ascii_serialization();
        match &self.0 {
            Pattern::Exact(trusted) => *trusted == origin,
            Pattern::Wildcard { scheme, host } => {
                let found = origin.split_once("://").map_or("", |(_, host)| host);
                scheme.as_ref().is_none_or(|scheme| scheme == url.scheme()) && fits(host, found)
            }
        }
    }
}

/// As it is written in the settings.
impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Pattern::Exact(origin) => f.write_str(origin),
            Pattern::Wildcard { scheme: Some(scheme), host } => write!(f, "{scheme}://{host}"),
            Pattern::Wildcard { scheme: None, host } => f.write_str(host),
        }
    }
}

/// Whether all of `text` fits `pattern`. Takes no more steps than the product of
/// their lengths, whatever a client sends.
fn fits(pattern: &str, text: &str) -> bool {
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
        http_url(url).is_some_and(|url| self.trusted.iter().any(|origin| origin.covers(&url)))
    }

    /// Whether a browser may be sent to `target`.
    pub(crate) fn trusts_target(&self, target: &str) -> bool {
        if target.starts_with('/') { is_own_path(target) } else { self.trusts(target) }
    }
}

/// An absolute `http` or `https` URL that every parser reads alike. Stricter than
/// better-auth, which takes user names, backslashes and `http:host`.
fn http_url(text: &str) -> Option<Url> {
    let (scheme, _) = text.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let ambiguous = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    if !known || text.contains(ambiguous) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    anonymous.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        let base = "http://localhost:3101".parse().unwrap();
        let others = ["https://*.example.com", "http://localhost:5173"];
        Origins::new(&base, others.map(|origin| origin.parse().unwrap()).into())
    }

    /// Recorded from the `Origin` header at better-auth 1.7.7, 2026-11-20; the ones
    /// marked * are accepted there.
    #[test]
    fn origins_are_compared_whole() {
        let origins = origins();
        for good in [
            "http://localhost:3101",
            "http://localhost:3101/",
            "http://LOCALHOST:3101",
            "HTTP://localhost:3101",
            "http://localhost:5173",
            "https://a.example.com",
            "https://a.b.example.com",
            "https://a-b_c.example.com",
        ] {
            assert!(origins.trusts(good), "{good}");
        }
        for bad in [
            "http://localhost",
            "https://localhost:3101",
            "http://localhost:31010",
            "http://localhost:3101.evil.com",
            "https://example.com",
            "https://evilexample.com",
            "http://a.example.com",
            "https://a.example.com:8443",
            "https://a.example.com.evil.com",
            "https://evil.com/a.example.com",
            "https://evil.com\\.example.com",
            "blob:http://localhost:3101/x",
            "http://user@localhost:5173", // *
            "null",
            "foo",
            "/x",
            "",
        ] {
            assert!(!origins.trusts(bad), "{bad}");
        }
    }

    /// Recorded from `callbackURL` at better-auth 1.7.7, 2026-11-20; the ones marked
    /// * are accepted there.
    #[test]
    fn browsers_are_sent_only_to_trusted_places() {
        let origins = origins();
        for good in [
            "/",
            "/books?q=a b",
            "/ok?x=%2f",
            "/a/../b",
            "http://localhost:3101",
            "HTTP://LOCALHOST:3101/x",
            "https://a.example.com/x",
            "https://A.EXAMPLE.COM",
        ] {
            assert!(origins.trusts_target(good), "{good}");
        }
        for bad in [
            "//evil.com",
            "/\\evil.com",
            "/%5Cevil",
            "/a%2fb",
            "/x\t",
            "/\0",
            " /x",
            "books",
            "javascript:alert(1)",
            "data:text/html,x",
            "http://localhost:3101@evil.com",
            "https://evil.com/.example.com",
            "https://evil.com#.example.com",
            "https://evil.com?.example.com",
            "http:localhost:3101",              // *
            "http:/localhost:3101/x",           // *
            "http://localhost:3101\\@evil.com", // *
            "https://user:pw@a.example.com/",   // *
            "https://a.example.com\\.evil.com", // *
        ] {
            assert!(!origins.trusts_target(bad), "{bad}");
        }
    }

    #[test]
    fn settings_that_trust_too_much_or_nothing_are_refused() {
        for bad in [
            "*",
            "https://*",
            "*.*",
            "https://a.com/path",
            "*.a.com/path",
            "ftp://*.a.com",
            "a.com",
            "myapp://",
            "*.bücher.example",
            "",
        ] {
            assert!(bad.parse::<TrustedOrigin>().is_err(), "{bad}");
        }
        for (written, kept) in [
            ("https://App.example.com/", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("*.example.com", "*.example.com"),
            ("http://localhost:*", "http://localhost:*"),
            ("https://pr-?.example.com", "https://pr-?.example.com"),
        ] {
            assert_eq!(written.parse::<TrustedOrigin>().unwrap().to_string(), kept);
        }
    }

    #[test]
    fn stars_take_what_is_needed() {
        for (pattern, text, expected) in [
            ("*.a.com", "x.a.com", true),
            ("*.a.com", "x.a.com.a.com", true),
            ("*.a.com", "xa.com", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("pr-?.a.com", "pr-7.a.com", true),
            ("pr-?.a.com", "pr-.a.com", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        assert!(!fits("*a*a*a*b", &"a".repeat(10_000)));
    }
}
