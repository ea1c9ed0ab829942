//! Native apps, whose URLs have a scheme of their own: `myapp://`, `exp://192.168.1.7:8081`.
//!
//! No parser of URLs takes these apart as another one does, so that it happens here by
//! plain rules. They are better-auth's: what a pattern does not say counts for nothing, and
//! a path stands for what is below it. In a pattern `*` is any text without a slash, `?` any
//! such character, and `**` any segments of a path.

use std::{borrow::Cow, fmt, iter::once, net::Ipv4Addr, str::FromStr};

use url::Url;

use super::trusted_origin::fits;

/// Schemes of browsers, whose URLs are no app's: they run scripts, or are files of a visitor.
const OF_BROWSERS: [&str; 10] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "vbscript", "ws", "wss"];

/// A pattern of an app's URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CustomScheme {
    pattern: Parts,
    has_wildcard: bool,
}

/// What a URL consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// In lower case.
    scheme: String,
    /// In lower case; may be empty.
    authority: String,
    /// Empty, or begins with a slash and has none at its end. It is decoded, and its dots
    /// are resolved.
    path: String,
}

impl FromStr for CustomScheme {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let has_wildcard = text.contains(['*', '?']);
        let pattern = parts(text, has_wildcard).ok_or("has characters that no URL has")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let scheme = &pattern.scheme;
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(plain) {
            return Err("must begin with http://, https:// or the scheme of an app, e.g. myapp://");
        }
        if OF_BROWSERS.contains(&scheme.as_str()) {
            return Err("has a scheme that is no app's");
        }
        if text.contains(|c: char| c == '\\' || c == '#' || c.is_whitespace()) {
            return Err("has characters that no URL of an app begins with");
        }
        Ok(Self { pattern, has_wildcard })
    }
}

/// As it is written in the settings.
impl fmt::Display for CustomScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { scheme, authority, path } = &self.pattern;
        write!(f, "{scheme}://{authority}{path}")
    }
}

impl CustomScheme {
    /// Whether a URL is the app's.
    pub(super) fn covers(&self, url: &str) -> bool {
        let Some(found) = parts(url, false) else { return false };
        self.pattern.scheme == found.scheme
            && Url::parse(url).is_ok()
            && if self.has_wildcard { self.fits(&found) } else { self.contains(&found) }
    }

    fn fits(&self, found: &Parts) -> bool {
        let Parts { authority, path, .. } = &self.pattern;
        let fits_authority = || {
            fits(authority, &found.authority) && is_address_if_asked(authority, &found.authority)
        };
        !found.authority.contains(['@', '\\'])
            && (authority.is_empty() || fits_authority())
            && (path.is_empty() || fits_path(path, &found.path))
    }

    fn contains(&self, found: &Parts) -> bool {
        let Parts { authority, path, .. } = &self.pattern;
        let below = found.path.strip_prefix(path.as_str());
        (authority.is_empty() || *authority == found.authority)
            && below.is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'))
    }
}

/// Only addresses fit a pattern of addresses, which names may begin with.
fn is_address_if_asked(pattern: &str, authority: &str) -> bool {
    let host = |authority: &str| authority.split(':').next().unwrap_or_default().to_owned();
    let pattern = host(pattern);
    let of_addresses = |c: char| c.is_ascii_digit() || "*?.".contains(c);
    let is_of_addresses =
        pattern.contains(|c: char| c.is_ascii_digit()) && pattern.chars().all(of_addresses);
    !is_of_addresses || host(authority).parse::<Ipv4Addr>().is_ok()
}

/// Whether a path fits a pattern of paths, segment by segment. That of the root has one,
/// which is empty.
fn fits_path(pattern: &str, path: &str) -> bool {
    let segments: Vec<_> = path.trim_start_matches('/').split(['/', '\\']).collect();
    // Whether the pattern so far fits the first so many segments.
    let mut fitting: Vec<_> = once(true).chain(segments.iter().map(|_| false)).collect();
    for part in pattern.split('/').skip(1) {
        fitting = if part == "**" {
            let any = fitting.iter().scan(false, |any, fits| {
                *any |= fits;
                Some(*any)
            });
            any.collect()
        } else {
            let both = fitting.iter().zip(&segments);
            once(false).chain(both.map(|(so_far, found)| *so_far && fits(part, found))).collect()
        };
    }
    fitting.last() == Some(&true)
}

/// Takes a URL apart, or a pattern, in which `?` begins no query.
fn parts(text: &str, is_pattern: bool) -> Option<Parts> {
    if text.contains(char::is_control) {
        return None;
    }
    let (scheme, rest) = text.split_once(':').filter(|(scheme, _)| !scheme.is_empty())?;
    let ends: &[char] = if is_pattern { &['#'] } else { &['?', '#'] };
    let (authority, path) = match rest.strip_prefix("//") {
        None => ("", rest),
        Some(rest) => {
            let end = rest.find(|c| c == '/' || ends.contains(&c)).unwrap_or(rest.len());
            rest.split_at(end)
        }
    };
    let path = path.split(ends).next().unwrap_or_default();
    Some(Parts {
        scheme: scheme.to_lowercase(),
        authority: authority.to_lowercase(),
        path: normalized(path),
    })
}

