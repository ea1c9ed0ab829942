//! Sanitizes untrusted text for mails and logs.

use chrono::TimeDelta;

/// Joins a text to one line of at most `max_len` characters, without control and direction
/// characters.
pub(crate) fn one_line(text: &str, max_len: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect();
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(max_len).collect()
}

/// Returns a name for the greeting, or `None` if it could be a message or a link: an attacker who
/// signs up with another person's address must not write to that person. Mail clients make
/// `evil.example` a link.
pub(crate) fn greeting_name(name: &str) -> Option<String> {
    let name = one_line(name, 60);
    let dotted = name.split_whitespace().any(|word| {
        let mut parts = word.split('.').rev();
        let last = parts.next().unwrap_or_default();
        last.chars().count() > 1 && parts.next().is_some_and(|part| part.chars().count() > 1)
    });
    let linked = dotted || name.contains(['/', '@', ':', '<', '>']);
    (!name.is_empty() && !linked).then_some(name)
}

/// Removes addresses and links from a mail server's response, for logs and lists.
pub(crate) fn redact(answer: &str) -> String {
    let words = answer.split_whitespace();
    let words =
        words.map(|word| if word.contains('@') || word.contains("//") { "…" } else { word });
    one_line(&words.collect::<Vec<_>>().join(" "), 300)
}

/// Masks the local part of an address, and all but the end of a phone number: `a…@example.com`,
/// `…56`.
pub(crate) fn mask(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        let hidden = address.chars().count().saturating_sub(2).max(4);
        return format!("…{}", address.chars().skip(hidden).collect::<String>());
    };
    let first: String = local.chars().take(1).collect();
    one_line(&format!("{first}…@{domain}"), 100)
}

/// Formats a lifetime in words, rounded down, e.g. `1 hour`.
pub(crate) fn humanize(lifetime: TimeDelta) -> String {
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
    fn greeting_names_have_one_line_and_no_link() {
        for (name, expected) in [
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
            assert_eq!(greeting_name(name).as_deref(), expected, "{name:?}");
        }
        assert_eq!(greeting_name(&"é".repeat(200)).unwrap().chars().count(), 60);
    }

    #[test]
    fn responses_of_servers_are_redacted() {
        let answer = "550 5.1.1 <ann@example.com>: unknown,\r\n see https://help.example/?to=ann";
        assert_eq!(redact(answer), "550 5.1.1 … unknown, see …");
        assert_eq!(redact(&"x".repeat(9_999)).len(), 300);
    }

    #[test]
    fn mask_keeps_the_domain_or_the_last_digits() {
        assert_eq!(mask("+4930123456"), "…56");
        assert_eq!(mask("1234"), "…");
        assert_eq!(mask("ann@example.com"), "a…@example.com");
        assert_eq!(mask(""), "…");
    }

    #[test]
    fn lifetimes_are_in_words() {
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
            assert_eq!(humanize(TimeDelta::seconds(seconds)), words);
        }
    }
}
