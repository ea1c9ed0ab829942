//! Requests that make the database read many rows.

use serde_json::{Value, json};

use super::{FINE, Hostile, INPUT, VALIDATION, document, many, with};

/// Requests that read whole tables.
pub(super) fn scans() -> Vec<Hostile> {
    let fields = |count, field: &dyn Fn(usize) -> String| {
        format!("{{ {} }}", many(count, |n| format!("a{n}: {}", field(n))))
    };
    let count = |_| "booksConnection(first: 1) { totalCount }".to_owned();
    let nowhere =
        |n| format!("books(filter: {{ title: \"qzx{n}\" }}, orderBy: [TITLE_DESC]) {{ id }}");
    let search = |text: &str| format!("books(search: \"{text}\", limit: 100) {{ id }}");
    let letter =
        |n| search(&char::from(b'a' + u8::try_from(n % 26).unwrap_or_default()).to_string());
    let words = many(20, |n| format!("w{n}"));
    let long = "x".repeat(300);
    let cursor = |cursor: &str| {
        format!("{{ booksConnection(after: \"{cursor}\") {{ edges {{ cursor }} }} }}")
    };
    vec![
        document("30 counts", VALIDATION, fields(30, &count)),
        document("9 counts", FINE, fields(9, &count)),
        document("30 filters for what is nowhere", VALIDATION, fields(30, &nowhere)),
        document("4 filters for what is nowhere", FINE, fields(4, &nowhere)),
        document("30 searches for a letter", VALIDATION, fields(30, &letter)),
        document("a search for a letter", FINE, fields(1, &|_| search("e"))),
        document(
            "3 searches for what is nowhere",
            FINE,
            fields(3, &|n| search(&format!("qzx{n}"))),
        ),
        document("a search for 20 words", FINE, fields(1, &|_| search(&words))),
        document("a search for 20 letters", FINE, {
            fields(1, &|_| {
                search(&many(20, |n| {
                    char::from(b'a' + u8::try_from(n).unwrap_or_default()).to_string()
                }))
            })
        }),
        document("a search for a word of 300 letters", FINE, fields(1, &|_| search(&long))),
        document("a search for 301 letters", INPUT, fields(1, &|_| search(&format!("{long}x")))),
        document(
            "a search for 1,000 marks",
            INPUT,
            fields(1, &|_| search(&"*\\\"&|!:() ".repeat(100))),
        ),
        document("how many books each author has", FINE, {
            "{ authors(limit: 100) { booksConnection(first: 1) { totalCount } } }"
        }),
        document("pages of pages of pages", VALIDATION, {
            let page =
                |field: &str, inner: &str| format!("{field}(first: 100) {{ nodes {{ {inner} }} }}");
            let books = page("booksConnection", "id");
            format!(
                "{{ {} }}",
                page(
                    "authorsConnection",
                    &page("booksConnection", &page("authorsConnection", &books))
                )
            )
        }),
        document("a cursor of 60 KB", INPUT, cursor(&"A".repeat(60_000))),
        document("a cursor of noise", INPUT, cursor("%00\u{1f3fa}=-_")),
    ]
}

/// Filters with many and deeply nested conditions.
pub(super) fn filters() -> Vec<Hostile> {
    let query = "query($x: BookFilter) { books(filter: $x, orderBy: [TITLE_ASC]) { id } }";
    let ask = |name, code, filter: Value| with(name, code, query, &json!({ "x": filter }));
    let nots =
        |depth| (1..depth).fold(json!({ "title": "qzx" }), |inner, _| json!({ "not": inner }));
    let titles = |count| json!({ "or": (0..count).map(|n| json!({ "title": format!("qz{n}") })).collect::<Vec<_>>() });
    let owners = |count| json!({ "or": vec![json!({ "ownerId": "x" }); count] });
    let both =
        |depth| (1..depth).fold(json!({}), |inner, _| json!({ "and": [inner], "or": [inner] }));
    vec![
        ask("a filter 8 levels deep", FINE, nots(8)),
        ask("a filter 60 levels deep", INPUT, nots(60)),
        ask("a filter of 10 titles", FINE, titles(10)),
        ask("a filter of 49 titles", VALIDATION, titles(49)),
        ask("a filter of 49 owners", FINE, owners(49)),
        ask("a filter of 55 owners", INPUT, owners(55)),
        ask("a filter of 900 owners", VALIDATION, owners(900)),
        ask("a filter of 4,000 empty ones", VALIDATION, both(12)),
        with(
            "one variable in a filter 600 times",
            INPUT,
            format!(
                "query($x: BookFilter!) {{ books(filter: {{ or: [{}] }}) {{ id }} }}",
                "$x ".repeat(600)
            ),
            &json!({ "x": owners(900) }),
        ),
    ]
}
