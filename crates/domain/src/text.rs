//! Text in the form in which it is searched and sorted.

use unicode_normalization::UnicodeNormalization;

/// Folds case and compatibility forms away, beyond ASCII too, so that equal means
/// "the same to a reader": `fold("STRASSE") == fold("straße")`. The database
/// stores folded titles and names and compares them byte by byte, which gives
/// SQLite and `PostgreSQL` one search and one order whatever their locale.
#[must_use]
pub fn fold(text: &str) -> String {
    without_case(text.nfkc()).nfkc().collect()
}

/// Upper, then lower: the detour joins what lower alone keeps apart (ß and ss, ς and σ).
/// Twice, as ẞ is upper case already and becomes ß only then.
fn without_case(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let once = text.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    once.flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// [`fold`], and diacritics away, too, as whoever searches leaves them out:
/// `plain("Brontë") == "bronte"`. Letters that are no letter with a mark become what
/// they are written as without them: `plain("Søren Ærø") == "soren aero"`.
#[must_use]
pub fn plain(text: &str) -> String {
    let bare = text.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    let mut plain = String::with_capacity(text.len());
    for c in without_case(bare).nfc() {
        match c {
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ħ' => plain.push('h'),
            c => plain.push(c),
        }
    }
    plain
}

/// Whether every letter is of a script whose letters the triggers of both databases fold
/// as [`plain`] does: Latin, Greek and Cyrillic, but for what Unicode added to them later,
/// and scripts without case. Of others the index is given [`plain`] text.
#[must_use]
pub fn is_folded_by_triggers(text: &str) -> bool {
    let known = |c: char| {
        matches!(c, '\0'..='\u{36f}' | '\u{380}'..='\u{527}' | '\u{1e00}'..='\u{1fff}') && c != 'ẞ'
    };
    text.chars().all(|c| known(c) || without_case([c].into_iter()).eq([c]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_goes_beyond_ascii() {
        for (left, right) in [
            ("STRASSE", "straße"),
            ("STRAẞE", "straße"),
            ("ΟΔΥΣΣΕΎΣ", "Οδυσσεύς"),
            ("LES MISÉRABLES", "les mise\u{301}rables"),
            ("ПРЕСТУПЛЕНИЕ", "преступление"),
            ("\u{fb01}n", "FIN"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} and {right}");
        }
        assert_ne!(fold("résumé"), fold("resume"));
    }

    #[test]
    fn plain_text_has_neither_case_nor_diacritics() {
        for (text, expected) in [
            ("Brontë", "bronte"),
            ("LES MISÉRABLES", "les miserables"),
            ("Ὀδύσσεια", "οδυσσεια"),
            ("ΟΔΥΣΣΕΎΣ", "οδυσσευσ"),
            ("Ёлка", "елка"),
            ("STRAẞE, Straße", "strasse, strasse"),
            ("Søren Ærø Łódź", "soren aero lodz"),
            ("한글", "한글"),
            ("\u{fb01}n", "fin"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn every_letter_is_folded_as_its_other_cases_are() {
        // Capitals have the iota beside them that small Greek letters have as a mark.
        let has_iota = |c: &char| [*c].into_iter().nfd().any(|c| c == '\u{345}');
        for c in ('\0'..=char::MAX).filter(|c| !has_iota(c)) {
            let (upper, lower) = (c.to_uppercase().to_string(), c.to_lowercase().to_string());
            for (fold, what) in [(fold as fn(&str) -> String, "fold"), (plain, "plain")] {
                let folded = fold(c.encode_utf8(&mut [0; 4]));
                assert_eq!(fold(&upper), folded, "{what} of {c:?} and {upper:?}");
                assert_eq!(fold(&lower), folded, "{what} of {c:?} and {lower:?}");
                assert_eq!(fold(&folded), folded, "{what} of {c:?} twice");
            }
        }
    }
}
