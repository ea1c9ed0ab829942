//! Words of a text, and the index terms of a text.
//!
//! A run is a maximal sequence of letters of scripts without spaces between words. Splitting a
//! run into words needs a dictionary for each language (ICU's take tens of megabytes), so a
//! search may match any part of a run.
//!
//! The index stores every three-letter sequence of a run, and its last two letters and last
//! letter. One term, or a prefix of one, finds a part of one to three letters; several terms find
//! a longer part. A row may contain all these terms without containing the searched part, so the
//! query also checks the stored runs. The index stores no positions: PostgreSQL allows none
//! beyond 16,383, and at most 256 per word.

use std::{borrow::Cow, collections::HashSet};

use unicode_normalization::char::is_combining_mark;

use super::{MAX_WORD, Term};
use crate::{text::plain, unicode::is_unspaced, validation::MAX_TEXT};

/// Length of an indexed n-gram.
pub(super) const GRAM: usize = 3;

/// A word or a run.
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    pub(super) is_run: bool,
}

/// The index terms and runs of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    /// The different terms: letters, digits and marks, at most 60 characters each.
    pub terms: Vec<String>,
    /// The runs, separated by spaces.
    pub runs: String,
}

/// Returns the index terms and runs of the first 10,000 characters of a text.
#[must_use]
pub fn indexed(text: &str) -> Indexed {
    let first = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
    let plain = first(&plain(&first(text)));
    let (mut terms, mut runs) = (Vec::new(), Vec::new());
    for Part { text, is_run } in parts(&plain) {
        if is_run {
            terms.extend(grams(text).map(str::to_owned));
            runs.push(text);
        } else {
            terms.push(truncated(text));
        }
    }
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.clone()));
    Indexed { terms, runs: runs.join(" ") }
}

/// Counts the letters of scripts without spaces; each becomes a term of the index.
#[must_use]
pub fn unspaced_letters(text: &str) -> usize {
    text.chars().filter(|letter| is_unspaced(*letter)).count()
}

/// Splits a plain text into words and runs.
pub(super) fn parts(plain: &str) -> Vec<Part<'_>> {
    plain.split(is_between).flat_map(split).collect()
}

/// Cuts a word after 60 characters.
pub(super) fn truncated(word: &str) -> String {
    word.chars().take(MAX_WORD).collect()
}

/// Returns trigrams that together cover a run: every third one, and the last.
pub(super) fn terms_of_run(run: &str) -> Vec<Term<'_>> {
    let all: Vec<_> = grams(run).collect();
    // Only the last two n-grams of a run are shorter.
    let whole = all.len().saturating_sub(GRAM - 1).max(1);
    let covering = (0..whole).step_by(GRAM).chain([whole - 1]);
    let mut terms: Vec<_> = covering
        .filter_map(|at| all.get(at))
        .map(|gram| Term { text: Cow::Borrowed(*gram), is_prefix: gram.chars().count() < GRAM })
        .collect();
    terms.dedup();
    terms
}

/// Returns the n-grams that begin at each letter of a run; the last two are shorter.
fn grams(run: &str) -> impl Iterator<Item = &str> {
    let from = |(at, _)| {
        let rest = run.get(at..)?;
        let end = rest.char_indices().nth(GRAM).map_or(rest.len(), |(end, _)| end);
        rest.get(..end)
    };
    run.char_indices().filter_map(from)
}

/// Whether `c` separates words. Both databases treat letters in circles and squares as symbols.
fn is_between(c: char) -> bool {
    let is_symbol = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    is_symbol || !(c.is_alphanumeric() || is_combining_mark(c))
}

/// Splits a word where it changes between scripts with and without spaces. A mark belongs to
/// the letter before it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_an_index_term_for_each_letter() {
        let Indexed { terms, runs } = indexed("《百年孤独》 Solitude 百年");
        assert_eq!(terms, ["百年孤", "年孤独", "孤独", "独", "solitude", "百年", "年"]);
        assert_eq!(runs, "百年孤独 百年");
    }

    #[test]
    fn terms_cover_a_run() {
        for (run, expected) in [
            ("百", "百*"),
            ("百年", "百年*"),
            ("百年孤", "百年孤"),
            ("百年孤独", "百年孤 年孤独"),
            ("一二三四五六", "一二三 四五六"),
            ("一二三四五六七", "一二三 四五六 五六七"),
            ("一二三四五六七八", "一二三 四五六 六七八"),
        ] {
            let shown = terms_of_run(run).into_iter().map(|Term { text, is_prefix }| {
                let star = if is_prefix { "*" } else { "" };
                format!("{text}{star}")
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
        }
    }
}
