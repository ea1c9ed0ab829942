//! Search text, split into words.

mod words;

use std::{borrow::Cow, collections::HashSet};

use self::words::Part;
pub use self::words::{Indexed, indexed, unspaced_letters};
use crate::{
    Error, Result, name,
    text::{fold, plain},
    validation::MAX_NAME,
};

/// Maximum number of different words in one search.
pub const MAX_WORDS: usize = 20;
/// Maximum number of characters of a word in the index and in searches; longer words are cut.
pub const MAX_WORD: usize = 60;

/// The words that a matching row must contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    folded: String,
    words: Vec<Word>,
}

/// One word without case and diacritics. It contains letters, digits and marks, and no characters
/// of the database's query syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// 1 to 60 characters; a run has at most 300.
    pub text: String,
    /// Whether the word is a prefix: the last word, which may be unfinished, and a word cut at 60
    /// characters.
    pub is_prefix: bool,
    /// Whether the word is a run (see `words.rs`), which may be part of another run.
    pub is_run: bool,
}

/// A term of the index that a matching row must contain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term<'w> {
    /// Letters, digits and marks.
    pub text: Cow<'w, str>,
    /// Whether terms that begin with this text match, too.
    pub is_prefix: bool,
}

impl Word {
    /// Returns the index terms that a matching row must contain.
    #[must_use]
    pub fn terms(&self) -> Vec<Term<'_>> {
        let Self { text, is_prefix, is_run } = self;
        if *is_run {
            return words::terms_of_run(text);
        }
        vec![Term { text: Cow::Borrowed(text), is_prefix: *is_prefix }]
    }

    /// Whether a row can contain all [`Self::terms`] without containing the word. If so, the
    /// query must check the stored runs, too.
    #[must_use]
    pub fn is_longer_than_terms(&self) -> bool {
        self.is_run && self.text.chars().nth(words::GRAM).is_some()
    }
}

impl Search {
    /// Splits `text` into words, separated by any other characters. Fails with the field `search`
    /// unless there are 1 to 300 characters and at most 20 different words. A text without words
    /// is allowed; it finds nothing.
    pub fn new(text: &str) -> Result<Self> {
        let text = name::trimmed(text);
        if text.is_empty() {
            return Err(Error::invalid("search", "must not be empty"));
        }
        if text.chars().count() > MAX_NAME {
            return Err(Error::invalid("search", "must be at most 300 characters"));
        }
        let words = words(&plain(text));
        if words.len() > MAX_WORDS {
            return Err(Error::invalid("search", "must be at most 20 words"));
        }
        // Text in the database never contains U+0000.
        Ok(Self { folded: fold(text).replace('\0', " "), words })
    }

    /// Returns the whole text, folded like stored titles and names.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Returns the different words.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

fn words(plain: &str) -> Vec<Word> {
    let mut words: Vec<_> = words::parts(plain)
        .into_iter()
        .map(|Part { text, is_run }| Word {
            text: if is_run { text.to_owned() } else { words::truncated(text) },
            is_prefix: !is_run && text.chars().count() >= MAX_WORD,
            is_run,
        })
        .collect();
    if let Some(last) = words.last_mut() {
        last.is_prefix = !last.is_run;
    }
    let mut seen = HashSet::new();
    words.retain(|word| seen.insert(word.text.clone()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the words; `*` marks prefixes.
    fn found(text: &str) -> String {
        let search = Search::new(text).unwrap();
        let shown = search.words().iter().map(|Word { text, is_prefix, is_run }| {
            let star = if *is_prefix { "*" } else { "" };
            let dots = if *is_run { "…" } else { "" };
            format!("{dots}{text}{star}{dots}")
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn all_other_characters_separate_words() {
        for (text, words) in [
            ("Emma", "emma*"),
            ("  Sense &\tSensibility ", "sense sensibility*"),
            ("l’Été à la Plage", "l ete a la plage*"),
            ("\"quoted\" NEAR(a b) -not x:y *", "quoted near a b not x y*"),
            ("a\0b", "a b*"),
            ("1984", "1984*"),
            ("war war", "war"),
            ("war warr", "war warr*"),
            ("हिन्दी", "हिन्दी*"),
            ("xⓐy", "x y*"),
            ("百年孤独", "…百年孤独…"),
            ("Java入門 第2版", "java …入門… …第… 2 …版…"),
            ("ภาษาไทย", "…ภาษาไทย…"),
            ("서울에서 2", "…서울에서… 2*"),
            ("日\u{200b}本・ガイド", "…日本… …ガイド…"),
            ("e\u{301}か\u{3099}", "e …が…"),
            ("?!…", ""),
        ] {
            assert_eq!(found(text), words, "{text}");
        }
    }

    #[test]
    fn a_long_word_is_truncated_to_a_prefix() {
        let long = "x".repeat(61);
        assert_eq!(found(&format!("{long} a")), format!("{}* a*", "x".repeat(60)));
    }

    #[test]
    fn text_and_words_are_bounded() {
        let numbers =
            |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        for (text, ok) in [
            (String::new(), false),
            (" \n".to_owned(), false),
            ("é".repeat(300), true),
            ("é".repeat(301), false),
            (numbers(20), true),
            (numbers(21), false),
            ("a ".repeat(150), true),
        ] {
            assert_eq!(Search::new(&text).is_ok(), ok, "{text}");
        }
    }
}
