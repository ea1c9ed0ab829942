//! Custom schemes of native apps: `myapp://`, `exp://192.168.1.7:8081`.
//!
//! Parsers of URLs disagree about these, so this module parses them by better-auth's rules: parts
//! that a pattern does not name match everything, and a path matches the paths below it. In a
//! pattern `*` matches any text without a slash, `?` any such character, and `**` any segments of
//! a path.

use std::{borrow::Cow, fmt, iter::once, net::Ipv4Addr, str::FromStr};

use url::Url;

use super::pattern::{is_private, is_range, matches};

/// Schemes of browsers and phones, which no app owns: their URLs run scripts, name files of the
/// user, or open other apps.
const OF_BROWSERS: [&str; 18] = [
    "about",
    "blob",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "resource",
    "sms",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];
/// Schemes that all extensions of a browser share.
const OF_EXTENSIONS: [&str; 3] = ["chrome-extension", "moz-extension", "safari-web-extension"];
/// Schemes that all apps in Expo Go share.
const OF_EXPO: [&str; 2] = ["exp", "exps"];

/// A pattern of an app's URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CustomScheme {
    pattern: Parts,
    has_wildcard: bool,
}

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// In lower case.
    scheme: String,
    /// In lower case; may be empty.
    authority: String,
    /// Empty, or a path with a slash at its beginning and none at its end; decoded, with its dots
    /// resolved.
    path: String,
}

impl FromStr for CustomScheme {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let has_wildcard = text.contains(['*', '?']);
        let pattern = parts(text, has_wildcard).ok_or("must be a URL")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let scheme = &pattern.scheme;
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(plain) {
            return Err("must begin with http://, https:// or the scheme of an app, e.g. myapp://");
        }
        if OF_BROWSERS.contains(&scheme.as_str()) {
            return Err("must have the scheme of an app");
        }
        has_one_owner(&pattern)?;
        if text.contains(|c: char| c == '\\' || c == '#' || c.is_whitespace()) {
            return Err("must not contain backslashes, # or whitespace");
        }
        Ok(Self { pattern, has_wildcard })
    }
}

/// Fails if apps of several owners share a scheme and the pattern does not name one of them.
fn has_one_owner(pattern: &Parts) -> Result<(), &'static str> {
    let Parts { scheme, authority, .. } = pattern;
    let host = authority.split(':').next().unwrap_or_default();
    let is_exact = !host.is_empty() && !host.contains(['*', '?']);
    if OF_EXTENSIONS.contains(&scheme.as_str()) && !is_exact {
        return Err("must name one extension of the browser; write its id behind ://");
    }
    if OF_EXPO.contains(&scheme.as_str()) && !is_exact && !(is_range(host) && is_private(host)) {
        return Err(
            "must name one app in Expo Go; write a host, or addresses of a private network, e.g. \
                    exp://192.168.*.*:*",
        );
    }
    Ok(())
}

/// The form of the settings.
impl fmt::Display for CustomScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { scheme, authority, path } = &self.pattern;
        write!(f, "{scheme}://{authority}{path}")
    }
}

impl CustomScheme {
    /// Whether a URL belongs to the app.
    pub(super) fn covers(&self, url: &str) -> bool {
        let Some(found) = parts(url, false) else { return false };
        self.pattern.scheme == found.scheme
            && Url::parse(url).is_ok()
            && if self.has_wildcard { self.matches(&found) } else { self.contains(&found) }
    }

    fn matches(&self, found: &Parts) -> bool {
        let Parts { authority, path, .. } = &self.pattern;
        let matches_authority = || {
            matches(authority, &found.authority)
                && is_address_if_required(authority, &found.authority)
        };
        !found.authority.contains(['@', '\\'])
            && (authority.is_empty() || matches_authority())
            && (path.is_empty() || matches_path(path, &found.path))
    }

    fn contains(&self, found: &Parts) -> bool {
        let Parts { authority, path, .. } = &self.pattern;
        let below = found.path.strip_prefix(path.as_str());
        (authority.is_empty() || *authority == found.authority)
            && below.is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'))
    }
}

/// Whether the host is an address, if the pattern is one of addresses, which names may begin with.
fn is_address_if_required(pattern: &str, authority: &str) -> bool {
    let host = |authority: &str| authority.split(':').next().unwrap_or_default().to_owned();
    let pattern = host(pattern);
    let of_addresses = |c: char| c.is_ascii_digit() || "*?.".contains(c);
    let is_of_addresses =
        pattern.contains(|c: char| c.is_ascii_digit()) && pattern.chars().all(of_addresses);
    !is_of_addresses || host(authority).parse::<Ipv4Addr>().is_ok()
}

/// Whether a path matches a pattern of paths, segment by segment. The root has one empty segment.
fn matches_path(pattern: &str, path: &str) -> bool {
    let segments: Vec<_> = path.trim_start_matches('/').split(['/', '\\']).collect();
    // Whether the processed pattern matches the first `i` segments, for each `i`.
    let mut matching: Vec<_> = once(true).chain(segments.iter().map(|_| false)).collect();
    for part in pattern.split('/').skip(1) {
        matching = if part == "**" {
            let any = matching.iter().scan(false, |any, matches| {
                *any |= matches;
                Some(*any)
            });
            any.collect()
        } else {
            let both = matching.iter().zip(&segments);
            once(false).chain(both.map(|(so_far, found)| *so_far && matches(part, found))).collect()
        };
    }
    matching.last() == Some(&true)
}

/// Splits a URL, or a pattern, in which `?` begins no query.
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

/// Decodes a path and resolves its dots: `/cb/../evil` is not below `/cb`.
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

/// Decodes as JavaScript's `decodeURIComponent`, which refuses a `%` without two digits.
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
mod tests;
