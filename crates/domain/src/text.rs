//! Normal forms of text for searching and sorting.

use std::{borrow::Cow, iter};

use unicode_normalization::UnicodeNormalization;

use crate::unicode::{is_form, is_invisible, is_optional_mark};

/// Removes differences of case and compatibility forms, beyond ASCII too: `fold("STRASSE") ==
/// fold("straße")`. The database stores folded titles and names and compares them byte by byte,
/// so SQLite and `PostgreSQL` search and sort alike in every locale.
#[must_use]
pub fn fold(text: &str) -> String {
    without_case(text.nfkc()).nfkc().collect()
}

/// Converts to upper, then to lower case. This joins letters that lower case alone keeps apart (ß
/// and ss, ς and σ). The conversion runs twice, because the upper-case ẞ first becomes ß.
fn without_case(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let once = text.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    once.flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Applies [`fold`] and removes optional marks, as people do when they search: `plain("Brontë")
/// == "bronte"`. Letters with no decomposition get their common replacement: `plain("Søren Ærø")
/// == "soren aero"`. Invisible characters, such as soft hyphens, are removed.
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
            // Variants of Arabic letters on keyboards of several languages.
            '\u{671}' => plain.push('\u{627}'),
            '\u{649}' | '\u{6cc}' => plain.push('\u{64a}'),
            '\u{6a9}' => plain.push('\u{643}'),
            '\u{629}' => plain.push('\u{647}'),
            c => plain.push(c),
        }
    }
    plain
}

/// Replaces presentation forms by their letters.
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

/// Whether the database triggers index `text` exactly as [`plain`] does. They do for letters of
/// Latin, Greek and Cyrillic without separate marks, except letters that later versions of
/// Unicode added. For other text, the program writes the index terms.
#[must_use]
pub fn is_indexed_by_triggers(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\0'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}'
            | '\u{48a}'..='\u{527}' | '\u{1e00}'..='\u{1e9d}' | '\u{1e9f}'..='\u{1fff}'
            // Dashes, quotation marks and other punctuation.
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_folding_covers_more_than_ascii() {
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
    fn plain_removes_case_and_diacritics() {
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
    fn all_cases_of_a_letter_fold_to_the_same_text() {
        // Capital letters have a separate iota where small Greek letters have a mark.
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
