//! Hostile requests with their expected status and code. The acceptance tests check them, and
//! `bench hostile` measures their times.

#[path = "scans.rs"]
mod scans;

use serde_json::{Value, json};

use scans::{filters, scans};

/// A request with the status and code of its response; the code is empty without an error.
#[derive(Debug)]
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) body: String,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
const INPUT: &str = "BAD_USER_INPUT";
const REQUEST: &str = "BAD_REQUEST";
const FINE: &str = "";

/// Returns all hostile requests.
pub(crate) fn all() -> Vec<Hostile> {
    [documents(), schemas(), fragments(), texts(), values(), lists(), scans(), filters(), bodies()]
        .concat_all()
}

trait Concat {
    fn concat_all(self) -> Vec<Hostile>;
}

impl<const N: usize> Concat for [Vec<Hostile>; N] {
    fn concat_all(self) -> Vec<Hostile> {
        self.into_iter().flatten().collect()
    }
}

fn document(name: &'static str, code: &'static str, text: impl Into<String>) -> Hostile {
    with(name, code, text, &json!({}))
}

fn with(
    name: &'static str,
    code: &'static str,
    text: impl Into<String>,
    variables: &Value,
) -> Hostile {
    let body = json!({ "query": text.into(), "variables": variables }).to_string();
    Hostile { name, body, status: 200, code }
}

/// Joins `count` parts, each made of its number.
fn many(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().join(" ")
}

