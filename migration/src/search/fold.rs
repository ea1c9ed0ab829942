//! Folding of texts, as the program did it when `m20261129_000013_search_folding` was written.
//! The code is part of that migration and never changes.

use unicode_normalization::UnicodeNormalization;

/// Number of characters of a text that are searched.
const INDEXED: usize = 10_000;

/// Folds a title or name for sorting and comparison.
pub(crate) fn fold(text: &str) -> String {
    without_case(text.nfkc()).nfkc().collect()
}

/// Folds a text for the index: letters without case and diacritics.
pub(crate) fn indexed(text: &str) -> String {
    let first = |text: &str| text.chars().take(INDEXED).collect::<String>();
    first(&plain(&first(text)))
}

/// Whether the triggers fold all letters of a text in this way.
pub(crate) fn is_folded_by_triggers(text: &str) -> bool {
    let known = |c: char| {
        matches!(c, '\0'..='\u{36f}' | '\u{380}'..='\u{527}' | '\u{1e00}'..='\u{1fff}') && c != 'ẞ'
    };
    text.chars().all(|c| known(c) || without_case([c].into_iter()).eq([c]))
}

pub(super) fn without_case(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let once = text.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    once.flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

fn plain(text: &str) -> String {
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
