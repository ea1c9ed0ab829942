//! Which paths lead to a page of our own, however they are read.

use url::Url;

/// A path of our own that no browser, router or proxy takes for another host's
/// (RFC 3986, section 4.2, and what browsers make of backslashes). Stricter than
/// better-auth, which takes what becomes `//host` once its dots are resolved.
pub(super) fn is_local_path(path: &str) -> bool {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let before_query = path.get(..end).unwrap_or_default();
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(before_query).collect();
    path.starts_with('/')
        && !path.contains(|c: char| c == '\\' || c.is_control())
        && !decoded.iter().any(|byte| *byte == b'\\' || byte.is_ascii_control())
        && !before_query.to_ascii_lowercase().contains("%2f")
        && !leads_away(&decoded)
        && stays_for_browsers(path)
}

/// Whether a decoded path begins with two slashes once its dots are resolved. Read as
/// broadly as anybody may: without the parameters of segments, and without blanks.
fn leads_away(path: &[u8]) -> bool {
    let mut resolved: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/').skip(1) {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
        match name.trim_ascii() {
            b"." => {}
            b".." => _ = resolved.pop(),
            name => resolved.push(name),
        }
    }
    matches!(resolved.as_slice(), [first, _, ..] if first.is_empty())
}

/// Whether browsers keep it on its origin, and see no two slashes at its beginning.
fn stays_for_browsers(path: &str) -> bool {
    let own = Url::parse("http://own.invalid/").ok();
    own.and_then(|own| Some((own.join(path).ok()?, own)))
        .is_some_and(|(url, own)| url.origin() == own.origin() && !url.path().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those marked * are accepted by better-auth.
    #[test]
    fn a_path_that_anybody_may_take_for_a_host_is_not_ours() {
        for good in [
            "/",
            "/a/..",
            "/a//b",
            "/a/./b/",
            "/books;page=2/x",
            "/bücher",
            "/books?next=//evil.com#//evil.com",
        ] {
            assert!(is_local_path(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "/..//evil.com",     // *
            "/.//evil.com",      // *
            "/./..//evil.com",   // *
            "/a/..//evil.com",   // *
            "/a/b/../..//x.com", // *
            "/%2e%2e//evil.com", // *
            "/%2E/%2e.//x.com",  // *
            "/.;x//evil.com",    // *
            "/..;//evil.com",    // *
            "/;//evil.com",      // *
            "/;/evil.com",       // *
            "/ /evil.com",       // *
            "/%20/evil.com",     // *
            "/%09/evil.com",     // *
            "/%0a/evil.com",     // *
            "/%00/evil.com",     // *
            "/\t/evil.com",
            "///evil.com",
            "//",
        ] {
            assert!(!is_local_path(bad), "{bad}");
        }
    }
}
