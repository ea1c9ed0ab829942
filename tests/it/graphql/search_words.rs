//! Searches by chance, compared with the words themselves.

use std::collections::HashSet;

use domain::{Search, text::plain};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use super::rows::{BOOK, labels};
use crate::it::support::TestApp;

/// Parts of texts: letters with and without marks of several scripts, and what stands
/// between words.
const PARTS: [&str; 40] = [
    "a", "e", "É", "e\u{301}", "ü", "n", "Ñ", "ß", "SS", "ẞ", "æ", "AE", "ø", "Ł", "đ", "þ", "ı",
    "İ", "σ", "ς", "Σ", "ά", "Α", "ᾧ", "ё", "Е", "й", "И", "ж", "한", "1", "20", " ", " ", "-",
    "'", "’", "…", "/", "ﬁ",
];

fn texts(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PARTS.to_vec()), length)
        .prop_map(|parts| parts.concat())
        .prop_filter("no text", |text| !text.trim().is_empty())
}

/// Whether the texts have every word of the search.
fn matches(search: &Search, texts: [&str; 2]) -> bool {
    let words: Vec<_> = texts.map(plain).to_vec();
    let words: HashSet<_> = words
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    let all = search.words().iter().all(|word| {
        words.contains(word.text.as_str())
            || word.is_prefix && words.iter().any(|other| other.starts_with(&word.text))
    });
    all && !search.words().is_empty()
}

#[tokio::test]
async fn random_searches_find_exactly_the_rows_that_have_the_words() {
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
    }
    let mut found_some = 0;
    for _ in 0..400 {
        let text = texts(1..5).new_tree(&mut runner).unwrap().current();
        let search = Search::new(&text).unwrap();
        let mut found = Vec::new();
        while found.len() % 100 == 0 {
            let arguments = format!(
                "limit: 100, offset: {}, search: {}",
                found.len(),
                Value::from(text.as_str())
            );
            let page = BOOK.ask(&ann, &arguments).await.data()["rows"].clone();
            if page.as_array().unwrap().is_empty() {
                break;
            }
            found.extend(labels(&page, "title"));
        }
        let hits = rows.iter().filter(|(title, text)| matches(&search, [title, text]));
        let mut expected: Vec<_> = hits.map(|(title, _)| title.trim().to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text:?}");
        found_some += usize::from(!found.is_empty());
    }
    assert!(found_some > 100, "{found_some}");
}
