//! Pages laid side by side are the list, in any order, from either end.

use chrono::TimeDelta;
use serde_json::json;

use super::{backwards, field, forwards};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK, Kind, id, labels},
    support::{Client, TestApp},
};

/// A generator of the same numbers for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

const TITLES: [&str; 12] =
    ["a", "A", "Émile", "émile", "ecole", "zebra", "Straße", "STRASSE", "Ω", "本", "🦆", "a b"];
const YEARS: [Option<i32>; 6] = [None, None, Some(-3000), Some(0), Some(1815), Some(2027)];

/// Adds rows of which many have equal keys, and many were added at the same instant.
async fn fill(app: &TestApp, client: &Client, kind: Kind, numbers: &mut Numbers, rows: usize) {
    let year = if kind.is_book() { "releaseYear" } else { "birthYear" };
    for _ in 0..rows {
        let input = json!({ kind.label(): numbers.one_of(&TITLES), year: numbers.one_of(&YEARS) });
        id(&kind.create(client, input).await);
        app.clock.advance(TimeDelta::milliseconds(numbers.one_of(&[0, 0, 1, 999])));
    }
}

/// One to three keys, in any directions.
fn order(numbers: &mut Numbers, keys: [&str; 3]) -> String {
    let keys: Vec<_> = (0..=numbers.below(3))
        .map(|_| format!("{}_{}", numbers.one_of(&keys), numbers.one_of(&["ASC", "DESC"])))
        .collect();
    keys.join(", ")
}

async fn assert_same(client: &Client, kind: Kind, arguments: &str, size: usize) {
    let list = kind.list_name();
    let response = client.query(&format!("{{ {list}(limit: 100{arguments}) {{ id }} }}")).await;
    let expected = labels(&response.data()[list], "id");
    assert!(expected.len() < 100);
    let connection = field(kind);
    let shown = format!("{connection} {arguments} by {size}");
    assert_eq!(forwards(client, connection, arguments, size).await, expected, "{shown}");
    assert_eq!(backwards(client, connection, arguments, size).await, expected, "{shown}");
}

#[tokio::test]
async fn pages_of_any_size_in_any_order_are_the_list() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut numbers = Numbers(20_261_121);
    for (kind, keys) in [
        (BOOK, ["TITLE", "RELEASE_YEAR", "CREATED_AT"]),
        (AUTHOR, ["NAME", "BIRTH_YEAR", "CREATED_AT"]),
    ] {
        fill(&app, &ann, kind, &mut numbers, 40).await;
        assert_same(&ann, kind, "", 7).await;
        for key in keys {
            for direction in ["ASC", "DESC"] {
                let order = format!(", orderBy: [{key}_{direction}]");
                assert_same(&ann, kind, &order, 1 + numbers.below(12)).await;
            }
        }
        for _ in 0..16 {
            let order = format!(", orderBy: [{}]", order(&mut numbers, keys));
            assert_same(&ann, kind, &order, 1 + numbers.below(12)).await;
        }
        let filter =
            format!(", orderBy: [{}_DESC], filter: {{ {}: \"e\" }}", keys[1], kind.label());
        assert_same(&ann, kind, &filter, 2).await;
    }
}

#[tokio::test]
async fn any_two_cursors_enclose_what_the_list_has_between_them() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut numbers = Numbers(7);
    fill(&app, &ann, BOOK, &mut numbers, 30).await;
    for _ in 0..20 {
        let order = order(&mut numbers, ["TITLE", "RELEASE_YEAR", "CREATED_AT"]);
        let whole = super::page(&ann, &format!("booksConnection(orderBy: [{order}])")).await;
        let (ids, cursors) = (whole.ids(), whole.cursors());
        let (from, to) = (numbers.below(30), numbers.below(30));
        let between = ids.get(from + 1..to).unwrap_or_default();
        let places = format!("after: \"{}\", before: \"{}\"", cursors[from], cursors[to]);
        let size = 1 + numbers.below(30);
        for (word, expected) in [
            ("first", between.iter().take(size).collect::<Vec<_>>()),
            ("last", between.iter().skip(between.len().saturating_sub(size)).collect()),
        ] {
            let asked = format!("booksConnection({word}: {size}, {places}, orderBy: [{order}])");
            let page = super::page(&ann, &asked).await;
            assert_eq!(page.ids().iter().collect::<Vec<_>>(), expected, "{asked}");
            assert_eq!(page.neighbours(), (true, true), "{asked}");
        }
    }
}
