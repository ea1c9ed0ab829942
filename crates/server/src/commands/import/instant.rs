//! Parses dates as other servers' databases write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

/// Numbers below are seconds, others milliseconds: the limit is the year 5138 in seconds, and 1973
/// in milliseconds.
const SECONDS_BELOW: f64 = 1e11;

/// Parses ISO 8601 with or without a zone (then UTC), SQL's form with a space, a day, and seconds
/// or milliseconds since 1970. Truncates to milliseconds.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let instant = number(text).or_else(|| zoned(text)).or_else(|| local(text))?;
    let instant = DateTime::from_timestamp_millis(instant.timestamp_millis())?;
    (1..=9999).contains(&instant.year()).then_some(instant)
}

fn number(text: &str) -> Option<DateTime<Utc>> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let millis = if number.abs() < SECONDS_BELOW { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "out of range becomes the nearest")]
    DateTime::from_timestamp_millis(millis.round() as i64)
}

fn zoned(text: &str) -> Option<DateTime<Utc>> {
    let formats = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let parsed = DateTime::parse_from_rfc3339(text).ok();
    let parsed = parsed
        .or_else(|| formats.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()));
    parsed.map(|instant| instant.with_timezone(&Utc))
}

fn local(text: &str) -> Option<DateTime<Utc>> {
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let parsed = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    Some(parsed.or_else(day)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_instant_is_read() {
        for (text, expected) in [
            ("2026-11-20T12:00:00.123Z", "2026-11-20T12:00:00.123Z"),
            ("2026-11-20T12:00:00.123456+00:00", "2026-11-20T12:00:00.123Z"),
            ("2026-11-20T14:00:00+02:00", "2026-11-20T12:00:00Z"),
            ("2026-11-20 12:00:00", "2026-11-20T12:00:00Z"),
            ("2026-11-20 12:00:00.5", "2026-11-20T12:00:00.500Z"),
            ("2026-11-20 12:00:00+00", "2026-11-20T12:00:00Z"),
            ("2026-11-20 14:00:00.5+0200", "2026-11-20T12:00:00.500Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("1795176000", "2026-11-20T12:00:00Z"),
            ("1795176000123", "2026-11-20T12:00:00.123Z"),
            ("1795176000123.0", "2026-11-20T12:00:00.123Z"),
            ("0", "1970-01-01T00:00:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "soon", "NaN", "1e300", "2026-13-01", "20 Nov 2026", "-99999999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
