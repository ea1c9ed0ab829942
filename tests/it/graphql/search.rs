//! Full-text search: matches, ranking and invalid searches.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, Kind, labels};
use crate::it::support::{Client, TestApp};

/// Titles with descriptions, or names with biographies.
const ROWS: [(&str, &str); 10] = [
    ("Emma", "A matchmaker is wrong about everybody, herself among them."),
    ("Emma Brown", "A fragment by Charlotte Brontë."),
    ("The Professor", "Emma's neighbour by Brontë, in Brussels."),
    ("Les Misérables", "Un ancien forçat."),
    ("Ὀδύσσεια", "Ένας άνθρωπος πολύτροπος."),
    ("Ёлки", "Преступление и йод."),
    ("Die Straße", "ÆRØ, Łódź & co; 1984."),
    ("C++ (2nd ed.)", "Not NEAR, AND or OR; 100% \"quoted\", it's x:y *."),
    ("हिन्दी कहानी", "한글 이야기"),
    ("Emmanuel", ""),
];

/// Starts an application with [`ROWS`] as books and as authors.
async fn start_with_rows() -> (TestApp, Client) {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in [BOOK, AUTHOR] {
        let body = if kind.is_book() { "description" } else { "bio" };
        let inputs = ROWS.map(|(title, text)| json!({ kind.label: title, body: text }));
        kind.create_all(&ann, &app.clock, inputs).await;
    }
    (app, ann)
}

/// Returns the titles or names that a search finds.
async fn search(client: &Client, kind: Kind, text: &str) -> Vec<String> {
    kind.list(client, &format!("search: {}", Value::from(text))).await
}

