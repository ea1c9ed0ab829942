//! Filters with `and`, `or` and `not`, compared with an evaluation of the rows.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, Kind, id};
use crate::it::support::{Client, TestApp};

const ISBNS: [&str; 2] = ["9780141439587", "9780306406157"];
const TITLES: [&str; 4] = ["Emma", "Émile", "Persuasion", "50%"];

/// Rows with every combination of present and absent values.
struct Rows {
    books: Vec<Value>,
    authors: Vec<Value>,
}

impl Rows {
    async fn new(ann: &Client, bob: &Client) -> Self {
        let owners = [(ann, ann.user_id().await), (bob, bob.user_id().await)];
        let (mut books, mut authors) = (Vec::new(), Vec::new());
        let years = [None, Some(-800), Some(1815), Some(1900)];
        for (index, year) in years.iter().cycle().take(16).enumerate() {
            let (client, owner) = &owners[index / 2 % 2];
            let name = TITLES[index / 4];
            let author =
                id(&AUTHOR.create(client, json!({ "name": name, "birthYear": year })).await);
            authors
                .push(json!({ "id": author, "name": name, "birthYear": year, "ownerId": owner }));
            let isbn = (index % 7 == 3).then(|| ISBNS[index % 2]);
            let writer = (index % 3 > 0).then(|| authors[index % 2]["id"].clone());
            let input = json!({
                "title": name, "isbn": isbn, "releaseYear": year,
                "authorIds": writer.iter().collect::<Vec<_>>(),
            });
            let book = id(&BOOK.create(client, input).await);
            books.push(json!({
                "id": book, "title": name, "isbn": isbn, "releaseYear": year,
                "authorId": writer, "ownerId": owner,
            }));
        }
        Self { books, authors }
    }

    /// Returns the rows of an entity.
    fn rows(&self, kind: Kind) -> &[Value] {
        if kind.is_book() { &self.books } else { &self.authors }
    }

    /// Generates a filter of conditions on fields.
    fn conditions(&self, kind: Kind) -> BoxedStrategy<Value> {
        let label = kind.label;
        let year = if kind.is_book() { "releaseYear" } else { "birthYear" };
        let end = || prop::option::of(prop::sample::select(vec![-801, -800, 0, 1815, 1900, 1901]));
        let ids = |of: &[Value], field: &str| {
            let mut ids: Vec<_> = of.iter().map(|row| row[field].clone()).collect();
            ids.push(json!("unknown"));
            prop::sample::select(ids)
        };
        let text = prop::sample::select(vec!["", "emma", "É", "S", "%", "x"]);
        let owner = ids(&self.books, "ownerId").prop_map(|id| json!({ "ownerId": id }));
        let some = prop_oneof![
            text.prop_map(move |text| json!({ label: text })),
            (end(), end()).prop_map(move |(min, max)| json!({ year: { "min": min, "max": max } })),
            owner.clone(),
        ];
        let some = if kind.is_book() {
            let isbn = prop::sample::select(vec![ISBNS[0], ISBNS[1], "9790000000001", ""]);
            let isbn = isbn.prop_map(|isbn| json!({ "isbn": isbn }));
            let author = ids(&self.authors[..3], "id").prop_map(|id| json!({ "authorId": id }));
            prop_oneof![3 => some, 1 => isbn, 1 => author].boxed()
        } else {
            some.boxed()
        };
        prop_oneof![1 => Just(json!({})), 6 => some.clone(), 2 => (some, owner).prop_map(merge)]
            .boxed()
    }

    /// Generates a filter of up to four levels.
    fn filters(&self, kind: Kind) -> BoxedStrategy<Value> {
        let conditions = self.conditions(kind);
        let level = move |inner: BoxedStrategy<Value>| {
            let list = || prop::collection::vec(inner.clone(), 0..4);
            let joined = prop_oneof![
                list().prop_map(|filters| json!({ "and": filters })),
                list().prop_map(|filters| json!({ "or": filters })),
                inner.clone().prop_map(|filter| json!({ "not": filter })),
                (list(), inner.clone())
                    .prop_map(|(filters, filter)| json!({ "or": filters, "not": filter })),
            ];
            prop_oneof![joined.clone(), (joined, conditions.clone()).prop_map(merge)].boxed()
        };
        self.conditions(kind).prop_recursive(4, 24, 3, level).boxed()
    }
}

/// Merges the fields of two filters.
fn merge((left, right): (Value, Value)) -> Value {
    let (Value::Object(mut left), Value::Object(right)) = (left, right) else { panic!() };
    left.extend(right);
    Value::Object(left)
}

/// Evaluates a filter on a row, in two-valued logic.
fn matches_row(filter: &Value, row: &Value) -> bool {
    let all = |list: &Value| list.as_array().unwrap().iter().all(|filter| matches_row(filter, row));
    let any = |list: &Value| list.as_array().unwrap().iter().any(|filter| matches_row(filter, row));
    filter.as_object().unwrap().iter().all(|(field, asked)| match field.as_str() {
        "and" => all(asked),
        "or" => any(asked),
        "not" => !matches_row(asked, row),
        "title" | "name" => {
            let folded = |text: &Value| text.as_str().unwrap().to_lowercase();
            folded(&row[field]).contains(&folded(asked))
        }
        "releaseYear" | "birthYear" => {
            let within = |end: &str, fits: fn(i64, i64) -> bool| match asked[end].as_i64() {
                Some(end) => row[field].as_i64().is_some_and(|year| fits(year, end)),
                None => true,
            };
            within("min", |year, min| year >= min) && within("max", |year, max| year <= max)
        }
        _ => row[field] == *asked,
    })
}

