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
    matches_by(&segments(pattern), &segments(path), matches)
}

/// Whether some path of a route, e.g. `/callback/{id}`, matches a pattern.
pub(crate) fn matches_route(pattern: &str, route: &str) -> bool {
    let (pattern, route) = (segments(pattern), segments(route));
    matches_by(&pattern, &route, |pattern, segment| {
        segment.starts_with('{') || matches(pattern, segment)
    })
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// `matches_segment` compares a segment of the pattern with one of the path.
fn matches_by(
    pattern: &[&str],
    path: &[&str],
    matches_segment: impl Fn(&str, &str) -> bool + Copy,
) -> bool {
    match (pattern, path) {
        ([], []) => true,
        ([any, rest @ ..], _) if *any == "**" => {
            matches_by(rest, path, matches_segment)
                || path
                    .split_first()
                    .is_some_and(|(_, path)| matches_by(pattern, path, matches_segment))
        }
        ([first, pattern @ ..], [segment, path @ ..]) => {
            matches_segment(first, segment) && matches_by(pattern, path, matches_segment)
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
    fn a_pattern_matches_a_route_if_it_matches_one_of_its_paths() {
        for (pattern, expected) in [
            ("/callback/google", true),
            ("/callback/{id}", true),
            ("/callback/*", true),
            ("/callback/**", true),
            ("/callback", false),
            ("/callbacks/google", false),
            ("/callback/google/x", false),
        ] {
            assert_eq!(matches_route(pattern, "/callback/{id}"), expected, "{pattern}");
        }
    }

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