/// Nests `inner` in `depth` pairs of `open` and `close`.
fn nested(depth: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Documents at and above the limits.
fn documents() -> Vec<Hostile> {
    let aliases = |count| format!("{{ {} }}", many(count, |n| format!("a{n}: __typename")));
    let below = |text: String| format!("{{ book(id: 1) {{ {text} }} }}");
    let operations =
        |count| many(count, |n| format!("query Q{n} {{ {} }}", "__typename ".repeat(15)));
    vec![
        document("100,000 brackets", PARSE, "{".repeat(100_000)),
        document("60 brackets", PARSE, "{".repeat(60)),
        document("books within books, 10 deep", VALIDATION, deep(5, "books")),
        document("books within books, 1 each", FINE, deep(4, "books(limit: 1)")),
        document("30,000 aliases", PARSE, aliases(30_000)),
        document("600 aliases", VALIDATION, aliases(600)),
        document("a field 1,900 times", VALIDATION, below("title ".repeat(1_900))),
        document("a field 900 times", FINE, below("title ".repeat(900))),
        document("900 unknown fields", VALIDATION, below(many(900, |n| format!("titel{n}")))),
        document(
            "400 arguments that nobody knows",
            VALIDATION,
            below(format!("title({})", many(400, |n| format!("a{n}: {n}")))),
        ),
        document(
            "300 fields of one key with other arguments",
            VALIDATION,
            below(many(300, |n| format!("title(a: {n})"))),
        ),
        document("900 directives", VALIDATION, below(format!("title {}", "@skip ".repeat(900)))),
        document(
            "50 unknown directives",
            VALIDATION,
            below(format!("title {}", many(50, |n| format!("@d{n}")))),
        ),
        document("250 operations", VALIDATION, many(250, |n| format!("query Q{n} {{ id }}"))),
        Hostile {
            body: json!({ "query": operations(50), "operationName": "Q49" }).to_string(),
            ..document("50 operations of 15 fields", FINE, "")
        },
        document(
            "500 variables that nobody uses",
            VALIDATION,
            format!("query({}) {{ __typename }}", many(490, |n| format!("$v{n}: Int"))),
        ),
        document("150 mutations", VALIDATION, {
            let delete = |n| format!("m{n}: deleteBook(id: {n}) {{ id }}");
            format!("mutation {{ {} }}", many(150, delete))
        }),
    ]
}

/// Nests books and their owners this deep.
fn deep(levels: usize, list: &str) -> String {
    let inner = nested(levels - 1, &format!("owner {{ {list} {{ "), "id", " } }");
    format!("{{ {list} {{ {inner} }} }}")
}

/// Introspection queries.
fn schemas() -> Vec<Hostile> {
    let lists = |depth| nested(depth, "fields { type { ofType { ", "name", " } } }");
    let types = |text: String| format!("{{ __schema {{ types {{ {text} }} }} }}");
    vec![
        document("fields of types of fields, 5 deep", VALIDATION, types(lists(5))),
        document("fields of types of fields, 2 deep", FINE, types(lists(2))),
        document("all types with a name 700 times", FINE, types("name ".repeat(700))),
        document("all fields with a name 900 times", VALIDATION, {
            types(format!("fields {{ {} }}", "name ".repeat(900)))
        }),
        document("ofType 30 deep", VALIDATION, types(nested(30, "ofType { ", "name", " }"))),
        document("30 schemas", FINE, {
            let one = "__schema { types { fields { name args { name } } } }";
            format!("{{ {} }}", many(30, |n| format!("s{n}: {one}")))
        }),
    ]
}

/// Exponential and cyclic fragments.
fn fragments() -> Vec<Hostile> {
    let bomb = |levels: usize, spreads: usize, last: &str| {
        let fragment = |n: usize| {
            let next = format!("...F{} ", n + 1).repeat(spreads);
            format!("fragment F{n} on Query {{ {next} }}")
        };
        let fragments = many(levels, fragment);
        format!("{{ ...F0 }} {fragments} fragment F{levels} on Query {{ {last} }}")
    };
    let all = |count: usize| {
        let spreads = many(count, |n| format!("...F{n}"));
        let fragment = |n| format!("fragment F{n} on Query {{ {spreads} }}");
        format!("{{ {spreads} }} {}", many(count, fragment))
    };
    vec![
        document("a bomb of 10^20 fields", VALIDATION, bomb(20, 10, "__typename")),
        document("a bomb without a field", VALIDATION, bomb(20, 10, "...Nowhere")),
        document("a bomb in a circle", VALIDATION, bomb(20, 10, "...F0")),
        document("200 fragments in a row", FINE, bomb(200, 1, "__typename")),
        document("fragments that spread each other", VALIDATION, all(15)),
        document("a circle", VALIDATION, "{ ...A } fragment A on Query { ...A }"),
        document("200 fragments that nobody spreads", VALIDATION, {
            format!("{{ id }} {}", many(200, |n| format!("fragment F{n} on Book {{ id }}")))
        }),
        document("inline fragments, 60 deep", FINE, {
            nested(60, "{ ... on Query ", "{ __typename }", " }")
        }),
    ]
}

/// Long and unusual texts.
fn texts() -> Vec<Hostile> {
    let title = |text: String| format!("{{ books(filter: {{ title: {text} }}) {{ id }} }}");
    let long = |text: &str| text.repeat(60_000 / text.len());
    vec![
        document("a name of 60 KB", VALIDATION, format!("{{ {} }}", long("x"))),
        document("a text of 60 KB", INPUT, title(format!("\"{}\"", long("x")))),
        document("a block text of 60 KB", INPUT, title(format!("\"\"\"{}\"\"\"", long("x\n")))),
        document("10,000 escapes", INPUT, title(format!("\"{}\"", long("\\u00e9")))),
        document("half an escape", PARSE, title("\"\\ud800\"".to_owned())),
        document("60,000 quotes", PARSE, long("\"")),
        document("a text without an end", PARSE, title(format!("\"{}", long("x")))),
        document("60 KB of comments", FINE, format!("{{ __typename }} {}", long("# x\n"))),
        document("60 KB of commas", FINE, format!("{{ __typename {} }}", long(","))),
        document("60,000 dots", PARSE, long(".")),
        document("20,000 byte order marks", PARSE, long("\u{feff}")),
        document("a number of 60,000 digits", PARSE, {
            format!("{{ books(limit: {}) {{ id }} }}", long("9"))
        }),
        document("a megabyte of document", PARSE, "x".repeat(1_000_000)),
        document("a pattern of percents", FINE, title(format!("\"{}\"", "%".repeat(300)))),
    ]
}

/// Values of arguments and variables.
fn values() -> Vec<Hostile> {
    let filter = "query($x: BookFilter) { books(filter: $x) { id } }";
    let order = "query($x: [BookOrder!]) { books(orderBy: $x) { id } }";
    let create = "mutation($x: CreateBookInput!) { createBook(input: $x) { id } }";
    let ids = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
    let keys = |count: usize| {
        (0..count).map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>()
    };
    let deep = |depth| -> Value {
        serde_json::from_str(&nested(depth, "[", "1", "]")).unwrap_or_default()
    };
    vec![
        with(
            "100,000 ids",
            INPUT,
            create,
            &json!({ "x": { "title": "x", "authorIds": ids(100_000) } }),
        ),
        with(
            "1,000 ids",
            "UNAUTHENTICATED",
            create,
            &json!({ "x": { "title": "x", "authorIds": ids(1_000) } }),
        ),
        with("60,000 variables", FINE, "{ __typename }", &Value::Object(keys(60_000))),
        with("10,000 variables", FINE, "{ __typename }", &Value::Object(keys(10_000))),
        with("an input of 10,000 fields", INPUT, filter, &json!({ "x": keys(10_000) })),
        with("a list of lists, 120 deep", INPUT, order, &json!({ "x": deep(120) })),
        with("a text of 900 KB", INPUT, filter, &json!({ "x": { "title": "x".repeat(900_000) } })),
        with("1,000 keys to sort by", FINE, order, &json!({ "x": vec!["TITLE_ASC"; 1_000] })),
        with(
            "a number beyond all",
            INPUT,
            "query($x: Int!) { books(limit: $x) { id } }",
            &json!({ "x": 1e308 }),
        ),
        document("1,500 values in a document", VALIDATION, {
            format!("{{ books(orderBy: [{}]) {{ id }} }}", "TITLE_ASC ".repeat(1_500))
        }),
        document("objects within objects, 60 deep", VALIDATION, {
            format!("{{ books(filter: {}) {{ id }} }}", nested(58, "{a:", "1", "}"))
        }),
    ]
}

/// Batches of maximal length.
fn lists() -> Vec<Hostile> {
    let wide = "id title isbn releaseYear createdAt updatedAt owner { id name image }";
    vec![
        document("lists of a billion books", VALIDATION, deep(4, "books(limit: 100)")),
        document("a list of two billion", VALIDATION, "{ books(limit: 2147483647) { id } }"),
        document("9,900 books", FINE, {
            let one = |n| format!("b{n}: books(limit: 100, offset: {n}) {{ {wide} }}");
            format!("{{ {} }}", many(9, one))
        }),
        document("100 books of each of 98 owners", FINE, {
            "{ books(limit: 98) { owner { books(limit: 100) { id } } } }"
        }),
        document("the authors of books of authors", FINE, {
            "{ books(limit: 100) { authors { books(limit: 3) { authors { id } } } } }"
        }),
        document("a page far beyond the end", FINE, {
            "{ books(limit: 100, offset: 2147483647, orderBy: [TITLE_ASC]) { id } }"
        }),
    ]
}

/// Bodies that are no requests.
fn bodies() -> Vec<Hostile> {
    let body = |name, status, code, body: String| Hostile { name, body, status, code };
    let batch = |count| format!("[{}]", vec!["{\"query\":\"{ __typename }\"}"; count].join(","));
    vec![
        body("100,000 brackets of JSON", 400, REQUEST, "[".repeat(100_000)),
        body("JSON within JSON", 400, REQUEST, {
            format!(
                "{{\"query\":\"{{ a }}\",\"variables\":{}}}",
                nested(50_000, "{\"a\":", "1", "}")
            )
        }),
        body("10,000 requests in one body", 400, REQUEST, batch(10_000)),
        body("two megabytes", 413, "PAYLOAD_TOO_LARGE", " ".repeat(2_000_000)),
        body(
            "a megabyte of keys",
            400,
            REQUEST,
            format!("{{{}}}", many(60_000, |n| format!("\"k{n}\":1,"))),
        ),
        body("half a surrogate", 200, PARSE, "{\"query\":\"\\ud800\"}".to_owned()),
    ]
}