#[tokio::test]
async fn random_filters_find_exactly_the_matching_rows() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let library = Rows::new(&ann, &bob).await;
    let mut runner = TestRunner::new_with_rng(Config::default(), random(1));
    let (mut found_some, mut left_some) = (0, 0);
    for kind in [BOOK, AUTHOR] {
        let filters = library.filters(kind);
        let (name, list) = (kind.name, kind.list);
        let query = format!(
            "query($filter: {name}Filter) {{ rows: {list}(limit: 100, filter: $filter) {{ id }} }}"
        );
        for _ in 0..300 {
            let filter = filters.new_tree(&mut runner).unwrap().current();
            let response = ann.graphql(&query, json!({ "filter": filter })).await.data();
            let ids = |rows: &mut dyn Iterator<Item = &Value>| {
                let mut ids: Vec<_> =
                    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect();
                ids.sort();
                ids
            };
            let found = ids(&mut response["rows"].as_array().unwrap().iter());
            let all = library.rows(kind);
            let expected = ids(&mut all.iter().filter(|row| matches_row(&filter, row)));
            assert_eq!(found, expected, "{name}: {filter}");
            found_some += usize::from(!found.is_empty());
            left_some += usize::from(found.len() < all.len());
        }
    }
    // Filters that match all rows or none would test nothing.
    assert!(found_some > 200 && left_some > 200, "{found_some} {left_some}");
}

/// Returns a random number generator with a seed.
fn random(seed: u8) -> proptest::test_runner::TestRng {
    let algorithm = proptest::test_runner::RngAlgorithm::ChaCha;
    proptest::test_runner::TestRng::from_seed(algorithm, &[seed; 32])
}

#[tokio::test]
async fn not_matches_all_other_rows_including_those_with_null() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (title, year) in [("old", Some(1815)), ("new", Some(1950)), ("unknown", None)] {
        BOOK.create(&ann, json!({ "title": title, "releaseYear": year })).await.data();
        app.clock.advance(chrono::TimeDelta::milliseconds(1));
    }
    for (filter, expected) in [
        ("{ releaseYear: { min: 1900 } }", &["new"][..]),
        ("{ not: { releaseYear: { min: 1900 } } }", &["old", "unknown"]),
        ("{ not: { not: { releaseYear: { min: 1900 } } } }", &["new"]),
        ("{ not: { isbn: \"9780141439587\" } }", &["old", "new", "unknown"]),
        ("{ and: [] }", &["old", "new", "unknown"]),
        ("{ or: [] }", &[]),
        ("{ not: { or: [] } }", &["old", "new", "unknown"]),
        ("{ not: {} }", &[]),
        ("{ or: [{}] }", &["old", "new", "unknown"]),
        ("{ and: null, or: null, not: null }", &["old", "new", "unknown"]),
        ("{ title: \"o\", or: [{ title: \"l\" }, { title: \"u\" }] }", &["old", "unknown"]),
        ("{ title: \"o\", not: { title: \"l\" } }", &["unknown"]),
    ] {
        assert_eq!(BOOK.list(&ann, &format!("filter: {filter}")).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn filters_that_are_too_large_too_deep_or_invalid_are_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let deep = |depth| (1..depth).fold(json!({}), |filter, _| json!({ "not": filter }));
    let wide = |count: usize| json!({ "or": vec![json!({ "ownerId": "x" }); count - 1] });
    let size = json!({ "filter": ["must be at most 50 filters, 8 levels deep"] });
    let long = json!({ "title": "x".repeat(301) });
    let query = "query($filter: BookFilter) { books(filter: $filter) { id } }";
    for filter in [deep(8), wide(50)] {
        anyone.graphql(query, json!({ "filter": filter })).await.data();
    }
    for (filter, fields) in [
        (deep(9), size.clone()),
        (deep(60), size.clone()),
        (wide(51), size.clone()),
        (
            json!({ "or": [{}, { "not": long }] }),
            json!({ "or.1.not.title": ["must be at most 300 characters"] }),
        ),
    ] {
        let refused = anyone.graphql(query, json!({ "filter": filter })).await;
        assert_eq!(
            (refused.error_code().as_str(), refused.error_fields()),
            ("BAD_USER_INPUT", fields)
        );
    }
    // These filters exceed the complexity limit.
    for filter in [wide(1_000), json!({ "or": vec![json!({ "title": "x" }); 40] })] {
        let refused = anyone.graphql(query, json!({ "filter": filter })).await;
        assert_eq!(refused.error_code(), "GRAPHQL_VALIDATION_FAILED", "{}", refused.text);
        assert!(refused.error_message().contains("GRAPHQL_MAX_COMPLEXITY"), "{}", refused.text);
    }
}
