//! Text from outside, made harmless for mails and logs.

use chrono::TimeDelta;

/// One line without control or direction characters, cut to `length` characters.
pub(crate) fn one_line(text: &str, length: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect();
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(length).collect()
}

/// A name to greet by, if it is one: whoever signs up with somebody else's address
/// must not write to them through it. Mail programs make links of `evil.example`.
pub(crate) fn greeted(name: &str) -> Option<String> {
    let name = one_line(name, 60);
    let dotted = name.split_whitespace().any(|word| {
        let mut parts = word.split('.').rev();
        let last = parts.next().unwrap_or_default();
        last.chars().count() > 1 && parts.next().is_some_and(|part| part.chars().count() > 1)
    });
    let linked = dotted || name.contains(['/', '@', ':', '<', '>']);
    (!name.is_empty() && !linked).then_some(name)
}

/// What a mail server said, for logs and lists: without addresses and links.
pub(crate) fn scrubbed(answer: &str) -> String {
    let words = answer.split_whitespace();
    let words =
        words.map(|word| if word.contains('@') || word.contains("//") { "…" } else { word });
    one_line(&words.collect::<Vec<_>>().join(" "), 300)
}

/// An address of which only its owner recognises the first part: `a…@example.com`.
pub(crate) fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or(("", address));
    let first: String = local.chars().take(1).collect();
    one_line(&format!("{first}…@{domain}"), 100)
}

/// A lifetime in words, e.g. `1 hour`, never longer than it is.
pub(crate) fn spoken(lifetime: TimeDelta) -> String {
    let minutes = lifetime.num_minutes();
    let (count, unit) = match minutes {
        ..1 => return "less than a minute".to_owned(),
        _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "day"),
        _ if minutes % 60 == 0 => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_and_no_links() {
        for (name, greeted_by) in [
            ("Ann", Some("Ann")),
            (" Dr. Ann  B. Lee ", Some("Dr. Ann B. Lee")),
            ("J.R.R. Tolkien", Some("J.R.R. Tolkien")),
            ("Ann\r\nBcc: eve@example.com", None),
            ("Ann\r\nLee\u{202e}", Some("Ann Lee")),
            ("You won! visit evil.example", None),
            ("https://evil.example/", None),
            ("<script>alert(1)</script>", None),
            ("\u{200b}", None),
            ("", None),
        ] {
            assert_eq!(greeted(name).as_deref(), greeted_by, "{name:?}");
        }
        assert_eq!(greeted(&"é".repeat(200)).unwrap().chars().count(), 60);
    }

    #[test]
    fn what_servers_say_is_kept_without_addresses_and_links() {
        let answer = "550 5.1.1 <ann@example.com>: unknown,\r\n see https://help.example/?to=ann";
        assert_eq!(scrubbed(answer), "550 5.1.1 … unknown, see …");
        assert_eq!(scrubbed(&"x".repeat(9_999)).len(), 300);
    }

    #[test]
    fn a_masked_address_keeps_its_domain() {
        assert_eq!(masked("ann@example.com"), "a…@example.com");
        assert_eq!(masked(""), "…@");
    }

    #[test]
    fn lifetimes_are_spoken() {
        for (seconds, words) in [
            (30, "less than a minute"),
            (60, "1 minute"),
            (90, "1 minute"),
            (600, "10 minutes"),
            (3_600, "1 hour"),
            (5_400, "90 minutes"),
            (86_400, "1 day"),
            (604_800, "7 days"),
        ] {
            assert_eq!(spoken(TimeDelta::seconds(seconds)), words);
        }
    }
}
