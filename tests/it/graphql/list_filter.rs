//! Filters of lists, one by one and combined.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, Kind, id};
use crate::it::support::{Client, TestApp};

/// Asserts the rows whose `field` contains `part`.
async fn assert_contains(client: &Client, kind: Kind, field: &str, part: &str, expected: &[&str]) {
    // JSON strings are valid GraphQL strings.
    let part = Value::from(part);
    let found = kind.list(client, &format!("filter: {{ {field}: {part} }}")).await;
    assert_eq!(found, expected, "{part}");
}

#[tokio::test]
async fn contains_ignores_case() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let titles = ["Émile", "La Straße", "Οδυσσεύς", "Преступление и наказание", "Emma", "İçli ŞEY"];
    BOOK.create_all(&ann, &app.clock, titles.map(|title| json!({ "title": title }))).await;
    AUTHOR.create_all(&ann, &app.clock, titles.map(|name| json!({ "name": name }))).await;
    for (part, expected) in [
        ("émile", &["Émile"][..]),
        ("ÉMILE", &["Émile"]),
        ("e\u{301}MI", &["Émile"]),
        ("emile", &[]),
        ("STRASSE", &["La Straße"]),
        ("strasse", &["La Straße"]),
        ("ß", &["La Straße"]),
        ("ΟΔΥΣΣΕΎΣ", &["Οδυσσεύς"]),
        ("σσεύσ", &["Οδυσσεύς"]),
        ("ПРЕСТУП", &["Преступление и наказание"]),
        ("и НАК", &["Преступление и наказание"]),
        ("şey", &["İçli ŞEY"]),
        ("MM", &["Emma"]),
        ("m", &["Émile", "Emma"]),
        ("mma ", &[]),
        ("x", &[]),
        ("", &titles),
    ] {
        assert_contains(&ann, BOOK, "title", part, expected).await;
        assert_contains(&ann, AUTHOR, "name", part, expected).await;
    }
}

#[tokio::test]
async fn wildcards_quotes_and_backslashes_are_matched_literally() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let titles = ["100%", "snake_case", r"back\slash", r"\%", "it's", "say \"hi\"", "plain"];
    BOOK.create_all(&ann, &app.clock, titles.map(|title| json!({ "title": title }))).await;
    AUTHOR.create_all(&ann, &app.clock, titles.map(|name| json!({ "name": name }))).await;
    for (part, expected) in [
        ("%", &["100%", r"\%"][..]),
        ("0%", &["100%"]),
        ("1%0", &[]),
        ("_", &["snake_case"]),
        ("e_c", &["snake_case"]),
        ("p_ain", &[]),
        (r"\", &[r"back\slash", r"\%"]),
        (r"\\", &[]),
        (r"\%", &[r"\%"]),
        (r"k\s", &[r"back\slash"]),
        ("'", &["it's"]),
        ("\"", &["say \"hi\""]),
        ("[a-z]", &[]),
        ("*", &[]),
    ] {
        assert_contains(&ann, BOOK, "title", part, expected).await;
        assert_contains(&ann, AUTHOR, "name", part, expected).await;
    }
}

#[tokio::test]
async fn a_filter_text_longer_than_any_title_is_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for (query, field) in [
        ("query($f: BookFilter) { books(filter: $f) { id } }", "title"),
        ("query($f: AuthorFilter) { authors(filter: $f) { id } }", "name"),
    ] {
        // Letters that fold to many letters, and characters that a pattern escapes.
        for part in ["é", "%", "\\", "\u{fdfa}"] {
            let maximal = json!({ "f": { field: part.repeat(300) } });
            anyone.graphql(query, maximal).await.data();
            let longer = json!({ "f": { field: part.repeat(301) } });
            let refused = anyone.graphql(query, longer).await;
            assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{part}");
            let expected = json!({ field: ["must be at most 300 characters"] });
            assert_eq!(refused.error_fields(), expected, "{part}");
        }
    }
}

#[tokio::test]
async fn ids_that_no_row_can_have_match_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    for field in ["authorId", "ownerId"] {
        for unknown in ["", "x", "' or ''='"] {
            let unknown = Value::from(unknown);
            let found = BOOK.list(&ann, &format!("filter: {{ {field}: {unknown} }}")).await;
            assert_eq!(found, [""; 0], "{field} {unknown}");
        }
    }
}

#[tokio::test]
async fn an_isbn_filter_accepts_every_spelling_of_a_whole_isbn() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let books = [
        json!({ "title": "Emma", "isbn": "9780141439587" }),
        json!({ "title": "Old", "isbn": "080442957X" }),
        json!({ "title": "None" }),
    ];
    BOOK.create_all(&ann, &app.clock, books).await;
    for (isbn, expected) in [
        ("9780141439587", &["Emma"][..]),
        ("978-0-14-143958-7", &["Emma"]),
        (" 978 0 14 143958 7 ", &["Emma"]),
        ("0-8044-2957-x", &["Old"]),
        ("9780306406157", &[]),
        ("978014143958", &[]),
        ("9780141439588", &[]),
        ("", &[]),
        ("%", &[]),
    ] {
        assert_contains(&ann, BOOK, "isbn", isbn, expected).await;
    }
}

