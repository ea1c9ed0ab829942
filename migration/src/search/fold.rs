//! How texts are folded, as the product did when `m20261129_000013_search_folding` was
//! written. Never edited once landed, as it is part of that migration.

use unicode_normalization::UnicodeNormalization;

/// So many characters of a text are searched.
const INDEXED: usize = 10_000;

/// A title or name as it is sorted and compared.
pub(crate) fn fold(text: &str) -> String {
    without_case(text.nfkc()).nfkc().collect()
}

/// What the index knows of a text: its letters without case and diacritics.
pub(crate) fn indexed(text: &str) -> String {
    let first = |text: &str| text.chars().take(INDEXED).collect::<String>();
    first(&plain(&first(text)))
}

/// Whether the triggers fold all letters of a text so.
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
