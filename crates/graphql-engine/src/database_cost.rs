//! What the database must read beside the rows of an answer.
//!
//! A count, a search, a filter and rows that are skipped read a whole table at worst,
//! however short the answer is. They cost points of their own, once for each field that
//! asks for them, as one statement does it for all parents of that field.

use async_graphql::{
    Name, Variables,
    parser::types::{Field, OperationDefinition},
};
use async_graphql_value::{ConstValue, Value};

/// The field `totalCount`.
const COUNT: usize = 1_000;
/// The argument `search`.
const SEARCH: usize = 2_000;
/// The argument `filter`...
const FILTER: usize = 1_500;
/// ...each of its conditions...
const CONDITION: usize = 100;
/// ...and one that looks for text within these, which no index helps with.
const TEXTS: [&str; 2] = ["title", "name"];
const TEXT: usize = 400;
/// So many rows that the argument `offset` skips are a point...
const SKIPPED: usize = 100;
/// ...and all that there may be no more than this.
const MOST_SKIPPED: usize = 1_000;
/// No filter that is accepted has as many values.
const MOST_VALUES: usize = 1_000;

/// The values of an operation's variables.
#[derive(Clone, Copy)]
pub(crate) struct Given<'d> {
    pub(crate) operation: &'d OperationDefinition,
    pub(crate) variables: &'d Variables,
}

impl<'d> Given<'d> {
    /// What a variable stands for.
    pub(crate) fn value(self, name: &Name) -> Option<&'d ConstValue> {
        let default = || {
            let mut definitions = self.operation.variable_definitions.iter();
            let definition = definitions.find(|known| known.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        };
        self.variables.get(name).or_else(default)
    }
}

/// Adds up points.
pub(crate) struct Work<'d> {
    given: Given<'d>,
    points: usize,
    /// How many values of filters there may still be.
    left: usize,
}

impl<'d> Work<'d> {
    pub(crate) fn new(given: Given<'d>) -> Self {
        Self { given, points: 0, left: MOST_VALUES }
    }

    /// What all fields together cost.
    pub(crate) fn points(&self) -> usize {
        if self.left == 0 { usize::MAX } else { self.points }
    }

    /// Adds what the field itself costs, without those that are selected below it.
    pub(crate) fn add(&mut self, field: &'d Field) {
        if field.name.node == "totalCount" {
            self.spend(COUNT);
        }
        for (argument, value) in &field.arguments {
            match argument.node.as_str() {
                "search" => self.written(SEARCH, &value.node),
                "filter" => {
                    self.spend(FILTER * usize::from(self.is_given(&value.node)));
                    self.written(CONDITION, &value.node);
                }
                "offset" => self.skip(&value.node),
                _ => {}
            }
        }
    }

    fn spend(&mut self, points: usize) {
        self.points = self.points.saturating_add(points);
    }

    fn is_given(&self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Variable(name) => {
                self.given.value(name).is_some_and(|value| *value != ConstValue::Null)
            }
            _ => true,
        }
    }

    fn skip(&mut self, rows: &Value) {
        let rows = match rows {
            Value::Number(rows) => Some(rows),
            Value::Variable(name) => match self.given.value(name) {
                Some(ConstValue::Number(rows)) => Some(rows),
                _ => None,
            },
            _ => None,
        };
        let rows = rows.and_then(|rows| usize::try_from(rows.as_u64()?).ok());
        self.spend((rows.unwrap_or_default() / SKIPPED).min(MOST_SKIPPED));
    }

    /// Adds `each` for every text, number and so on in a value of the document.
    fn written(&mut self, each: usize, value: &'d Value) {
        if !self.may_look() {
            return;
        }
        match value {
            Value::Null => {}
            Value::Variable(name) => {
                if let Some(value) = self.given.value(name) {
                    self.sent(each, value);
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.written(each, item)),
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| self.written(price(name), value));
            }
            _ => self.spend(each),
        }
    }

    /// The same of a value that came as a variable.
    fn sent(&mut self, each: usize, value: &'d ConstValue) {
        if !self.may_look() {
            return;
        }
        match value {
            ConstValue::Null => {}
            ConstValue::List(items) => items.iter().for_each(|item| self.sent(each, item)),
            ConstValue::Object(fields) => {
                fields.iter().for_each(|(name, value)| self.sent(price(name), value));
            }
            _ => self.spend(each),
        }
    }

    /// One variable may stand in a filter a thousand times.
    fn may_look(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}

