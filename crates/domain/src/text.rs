//! Text in the form in which it is searched and sorted.

use std::{borrow::Cow, iter};

use unicode_normalization::UnicodeNormalization;

use crate::unicode::{is_form, is_invisible, is_optional_mark};

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

/// [`fold`], and marks away, too, as whoever searches leaves them out:
/// `plain("Brontë") == "bronte"`. Letters that are no letter with a mark become what
/// they are written as without them: `plain("Søren Ærø") == "soren aero"`. What is not seen
/// goes as well, so that a word with soft hyphens is the word.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = without_forms(text);
    let bare = text.nfd().filter(|c| !is_optional_mark(*c) && !is_invisible(*c));
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
            // Arabic, by keyboards of several languages.
            '\u{671}' => plain.push('\u{627}'),
            '\u{649}' | '\u{6cc}' => plain.push('\u{64a}'),
            '\u{6a9}' => plain.push('\u{643}'),
            '\u{629}' => plain.push('\u{647}'),
            c => plain.push(c),
        }
    }
    plain
}

/// The letters themselves in place of their forms.
fn without_forms(text: &str) -> Cow<'_, str> {
    if !text.contains(is_form) {
        return Cow::Borrowed(text);
    }
    let mut letters = String::with_capacity(text.len());
    for c in text.chars() {
        if is_form(c) {
            letters.extend(iter::once(c).nfkd());
        } else {
            letters.push(c);
        }
    }
    Cow::Owned(letters)
}

/// Whether the triggers of both databases give the index what [`plain`] makes of a text:
/// if it has letters of Latin, Greek and Cyrillic alone, but for what Unicode added to
/// them later, and no marks beside them. Whoever writes another one writes its words.
#[must_use]
pub fn is_indexed_by_triggers(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\0'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}'
            | '\u{48a}'..='\u{527}' | '\u{1e00}'..='\u{1e9d}' | '\u{1e9f}'..='\u{1fff}'
            // Dashes, quotation marks, and what else stands between words.
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}')
    })
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
            ("שָׁלוֹם", "שלום"),
            ("بِسْمِ ٱللَّهِ", "بسم الله"),
            ("مــكــتبة أإآؤئ", "مكتبه اااوي"),
            ("ﻻ ﬡ", "لا א"),
            ("Ｊａｖａ ｶﾞｲﾄﾞ", "java ガイド"),
            ("dic\u{ad}tion\u{200b}a\u{2060}ry\u{feff}", "dictionary"),
            ("می\u{200c}خواهم", "ميخواهم"),
            ("हिन्दी กิน ន្ត", "हिन्दी กิน ន្ត"),
            ("❤\u{fe0f}", "❤"),
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
