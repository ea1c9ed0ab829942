//! Random searches compared with a model that scans each text. Matches and ranking must be equal on
//! both databases.

use chrono::TimeDelta;
use domain::{
    Search, name,
    search::Word,
    text::{fold, plain},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use unicode_normalization::char::is_combining_mark;

use super::rows::BOOK;
use crate::it::support::{Client, TestApp};

/// Parts of texts: letters with and without diacritics of several scripts, mostly of those without
/// spaces, and separators and invisible characters.
const PARTS: [&str; 92] = [
    "a",
    "e",
    "É",
    "e\u{301}",
    "ü",
    "n",
    "Ñ",
    "ß",
    "SS",
    "ẞ",
    "æ",
    "AE",
    "ø",
    "Ł",
    "đ",
    "þ",
    "ı",
    "İ",
    "σ",
    "ς",
    "Σ",
    "ά",
    "Α",
    "ᾧ",
    "ё",
    "Е",
    "й",
    "И",
    "ж",
    "1",
    "20",
    " ",
    " ",
    "-",
    "'",
    "’",
    "…",
    "/",
    "ﬁ",
    "百",
    "年",
    "孤",
    "独",
    "孤",
    "独",
    "百年",
    "の",
    "の",
    "ガ",
    "カ\u{3099}",
    "ｶﾞ",
    "ー",
    "々",
    "𠀀",
    "𰀀",
    "한",
    "글",
    "라",
    "ก",
    "กิ",
    "กิ่",
    "น",
    "ไ",
    "ລ",
    "ລາ",
    "ក្រ",
    "ក",
    "မြ",
    "မ",
    "ש",
    "ש\u{5c1}\u{5b8}",
    "\u{fb2a}",
    "ل",
    "ل\u{651}\u{64e}",
    "أ",
    "ا",
    "ٱ",
    "ـ",
    "ى",
    "ﻻ",
    "܀",
    "ܐ\u{730}",
    "हि",
    "न्दी",
    "\u{200b}",
    "\u{ad}",
    "\u{200d}",
    "\u{feff}",
    "。",
    "・",
    "๑",
    "５",
];

/// Generates texts of [`PARTS`].
fn texts(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PARTS.to_vec()), length)
        .prop_map(|parts| parts.concat())
        .prop_filter("no title", |text| {
            !name::trimmed(text).is_empty() && name::error_in(name::trimmed(text)).is_none()
        })
}

/// Returns whether a letter belongs to a script without spaces.
fn is_run_letter(letter: char) -> bool {
    matches!(letter, 'ก'..='๛' | 'ກ'..='ໟ' | 'က'..='႟' | 'ក'..='៹' | '々' | 'ぁ'..='ヿ' | '一'..='鿿'
        | '가'..='힣' | '\u{20000}'..='\u{3ffff}')
}

/// Returns whether a text has the search word: as a whole word, as a prefix, or anywhere if it is a
/// run.
fn texts_match(texts: &[String], word: &Word) -> bool {
    let is_letter = |letter: char| {
        (letter.is_alphanumeric() || is_combining_mark(letter)) && !is_run_letter(letter)
    };
    texts.iter().any(|text| {
        let mut words = text.split(|letter| !is_letter(letter));
        if word.text.contains(is_run_letter) {
            text.contains(&word.text)
        } else if word.is_prefix {
            words.any(|other| other.starts_with(&word.text))
        } else {
            words.any(|other| other == word.text)
        }
    })
}

/// Returns the rank of a row, lower is better, or `None` if it does not match.
fn rank(search: &Search, text: &str, [title, body]: [&str; 2]) -> Option<usize> {
    let plain = [title, body].map(plain);
    let fits = |texts: &[String]| search.words().iter().all(|word| texts_match(texts, word));
    if search.words().is_empty() || !fits(&plain) {
        return None;
    }
    Some(if fold(title) == fold(name::trimmed(text)) {
        0
    } else if fits(&plain[..1]) {
        10_000 + fold(title).chars().count()
    } else {
        100_000 + body.chars().count() / 10
    })
}

/// Returns the titles of all matching rows.
async fn search_titles(client: &Client, text: &str) -> Vec<String> {
    let mut search_titles = Vec::new();
    loop {
        let text = Value::from(text);
        let arguments = format!("limit: 100, offset: {}, search: {text}", search_titles.len());
        let page = BOOK.list(client, &arguments).await;
        let is_last = page.len() < 100;
        search_titles.extend(page);
        if is_last {
            return search_titles;
        }
    }
}

#[tokio::test]
async fn random_searches_find_the_matching_rows_in_rank_order() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let rows: Vec<_> = (0..300)
        .map(|_| {
            let mut text = |length| texts(length).new_tree(&mut runner).unwrap().current();
            (text(1..8), text(1..12))
        })
        .collect();
    for rows in rows.chunks(100) {
        let inputs =
            rows.iter().map(|(title, text)| json!({ "title": title, "description": text }));
        BOOK.create_many(&ann, inputs.collect()).await.data();
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    let mut found_some = 0;
    for _ in 0..600 {
        let text = texts(1..5).new_tree(&mut runner).unwrap().current();
        let search = Search::new(&text).unwrap();
        let ranked = rows.iter().enumerate().filter_map(|(number, (title, body))| {
            let title = name::trimmed(title);
            Some((rank(&search, &text, [title, body])?, number, title))
        });
        let mut expected: Vec<_> = ranked.collect();
        expected.sort_unstable();
        let expected: Vec<_> = expected.into_iter().map(|(.., title)| title).collect();
        assert_eq!(search_titles(&ann, &text).await, expected, "{text:?} {search:?}");
        found_some += usize::from(!expected.is_empty());
    }
    assert!(found_some > 200, "{found_some}");
}
