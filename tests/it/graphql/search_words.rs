//! Searches by chance, compared with a model that looks at each text: what is found, and
//! in which order, so that both databases answer the same.

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

/// Parts of texts: letters with and without marks of several scripts, of those without
/// spaces more, and what stands between words or is not seen.
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

fn texts(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PARTS.to_vec()), length)
        .prop_map(|parts| parts.concat())
        .prop_filter("no title", |text| {
            !name::trimmed(text).is_empty() && name::error_in(name::trimmed(text)).is_none()
        })
}

/// Letters that may be searched for wherever they stand among their like.
fn is_of_a_run(c: char) -> bool {
    matches!(c, 'ก'..='๛' | 'ກ'..='ໟ' | 'က'..='႟' | 'ក'..='៹' | '々' | 'ぁ'..='ヿ' | '一'..='鿿'
        | '가'..='힣' | '\u{20000}'..='\u{3ffff}')
}

/// Whether some text has the word: as a word of its own, at the beginning of one, or, if it
/// is a run, anywhere.
fn has(texts: &[String], word: &Word) -> bool {
    let is_letter = |c: char| (c.is_alphanumeric() || is_combining_mark(c)) && !is_of_a_run(c);
    texts.iter().any(|text| {
        let mut words = text.split(|c| !is_letter(c));
        if word.text.contains(is_of_a_run) {
            text.contains(&word.text)
        } else if word.is_prefix {
            words.any(|other| other.starts_with(&word.text))
        } else {
            words.any(|other| other == word.text)
        }
    })
}

/// How well a row fits, the less the better; `None` if it does not.
fn rank(search: &Search, text: &str, [title, body]: [&str; 2]) -> Option<usize> {
    let plain = [title, body].map(plain);
    let fits = |texts: &[String]| search.words().iter().all(|word| has(texts, word));
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

/// The titles that a list finds, however many.
async fn found(client: &Client, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let text = Value::from(text);
        let arguments = format!("limit: 100, offset: {}, search: {text}", found.len());
        let page = BOOK.list(client, &arguments).await;
        let is_last = page.len() < 100;
        found.extend(page);
        if is_last {
            return found;
        }
    }
}

#[tokio::test]
async fn random_searches_find_the_rows_that_have_the_words_in_order_of_their_rank() {
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
        assert_eq!(found(&ann, &text).await, expected, "{text:?} {search:?}");
        found_some += usize::from(!expected.is_empty());
    }
    assert!(found_some > 200, "{found_some}");
}