/// A condition's points, by its name.
fn price(name: &Name) -> usize {
    if TEXTS.contains(&name.as_str()) { TEXT } else { CONDITION }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::{Document, Limits, complexity::Prices};

    fn points(text: &str, variables: ConstValue) -> usize {
        let prices = Prices::from_sdl(&crate::sdl()).unwrap();
        let document = Document::parse(text, &Limits::default()).unwrap();
        let operation = document.operation(None).unwrap();
        let variables = Variables::from_value(variables);
        prices.of(operation.definition(), document.fragments(), &variables, 1_001)
    }

    #[test]
    fn what_reads_a_table_costs_points_of_its_own() {
        for (text, expected) in [
            ("{ booksConnection(first: 1) { totalCount } }", 1_002),
            (
                "{ booksConnection(first: 1) { ...C ...C } } fragment C on BookConnection { totalCount }",
                1_002,
            ),
            (
                "{ a: booksConnection(first: 1) { totalCount } b: booksConnection(first: 1) { totalCount } }",
                2_004,
            ),
            // Of all authors by one statement.
            ("{ authors(limit: 100) { booksConnection(first: 1) { totalCount } } }", 1_201),
            ("{ books(limit: 1, search: \"emma\") { id } }", 2_002),
            ("{ books(limit: 1, search: null) { id } }", 2),
            ("{ books(limit: 1, filter: { title: \"emma\" }) { id } }", 1_902),
            (
                "{ books(limit: 1, filter: { isbn: \"1\", releaseYear: { min: 1, max: null } }) { id } }",
                1_702,
            ),
            (
                "{ books(limit: 1, filter: { or: [{ title: \"a\" }, { not: { title: \"b\" } }] }) { id } }",
                2_302,
            ),
            ("{ books(limit: 1, filter: {}) { id } }", 1_502),
            ("{ books(limit: 1, offset: 99) { id } }", 2),
            ("{ books(limit: 1, offset: 5000) { id } }", 52),
            ("{ books(limit: 1, offset: 2147483647) { id } }", 1_002),
            ("{ books(limit: 1, offset: -1) { id } }", 2),
            ("query($q: String = \"emma\") { books(limit: 1, search: $q) { id } }", 2_002),
            (
                "query($q: String) { books(limit: 1, search: $q, filter: { title: $q }) { id } }",
                1_502,
            ),
            // What is written is no filter.
            ("mutation { createBook(input: { title: \"a\", authorIds: [] }) { id } }", 2),
        ] {
            assert_eq!(points(text, value!({})), expected, "{text}");
        }
    }

    #[test]
    fn variables_cost_what_they_stand_for() {
        for (text, variables, expected) in [
            (
                "query($q: String) { books(limit: 1, search: $q) { id } }",
                value!({ "q": "a" }),
                2_002,
            ),
            (
                "query($f: BookFilter) { books(limit: 1, filter: $f) { id } }",
                value!({ "f": { "and": [{ "title": "a" }, { "ownerId": "b" }] } }),
                2_002,
            ),
            (
                "query($t: String) { books(limit: 1, filter: { or: [{ title: $t }, { title: $t }] }) { id } }",
                value!({ "t": "a" }),
                2_302,
            ),
            ("query($f: BookFilter) { books(limit: 1, filter: $f) { id } }", value!({}), 2),
            ("query($n: Int) { books(limit: 1, offset: $n) { id } }", value!({ "n": 7_000 }), 72),
        ] {
            assert_eq!(points(text, variables.clone()), expected, "{text} {variables}");
        }
    }

    #[test]
    fn no_filter_is_so_large_that_it_takes_time_to_be_counted() {
        let filters = vec![value!({}); 1_000];
        let filters = ConstValue::List(filters);
        let text = format!(
            "query($f: [BookFilter!]) {{ books(limit: 1, filter: {{ or: [{}] }}) {{ id }} }}",
            "$f ".repeat(450)
        );
        assert_eq!(points(&text, value!({ "f": filters })), usize::MAX);
        let text = "query($f: BookFilter) { books(limit: 1, filter: $f) { id } }";
        let nested = value!({ "f": { "or": (ConstValue::List(vec![value!({}); 1_000])) } });
        assert_eq!(points(text, nested), usize::MAX);
    }
}
