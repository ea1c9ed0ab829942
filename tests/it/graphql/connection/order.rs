//! Pages in any sort order and size, from both ends, compared with the list.

use chrono::TimeDelta;
use serde_json::json;

use super::{backwards, field, forwards};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK, Kind, id, labels},
    support::{Client, TestApp},
};

/// A random number generator with a seed.
struct Random(u64);

impl Random {
    /// Returns a number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// Returns one of the choices.
    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

const TITLES: [&str; 12] =
    ["a", "A", "Émile", "émile", "ecole", "zebra", "Straße", "STRASSE", "Ω", "本", "🦆", "a b"];
const YEARS: [Option<i32>; 6] = [None, None, Some(-3000), Some(0), Some(1815), Some(2027)];

/// Creates rows, many with equal sort keys, and many of the same millisecond.
async fn fill(app: &TestApp, client: &Client, kind: Kind, random: &mut Random, rows: usize) {
    let year = if kind.is_book() { "releaseYear" } else { "birthYear" };
    for _ in 0..rows {
        let input = json!({ kind.label(): random.one_of(&TITLES), year: random.one_of(&YEARS) });
        id(&kind.create(client, input).await);
        app.clock.advance(TimeDelta::milliseconds(random.one_of(&[0, 0, 1, 999])));
    }
}

/// Returns one to three random sort keys.
fn order(random: &mut Random, keys: [&str; 3]) -> String {
    let keys: Vec<_> = (0..=random.below(3))
        .map(|_| format!("{}_{}", random.one_of(&keys), random.one_of(&["ASC", "DESC"])))
        .collect();
    keys.join(", ")
}

/// Asserts that pages of this size contain the list, in both directions.
async fn assert_same(client: &Client, kind: Kind, arguments: &str, size: usize) {
    let list = kind.list_name();
    let response = client.query(&format!("{{ {list}(limit: 100{arguments}) {{ id }} }}")).await;
    let expected = labels(&response.data()[list], "id");
    assert!(expected.len() < 100);
    let connection = field(kind);
    let description = format!("{connection} {arguments} by {size}");
    assert_eq!(forwards(client, connection, arguments, size).await, expected, "{description}");
    assert_eq!(backwards(client, connection, arguments, size).await, expected, "{description}");
}

#[tokio::test]
async fn pages_of_any_size_and_order_contain_the_list() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut random = Random(20_261_121);
    for (kind, keys) in [
        (BOOK, ["TITLE", "RELEASE_YEAR", "CREATED_AT"]),
        (AUTHOR, ["NAME", "BIRTH_YEAR", "CREATED_AT"]),
    ] {
        fill(&app, &ann, kind, &mut random, 40).await;
        assert_same(&ann, kind, "", 7).await;
        for key in keys {
            for direction in ["ASC", "DESC"] {
                let order = format!(", orderBy: [{key}_{direction}]");
                assert_same(&ann, kind, &order, 1 + random.below(12)).await;
            }
        }
        for _ in 0..16 {
            let order = format!(", orderBy: [{}]", order(&mut random, keys));
            assert_same(&ann, kind, &order, 1 + random.below(12)).await;
        }
        let filter =
            format!(", orderBy: [{}_DESC], filter: {{ {}: \"e\" }}", keys[1], kind.label());
        assert_same(&ann, kind, &filter, 2).await;
    }
}

#[tokio::test]
async fn a_page_between_two_cursors_has_the_rows_between_them() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut random = Random(7);
    fill(&app, &ann, BOOK, &mut random, 30).await;
    for _ in 0..20 {
        let order = order(&mut random, ["TITLE", "RELEASE_YEAR", "CREATED_AT"]);
        let whole = super::page(&ann, &format!("booksConnection(orderBy: [{order}])")).await;
        let (ids, cursors) = (whole.ids(), whole.cursors());
        let (start, end) = (random.below(30), random.below(30));
        let between = ids.get(start + 1..end).unwrap_or_default();
        let cursor_arguments =
            format!("after: \"{}\", before: \"{}\"", cursors[start], cursors[end]);
        let size = 1 + random.below(30);
        for (size_argument, expected) in [
            ("first", between.iter().take(size).collect::<Vec<_>>()),
            ("last", between.iter().skip(between.len().saturating_sub(size)).collect()),
        ] {
            let connection_field = format!(
                "booksConnection({size_argument}: {size}, {cursor_arguments}, orderBy: [{order}])"
            );
            let page = super::page(&ann, &connection_field).await;
            assert_eq!(page.ids().iter().collect::<Vec<_>>(), expected, "{connection_field}");
            assert_eq!(page.has_neighbors(), (true, true), "{connection_field}");
        }
    }
}
