//! International Standard Book Numbers.

/// Removes hyphens and spaces and checks the length and the check digit.
/// Returns 10 or 13 characters: digits, or a final `X` in the old form.
///
/// Source: ISO 2108, ISBN Users' Manual, 7th edition.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    let isbn: String =
        text.trim().chars().filter(|c| !matches!(c, '-' | ' ')).collect::<String>().to_uppercase();
    let valid = match isbn.len() {
        10 => is_isbn_10(&isbn),
        13 => is_isbn_13(&isbn),
        _ => false,
    };
    valid.then_some(isbn)
}

/// The digits, weighted 10 down to 1, sum to a multiple of 11; a final `X` is ten.
fn is_isbn_10(isbn: &str) -> bool {
    let weighted = isbn.chars().zip((1..=10).rev()).map(|(c, weight)| match c {
        'X' if weight == 1 => Some(10),
        _ => c.to_digit(10).map(|digit| digit * weight),
    });
    weighted.sum::<Option<u32>>().is_some_and(|sum| sum % 11 == 0)
}

/// Prefix 978 or 979; the digits, weighted 1 and 3 in turn, sum to a multiple of 10.
fn is_isbn_13(isbn: &str) -> bool {
    let weights = [1, 3].into_iter().cycle();
    let sum =
        isbn.chars().zip(weights).map(|(c, w)| c.to_digit(10).map(|d| d * w)).sum::<Option<u32>>();
    (isbn.starts_with("978") || isbn.starts_with("979")) && sum.is_some_and(|sum| sum % 10 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_and_spaces_are_removed() {
        assert_eq!(parse("978-0-14-143958-7").as_deref(), Some("9780141439587"));
        assert_eq!(parse(" 0 8044 2957 x ").as_deref(), Some("080442957X"));
    }

    #[test]
    fn wrong_numbers_are_refused() {
        for isbn in [
            "",
            "9780141439588",
            "0804429570",
            "X804429570",
            "1234567890123",
            "97801414395",
            "٩٧٨٠١٤١٤٣٩٥٨٧",
        ] {
            assert_eq!(parse(isbn), None, "{isbn}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let right = "9780141439587";
        for place in 0..right.len() {
            for digit in '0'..='9' {
                let wrong: String = right
                    .chars()
                    .enumerate()
                    .map(|(i, c)| if i == place { digit } else { c })
                    .collect();
                assert_eq!(parse(&wrong).is_some(), wrong == right, "{wrong}");
            }
        }
    }
}
