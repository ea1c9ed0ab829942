//! Patterns with `*` and `?` in trusted origins.

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
