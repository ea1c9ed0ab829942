//! Patterns with `*` and `?` in trusted origins and in paths.

/// Whether all of `text` matches `pattern`. Takes at most as many steps as the product of their
/// lengths.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // The pattern after the last star, and the text if the star matched one character more.
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

/// Whether a path matches a pattern as in better-auth: `*` and `?` match within a segment, `**` any
/// number of segments.
pub(crate) fn matches_path(pattern: &str, path: &str) -> bool {
    matches_segments(&segments(pattern), &segments(path))
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn matches_segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        ([any, rest @ ..], _) if *any == "**" => {
            matches_segments(rest, path)
                || path.split_first().is_some_and(|(_, path)| matches_segments(pattern, path))
        }
        ([first, pattern @ ..], [segment, path @ ..]) => {
            matches(first, segment) && matches_segments(pattern, path)
        }
        _ => false,
    }
}

/// Whether a pattern is one of addresses, by better-auth's rule.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_within_a_segment_and_double_stars_any_segments() {
        for (pattern, path, expected) in [
            ("/sign-in/email", "/sign-in/email", true),
            ("/sign-in/email", "/sign-in/email-otp", false),
            ("/sign-in/*", "/sign-in/email", true),
            ("/sign-*/email", "/sign-up/email", true),
            ("/sign-in/*", "/sign-in", false),
            ("*", "/sign-in/email", false),
            ("/sign-in/e?ail", "/sign-in/email", true),
            ("**", "/sign-in/email", true),
            ("/**/email", "/sign-in/email", true),
            ("/sign-in/**", "/sign-in/a/b", true),
        ] {
            assert_eq!(matches_path(pattern, path), expected, "{pattern} {path}");
        }
    }
}