/// A path decoded, with its dots resolved: `/cb/../evil` is not below `/cb`.
fn normalized(path: &str) -> String {
    let decoded = decoded(path).unwrap_or(Cow::Borrowed(path));
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            segment => segments.push(segment),
        }
    }
    segments.iter().flat_map(|segment| ["/", segment]).collect()
}

/// As JavaScript's `decodeURIComponent`, which takes no `%` that stands alone.
fn decoded(path: &str) -> Option<Cow<'_, str>> {
    let is_byte = |rest: &str| {
        let digits = rest.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !path.split('%').skip(1).all(is_byte) {
        return None;
    }
    percent_encoding::percent_decode_str(path).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from `matchesOriginPattern` of better-auth 1.7.25, 2026-11-30; the one marked
    /// * is the app's there.
    #[test]
    fn a_url_is_the_apps_as_better_auth_says() {
        for (pattern, good, bad) in [
            (
                "myapp://",
                &[
                    "myapp://",
                    "MyApp://",
                    "myapp://home",
                    "myapp://a/b?c#d",
                    "myapp:x",
                    "myapp://us@a",
                ][..],
                &["myapp", "myapps://", "my://app", "http://myapp", "myapp://a\tb", ""][..],
            ),
            (
                "myapp://host",
                &["myapp://host", "myapp://HOST/x", "myapp://host?x"],
                &["myapp://", "myapp://host.evil", "myapp://us@host", "myapp://host:1"],
            ),
            (
                "myapp://host/cb",
                &[
                    "myapp://host/cb",
                    "myapp://host/cb/x",
                    "myapp://host/x/../cb",
                    "myapp://host/%63b",
                ],
                &[
                    "myapp://host/cbx",
                    "myapp://host/cb/../x",
                    "myapp://host/cb/%2e%2e/x",
                    "myapp://host",
                ],
            ),
            (
                "exp://192.168.*.*:*",
                &["exp://192.168.1.7:8081", "exp://192.168.1.7:8081/--/x"],
                &["exp://192.168.1.7", "exp://192.168.evil.com:80", "exp://us@192.168.1.7:80"],
            ),
            ("exp://**", &["exp://u.expo.dev/x", "exp://"], &["exp://us@evil.com", "exps://x"]),
            (
                "myapp://*.example.com/cb/*",
                &["myapp://a.example.com/cb/x", "myapp://a.b.example.com/cb/%78/"],
                &[
                    "myapp://example.com/cb/x",
                    "myapp://a.example.com/cb",
                    "myapp://a.example.com/x",
                    "myapp://a.example.com/cb/x/y",
                    "myapp://a.example.com/cb/x%5cy",
                ],
            ),
            (
                "exp://192.168.*.*:*/**",
                &["exp://192.168.1.7:8081", "exp://192.168.1.7:8081/--/x"],
                &["exp://192.168.1.7", "exp://192.168.1.7.evil:1/x"],
            ),
            (
                "myapp://host/cb/**",
                &["myapp://host/cb", "myapp://host/cb/x/y"],
                &["myapp://host", "myapp://host/x/cb", "myapp://host/cbx" /* * */],
            ),
            ("myapp://host/*", &["myapp://host", "myapp://host/x"], &["myapp://host/x/y"]),
            (
                "myapp://host/a/**/b",
                &["myapp://host/a/b", "myapp://host/a/x/y/b"],
                &["myapp://host/a", "myapp://host/a/x"],
            ),
            (
                "chrome-extension://abcdefgh",
                &["chrome-extension://abcdefgh", "chrome-extension://abcdefgh/popup.html"],
                &["chrome-extension://abcdefg", "chrome-extension://other"],
            ),
        ] {
            let scheme: CustomScheme = pattern.parse().unwrap();
            for url in good {
                assert!(scheme.covers(url), "{pattern} {url}");
            }
            for url in bad {
                assert!(!scheme.covers(url), "{pattern} {url}");
            }
        }
    }

    #[test]
    fn a_scheme_of_browsers_is_no_apps() {
        for bad in [
            "javascript://",
            "JavaScript://x",
            "data://x",
            "file://",
            "blob://x",
            "*://host",
            "1app://",
            "my app://",
            "://host",
            "myapp://a b",
            "myapp://a\\b",
            "myapp://a#b",
            "myapp://a\tb",
        ] {
            assert!(bad.parse::<CustomScheme>().is_err(), "{bad}");
        }
        for (written, kept) in [
            ("MyApp://", "myapp://"),
            ("myapp://Host/Path/", "myapp://host/Path"),
            ("com.example.app://oauth", "com.example.app://oauth"),
            ("exp://192.168.*.*:*/**", "exp://192.168.*.*:*/**"),
        ] {
            assert_eq!(written.parse::<CustomScheme>().unwrap().to_string(), kept);
        }
    }
}
