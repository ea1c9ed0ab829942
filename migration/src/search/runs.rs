//! Words and runs of texts, as the program determined them when `m20261130_000017_search_runs`
//! was written. The code is part of that migration and never changes.

use std::collections::HashSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::fold::without_case;

/// Number of characters of a text that are searched.
const INDEXED: usize = 10_000;
/// Maximum length of an indexed word.
const MAX_WORD: usize = 60;
/// Number of letters of an n-gram.
const GRAM: usize = 3;

/// The index entry of a text.
pub(crate) struct Indexed {
    pub(crate) terms: Vec<String>,
    pub(crate) runs: String,
}

pub(crate) fn indexed(text: &str) -> Indexed {
    let first = |text: &str| text.chars().take(INDEXED).collect::<String>();
    let plain = first(&plain(&first(text)));
    let (mut terms, mut runs) = (Vec::new(), Vec::new());
    for Part { text, is_run } in parts(&plain) {
        if is_run {
            terms.extend(grams(text).map(str::to_owned));
            runs.push(text);
        } else {
            terms.push(beginning(text));
        }
    }
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.clone()));
    Indexed { terms, runs: runs.join(" ") }
}

/// Whether the triggers index the words of a text.
pub(crate) fn is_indexed_by_triggers(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\0'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}'
            | '\u{48a}'..='\u{527}' | '\u{1e00}'..='\u{1e9d}' | '\u{1e9f}'..='\u{1fff}'
            // Dashes, quotation marks and other punctuation.
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}')
    })
}

fn plain(text: &str) -> String {
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

fn without_forms(text: &str) -> String {
    if !text.contains(is_form) {
        return text.to_owned();
    }
    let mut letters = String::with_capacity(text.len());
    for c in text.chars() {
        if is_form(c) {
            letters.extend([c].into_iter().nfkd());
        } else {
            letters.push(c);
        }
    }
    letters
}

struct Part<'t> {
    text: &'t str,
    is_run: bool,
}

fn parts(plain: &str) -> Vec<Part<'_>> {
    plain.split(is_between).flat_map(split).collect()
}

fn beginning(word: &str) -> String {
    word.chars().take(MAX_WORD).collect()
}

fn grams(run: &str) -> impl Iterator<Item = &str> {
    let from = |(at, _)| {
        let rest = run.get(at..)?;
        let end = rest.char_indices().nth(GRAM).map_or(rest.len(), |(end, _)| end);
        rest.get(..end)
    };
    run.char_indices().filter_map(from)
}

fn is_between(c: char) -> bool {
    let is_sign = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    is_sign || !(c.is_alphanumeric() || is_combining_mark(c))
}

fn split(word: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_run = is_unspaced(first);
        let end = rest.find(|c: char| is_unspaced(c) != is_run && !is_combining_mark(c));
        let (text, others) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(Part { text, is_run });
        rest = others;
    }
    parts
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_optional_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        // Hebrew
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        // Arabic
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{897}'..='\u{89f}' | '\u{8ca}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}'
        // Syriac
        | '\u{711}' | '\u{730}'..='\u{74a}')
}

fn is_form(c: char) -> bool {
    matches!(c, '\u{fb1d}'..='\u{fdfc}' | '\u{fe70}'..='\u{fefc}' | '\u{ff01}'..='\u{ffee}')
}

fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19df}' | '\u{1a20}'..='\u{1aaf}'
        | '\u{1b00}'..='\u{1b7f}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{302f}' | '\u{3031}'..='\u{303c}' | '\u{3041}'..='\u{318f}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}' | '\u{a980}'..='\u{a9ff}'
        | '\u{aa60}'..='\u{aadf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{16fe0}'..='\u{18d8f}' | '\u{1aff0}'..='\u{1b2ff}' | '\u{20000}'..='\u{3fffd}')
}
