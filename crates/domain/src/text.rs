//! Text in the form in which it is searched and sorted.

use unicode_normalization::UnicodeNormalization;

/// Folds case and compatibility forms away, beyond ASCII too, so that equal means
/// "the same to a reader": `fold("STRASSE") == fold("straße")`. The database
/// stores folded titles and names and compares them byte by byte, which gives
/// SQLite and `PostgreSQL` one search and one order whatever their locale.
#[must_use]
pub fn fold(text: &str) -> String {
    // Upper, then lower: the detour joins what lower alone keeps apart (ß and ss, ς and σ).
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// [`fold`], and diacritics away, too, as whoever searches leaves them out:
/// `plain("Brontë") == "bronte"`. Letters that are no letter with a mark become what
/// they are written as without them: `plain("Søren Ærø") == "soren aero"`.
#[must_use]
pub fn plain(text: &str) -> String {
    let bare = text.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    let folded = bare.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut plain = String::with_capacity(text.len());
    for c in folded.nfc() {
        match c {
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_goes_beyond_ascii() {
        for (left, right) in [
            ("STRASSE", "straße"),
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
}
