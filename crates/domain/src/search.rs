//! Text that titles, names and longer texts are searched for.

use std::collections::HashSet;

use unicode_normalization::char::is_combining_mark;

use crate::{
    Error, Result,
    keyset::{Direction, Key, KeyKind},
    text::{fold, plain},
    validation::MAX_NAME,
};

/// The most different words of one search.
pub const MAX_WORDS: usize = 20;
/// So many characters of a word count.
pub const MAX_WORD: usize = 60;

/// The best first. What a rank is stands with the statement that finds the rows.
pub const RELEVANCE: Key = Key {
    field: "relevance",
    column: "rank",
    kind: KeyKind::Number,
    direction: Direction::Ascending,
};

/// Words that a row must have, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    folded: String,
    words: Vec<Word>,
}

/// One word, without case and diacritics: letters, digits and marks, and nothing that
/// means anything to a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// 1 to 60 characters.
    pub text: String,
    /// Whether a word that only begins like this will do: the last one is perhaps not
    /// typed to its end, and of a long one no more is known.
    pub is_prefix: bool,
}

impl Search {
    /// Every word of `text`, whatever stands between them. Fails with the field `search`
    /// unless there are 1 to 300 characters and at most 20 different words. Text without
    /// a single word is allowed, and finds nothing.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
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
        // No text in a database has the character.
        Ok(Self { folded: fold(text).replace('\0', " "), words })
    }

    /// The whole text as titles and names are stored to be compared.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The words, each once.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

fn words(plain: &str) -> Vec<Word> {
    // Letters in circles and squares are signs to both databases.
    let is_sign = |c| matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    let between = |c: char| is_sign(c) || !(c.is_alphanumeric() || is_combining_mark(c));
    let words = plain.split(between).filter(|word| !word.is_empty());
    let mut words: Vec<_> = words
        .map(|word| Word {
            text: word.chars().take(MAX_WORD).collect(),
            is_prefix: word.chars().count() >= MAX_WORD,
        })
        .collect();
    if let Some(last) = words.last_mut() {
        last.is_prefix = true;
    }
    let mut seen = HashSet::new();
    words.retain(|word| seen.insert(word.text.clone()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words, `*` after those that are prefixes.
    fn found(text: &str) -> String {
        let search = Search::new(text).unwrap();
        let shown = search.words().iter().map(|Word { text, is_prefix }| {
            let star = if *is_prefix { "*" } else { "" };
            format!("{text}{star}")
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_what_stands_between_anything_else() {
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
            ("?!…", ""),
        ] {
            assert_eq!(found(text), words, "{text}");
        }
    }

    #[test]
    fn of_a_long_word_the_beginning_counts() {
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