#[tokio::test]
async fn all_words_must_match_ignoring_case_and_diacritics() {
    let (_app, ann) = start_with_rows().await;
    for (text, expected) in [
        ("emma", &["Emma", "Emmanuel", "Emma Brown", "The Professor"][..]),
        ("EMMA bronte", &["Emma Brown", "The Professor"]),
        ("brontë brussels", &["The Professor"]),
        ("bronte\u{308}", &["Emma Brown", "The Professor"]),
        ("emma hamlet", &[]),
        ("MISERABLES", &["Les Misérables"]),
        ("forcat", &["Les Misérables"]),
        ("οδυσσεια", &["Ὀδύσσεια"]),
        ("ΟΔΎΣΣΕΙΑ", &["Ὀδύσσεια"]),
        ("ανθρωποσ", &["Ὀδύσσεια"]),
        ("елки", &["Ёлки"]),
        ("преступление иод", &["Ёлки"]),
        ("strasse", &["Die Straße"]),
        ("STRAẞE", &["Die Straße"]),
        ("aero", &[]),
        ("aero lodz", &[]),
        ("aer lodz", &[]),
        ("aero 1984", &[]),
        ("ærø łódź", &["Die Straße"]),
        ("AEro lodz 1984", &["Die Straße"]),
        ("198", &["Die Straße"]),
        ("c 2nd", &["C++ (2nd ed.)"]),
        ("हिन्दी", &["हिन्दी कहानी"]),
        ("한글", &["हिन्दी कहानी"]),
        ("이야", &["हिन्दी कहानी"]),
    ] {
        // Without diacritics, ÆRØ is aero.
        let expected = if text.starts_with("aero") { &["Die Straße"][..] } else { expected };
        for kind in [BOOK, AUTHOR] {
            assert_eq!(search(&ann, kind, text).await, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn only_the_last_word_matches_prefixes() {
    let (_app, ann) = start_with_rows().await;
    for (text, expected) in [
        ("emma b", &["Emma Brown", "The Professor"][..]),
        ("emm brown", &[]),
        ("brown emm", &["Emma Brown"]),
        ("mma", &[]),
        ("match", &["Emma"]),
    ] {
        assert_eq!(search(&ann, BOOK, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn search_text_has_no_syntax() {
    let (_app, ann) = start_with_rows().await;
    for (text, expected) in [
        ("\"emma", &["Emma", "Emmanuel", "Emma Brown", "The Professor"][..]),
        ("emma\"\"brown", &["Emma Brown"]),
        ("emma*", &["Emma", "Emmanuel", "Emma Brown", "The Professor"]),
        ("em*a", &[]),
        ("-emma", &["Emma", "Emmanuel", "Emma Brown", "The Professor"]),
        ("emma -brown", &["Emma Brown"]),
        ("NEAR(and or)", &["C++ (2nd ed.)"]),
        ("NEAR and/or", &["C++ (2nd ed.)"]),
        ("x:y", &["C++ (2nd ed.)"]),
        ("title:emma", &[]),
        ("{title} : emma", &[]),
        ("emma & !brown | (bronte)", &["Emma Brown"]),
        ("emma:A", &["Emma Brown", "Emma"]),
        ("emma <-> brown", &["Emma Brown"]),
        ("'); drop table \"book\"; --", &[]),
        ("it's", &["C++ (2nd ed.)"]),
        ("^emma", &["Emma", "Emmanuel", "Emma Brown", "The Professor"]),
        ("?!… ** () \"\"", &[]),
        ("%", &[]),
        ("🏺", &[]),
        ("\u{301}", &[]),
    ] {
        for kind in [BOOK, AUTHOR] {
            let response = kind.query_list(&ann, &format!("search: {}", Value::from(text))).await;
            let found = labels(&response.data()["rows"], kind.label);
            // The phrase "everybody, herself among them" has a word that begins with a.
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn title_matches_rank_before_descriptions_and_whole_titles_first() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let rows = [
        ("Other", "It is all about the war, and then some peace."),
        ("War and Peace: the Making Of", ""),
        ("Short", "War, peace."),
        ("The War for Peace", ""),
        ("War Peace", ""),
        ("War", "Not of peace."),
        ("The War of Peace", ""),
    ];
    for kind in [BOOK, AUTHOR] {
        let body = if kind.is_book() { "description" } else { "bio" };
        let inputs = rows.map(|(title, text)| json!({ kind.label: title, body: text }));
        kind.create_all(&ann, &app.clock, inputs).await;
        let expected = [
            "War Peace",
            "The War of Peace",
            "The War for Peace",
            "War and Peace: the Making Of",
            "Short",
            "War",
            "Other",
        ];
        assert_eq!(search(&ann, kind, " WAR peace").await, expected);
        let page = kind.list(&ann, "search: \"war peace\", limit: 3, offset: 2").await;
        assert_eq!(page, expected[2..5]);
        let order = if kind.is_book() { "TITLE_DESC" } else { "NAME_DESC" };
        let sorted = kind.list(&ann, &format!("search: \"war peace\", orderBy: {order}")).await;
        assert_eq!(sorted[..2], ["War Peace", "War and Peace: the Making Of"]);
        assert_eq!(sorted.len(), 7);
        let added = kind.list(&ann, "search: \"war peace\", orderBy: CREATED_AT_ASC").await;
        assert_eq!(added, rows.map(|(title, _)| title));
    }
}

#[tokio::test]
async fn rows_of_equal_rank_are_sorted_by_creation() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(ann.create_book("Emma").await);
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    let response = ann.query("{ books(search: \"emm\") { id } }").await.data();
    assert_eq!(labels(&response["books"], "id"), ids);
}

#[tokio::test]
async fn a_search_combines_with_a_filter() {
    let (_app, ann) = start_with_rows().await;
    let both = "search: \"emma\", filter: { not: { title: \"brown\" } }";
    assert_eq!(BOOK.list(&ann, both).await, ["Emma", "Emmanuel", "The Professor"]);
    let both = "search: \"emma\", filter: { name: \"x\" }";
    assert_eq!(AUTHOR.list(&ann, both).await, [""; 0]);
}

#[tokio::test]
async fn connections_page_by_relevance_in_both_directions() {
    let (_app, ann) = start_with_rows().await;
    let all = ["Emma", "Emmanuel", "Emma Brown", "The Professor"];
    for (list, label) in [("books", "title"), ("authors", "name")] {
        let query = format!(
            "query($f: Int, $l: Int, $a: String, $b: String, $s: String) {{
                rows: {list}Connection(search: $s, first: $f, last: $l, after: $a, before: $b) {{
                    nodes {{ label: {label} }} totalCount
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
                }}
            }}"
        );
        let query_page = async |page: Value| ann.graphql(&query, page).await.data()["rows"].clone();

        let first = query_page(json!({ "s": "emma", "f": 2 })).await;
        assert_eq!(labels(&first["nodes"], "label"), all[..2]);
        assert_eq!(first["totalCount"], 4);
        assert_eq!(first["pageInfo"]["hasNextPage"], true);
        assert_eq!(first["pageInfo"]["hasPreviousPage"], false);
        let end = &first["pageInfo"]["endCursor"];
        let next = query_page(json!({ "s": "emma", "f": 5, "a": end })).await;
        assert_eq!(labels(&next["nodes"], "label"), all[2..]);
        assert_eq!(next["pageInfo"]["hasNextPage"], false);
        assert_eq!(next["pageInfo"]["hasPreviousPage"], true);
        let start = &next["pageInfo"]["startCursor"];
        let back = query_page(json!({ "s": "emma", "l": 1, "b": start })).await;
        assert_eq!(labels(&back["nodes"], "label"), all[1..2]);
        // A cursor of another sort order is invalid.
        let refused = ann.graphql(&query, json!({ "f": 1, "a": end })).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn empty_and_too_long_searches_are_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let words = |count: usize| (0..count).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    for (text, message) in [
        (String::new(), "must not be empty"),
        (" \t\n".to_owned(), "must not be empty"),
        ("x".repeat(301), "must be at most 300 characters"),
        ("\"* ".repeat(3_334), "must be at most 300 characters"),
        (words(21), "must be at most 20 words"),
    ] {
        for list in ["books", "authors", "booksConnection", "authorsConnection"] {
            let query = format!("query($s: String) {{ {list}(search: $s) {{ __typename }} }}");
            let refused = anyone.graphql(&query, json!({ "s": text })).await;
            assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{list}");
            assert_eq!(refused.error_fields(), json!({ "search": [message] }));
        }
    }
    for text in [words(20), "x".repeat(300), "é".repeat(300)] {
        let query = "query($s: String) { books(search: $s) { id } }";
        anyone.graphql(query, json!({ "s": text })).await.data();
    }
}

#[tokio::test]
async fn a_null_search_is_ignored() {
    let (_app, ann) = start_with_rows().await;
    assert_eq!(BOOK.list(&ann, "search: null").await.len(), ROWS.len());
    assert_eq!(AUTHOR.list(&ann, "search: null").await.len(), ROWS.len());
}