#[tokio::test]
async fn year_ranges_are_inclusive() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for year in [-800, -725, -1, 0, 1, 1815, 2027] {
        let label = year.to_string();
        BOOK.create(&ann, json!({ "title": label, "releaseYear": year })).await.data();
        AUTHOR.create(&ann, json!({ "name": label, "birthYear": year })).await.data();
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    ann.create_book("unknown").await;
    ann.create_author("unknown").await;
    let unknown_too = &["-800", "-725", "-1", "0", "1", "1815", "2027", "unknown"][..];
    for (range, expected) in [
        ("{ min: -725, max: 0 }", &["-725", "-1", "0"][..]),
        ("{ min: 1815 }", &["1815", "2027"]),
        ("{ max: -725 }", &["-800", "-725"]),
        ("{ min: 1815, max: 1815 }", &["1815"]),
        ("{ min: 1816, max: 1814 }", &[]),
        ("{ min: -2147483648, max: 2147483647 }", &unknown_too[..7]),
        ("{ min: null, max: 0 }", &["-800", "-725", "-1", "0"]),
        ("{ min: null }", unknown_too),
        ("{}", unknown_too),
        ("null", unknown_too),
    ] {
        let books = BOOK.list(&ann, &format!("filter: {{ releaseYear: {range} }}")).await;
        assert_eq!(books, expected, "{range}");
        let authors = AUTHOR.list(&ann, &format!("filter: {{ birthYear: {range} }}")).await;
        assert_eq!(authors, expected, "{range}");
    }
}

#[tokio::test]
async fn absent_and_null_conditions_are_ignored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    ann.create_author("Jane Austen").await;
    let null = "{ title: null, isbn: null, releaseYear: null, authorId: null, ownerId: null }";
    for filter in ["null", "{}", null] {
        assert_eq!(BOOK.list(&ann, &format!("filter: {filter}")).await, ["Emma"]);
    }
    for filter in ["null", "{}", "{ name: null, birthYear: null, ownerId: null }"] {
        assert_eq!(AUTHOR.list(&ann, &format!("filter: {filter}")).await, ["Jane Austen"]);
    }
    let query = "query($filter: BookFilter, $title: String) {
        all: books(filter: $filter) { title } both: books(filter: { title: $title }) { title }
    }";
    let response = ann.graphql(query, json!({})).await.data();
    assert_eq!(
        (&response["all"][0]["title"], &response["both"][0]["title"]),
        (&json!("Emma"), &json!("Emma"))
    );
}

#[tokio::test]
async fn all_conditions_must_hold() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let (anns, bobs) = (ann.user_id().await, bob.user_id().await);
    let input = json!({ "name": "Jane Austen", "birthYear": 1775 });
    let jane = id(&AUTHOR.create(&ann, input).await);
    let input = json!({
        "title": "Emma", "isbn": "9780141439587", "releaseYear": 1815, "authorIds": [jane],
    });
    BOOK.create(&ann, input).await.data();
    // Each book differs from Emma in one condition.
    BOOK.create(&ann, json!({ "title": "Emma", "releaseYear": 1815 })).await.data();
    BOOK.create(&ann, json!({ "title": "Emma", "authorIds": [jane] })).await.data();
    BOOK.create(&bob, json!({ "title": "Emma", "releaseYear": 1815, "authorIds": [jane] }))
        .await
        .data();
    BOOK.create(&ann, json!({ "title": "Anna", "releaseYear": 1815, "authorIds": [jane] }))
        .await
        .data();

    let (title, year) = ("title: \"emma\"", "releaseYear: { min: 1815, max: 1815 }");
    let (author, owner) = (format!("authorId: \"{jane}\""), format!("ownerId: \"{anns}\""));
    for (filter, count) in [
        (title.to_owned(), 4),
        (year.to_owned(), 4),
        (author.clone(), 4),
        (owner.clone(), 4),
        (format!("{title}, {year}"), 3),
        (format!("{title}, {year}, {author}"), 2),
        (format!("{title}, {year}, {author}, {owner}"), 1),
        (format!("{title}, {year}, {author}, {owner}, isbn: \"9780141439587\""), 1),
        (format!("{title}, {year}, {author}, {owner}, isbn: \"080442957X\""), 0),
    ] {
        let found = BOOK.list(&ann, &format!("filter: {{ {filter} }}")).await;
        assert_eq!(found.len(), count, "{filter}");
    }
    let jane = "name: \"jane\", birthYear: { min: 1775 }";
    for (owner, expected) in [(&anns, &["Jane Austen"][..]), (&bobs, &[])] {
        let filter = format!("filter: {{ {jane}, ownerId: \"{owner}\" }}");
        assert_eq!(AUTHOR.list(&ann, &filter).await, expected);
    }
}
