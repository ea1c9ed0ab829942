//! International Standard Book Numbers.

use unicode_normalization::UnicodeNormalization;

use crate::unicode::is_invisible;

/// Maximum number of digits of an ISBN.
pub const DIGITS: usize = 13;

/// Returns the thirteen digits of an ISBN; `None` if the check digit is wrong. Accepted
/// spellings: ten or thirteen digits, with hyphens, dashes and spaces of every kind, invisible
/// characters, digits of full width, a leading `ISBN` or `urn:isbn:`, and a spreadsheet's `="…"`
/// or apostrophe.
///
/// An ISBN-10 and the ISBN-13 that begins with 978 identify the same book. Source: ISO 2108, ISBN
/// Users' Manual, 7th edition.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    let text: String = text.nfkc().filter(|c| !is_ignored(*c)).collect();
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(&text);
    let text = text.strip_prefix('\'').unwrap_or(text).to_ascii_uppercase();
    let isbn = match text.strip_prefix("URN:ISBN:") {
        Some(digits) => digits.to_owned(),
        None => without_label(text),
    };
    match isbn.len() {
        10 if is_isbn_10(&isbn) => to_isbn_13(isbn.get(..9)?),
        13 if is_isbn_13(&isbn) => Some(isbn),
        _ => None,
    }
}

/// The ISBN-10 of an ISBN-13 that begins with 978.
#[must_use]
pub fn to_isbn_10(isbn_13: &str) -> Option<String> {
    let digits = isbn_13.strip_prefix("978")?.get(..9)?;
    let weighted =
        digits.chars().zip((2..=10).rev()).map(|(c, weight)| Some(c.to_digit(10)? * weight));
    let check = match (11 - weighted.sum::<Option<u32>>()? % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10)?,
    };
    Some(format!("{digits}{check}"))
}

/// Whether `c` is a separator or an invisible character.
fn is_ignored(c: char) -> bool {
    let is_dash = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    is_dash || is_invisible(c) || c.is_whitespace()
}

/// Removes `ISBN`, `ISBN-10:` or `ISBN-13:` before the digits.
fn without_label(text: String) -> String {
    let Some(rest) = text.strip_prefix("ISBN") else { return text };
    let number = [("10", 10), ("13", 13)].iter().find_map(|(kind, length)| {
        let number = rest.strip_prefix(kind)?;
        let number = number.strip_prefix(':').unwrap_or(number);
        (number.len() == *length).then_some(number)
    });
    number.unwrap_or_else(|| rest.strip_prefix(':').unwrap_or(rest)).to_owned()
}

/// Whether this is an ISBN-10: the digits, weighted 10 down to 1, sum to a multiple of 11; a
/// final `X` is ten.
fn is_isbn_10(isbn: &str) -> bool {
    let weighted = isbn.chars().zip((1..=10).rev()).map(|(c, weight)| match c {
        'X' if weight == 1 => Some(10),
        _ => c.to_digit(10).map(|digit| digit * weight),
    });
    weighted.sum::<Option<u32>>().is_some_and(|sum| sum % 11 == 0)
}

/// Whether this is an ISBN-13: the prefix is 978 or 979, and the digits, weighted 1 and 3 in
/// turn, sum to a multiple of 10.
fn is_isbn_13(isbn: &str) -> bool {
    (isbn.starts_with("978") || isbn.starts_with("979"))
        && weighted_sum(isbn).is_some_and(|sum| sum % 10 == 0)
}

/// The ISBN-13 for the first nine digits of an ISBN-10.
fn to_isbn_13(nine: &str) -> Option<String> {
    let twelve = format!("978{nine}");
    let check = (10 - weighted_sum(&twelve)? % 10) % 10;
    Some(format!("{twelve}{check}"))
}

fn weighted_sum(digits: &str) -> Option<u32> {
    let weights = [1, 3].into_iter().cycle();
    digits.chars().zip(weights).map(|(c, w)| Some(c.to_digit(10)? * w)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMMA: &str = "9780141439587";

    #[test]
    fn all_spellings_give_the_same_isbn() {
        for text in [
            EMMA,
            "978-0-14-143958-7",
            "978\u{2010}0\u{2011}14\u{2012}143958\u{2013}7",
            "978\u{2014}0\u{2212}14\u{ad}143958\u{2015}7",
            "978 0\u{a0}14\u{2009}143958\u{202f}7",
            "\u{200e}9780141439587\u{200f}",
            "\u{feff}978\u{200b}0141439587\u{202c}\t",
            "ISBN 978-0-14-143958-7",
            "isbn: 9780141439587",
            "ISBN-13: 978-0-14-143958-7",
            "ISBN 13 9780141439587",
            "ISBN-10: 0-14-143958-0",
            "ISBN10 0141439580",
            "ISBN\u{2011}13\u{ff1a}9780141439587",
            "=\"9780141439587\"",
            "= \"0-14-143958-0\"",
            "'9780141439587",
            "urn:isbn:978-0-14-143958-7",
            "URN:ISBN:0141439580",
            "９７８－０－１４－１４３９５８－７",
            "0141439580",
        ] {
            assert_eq!(parse(text).as_deref(), Some(EMMA), "{text:?}");
        }
        for text in ["0-8044-2957-x", " 0 8044 2957 X ", "ISBN 080442957x", "9780804429573"] {
            assert_eq!(parse(text).as_deref(), Some("9780804429573"), "{text:?}");
        }
        assert_eq!(parse("979-10-90636-07-1").as_deref(), Some("9791090636071"));
    }

    #[test]
    fn invalid_isbns_are_refused() {
        for isbn in [
            "",
            "ISBN",
            "9780141439588",
            "0804429570",
            "X804429570",
            "1234567890123",
            "97801414395",
            "٩٧٨٠١٤١٤٣٩٥٨٧",
            "9780141439587\"",
            "ISBN-10: 9780141439588",
            "ISBN ISBN 9780141439587",
            "9780141439587 0141439580",
            "978-0-14-143958-7 (paperback)",
        ] {
            assert_eq!(parse(isbn), None, "{isbn}");
        }
    }

    #[test]
    fn an_isbn_10_and_its_isbn_13_are_the_same() {
        for (ten, thirteen) in [("0141439580", EMMA), ("080442957X", "9780804429573")] {
            assert_eq!(parse(ten).as_deref(), Some(thirteen));
            assert_eq!(to_isbn_10(thirteen).as_deref(), Some(ten));
        }
        assert_eq!(to_isbn_10("9791090636071"), None);
        for number in 0..2_000 {
            let thirteen = to_isbn_13(&format!("{:09}", number * 499_979)).unwrap();
            assert_eq!(parse(&thirteen).as_ref(), Some(&thirteen));
            assert_eq!(parse(&to_isbn_10(&thirteen).unwrap()), Some(thirteen));
        }
    }

    #[test]
    fn every_single_wrong_digit_is_detected() {
        for right in [EMMA, "0141439580"] {
            for index in 0..right.len() {
                for digit in '0'..='9' {
                    let replaced = |(i, c)| if i == index { digit } else { c };
                    let wrong: String = right.chars().enumerate().map(replaced).collect();
                    assert_eq!(parse(&wrong).is_some(), wrong == right, "{wrong}");
                }
            }
        }
    }
}
