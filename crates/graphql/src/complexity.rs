//! How much an operation's answer may hold, known before anything is executed.
//!
//! A field is one point, and each of its children one for each time that it may be
//! there: a list with an argument `limit`, `first` or `last` is as long as that or as its
//! default page, one of new books as there are `inputs`, and one without has
//! [`SHORT_LIST`] items. Values of
//! variables count as if they were written in the document, and fields that stand under
//! one key are one, as they are when they are executed: the fragments of an app often
//! ask for the same. To these come the points of [`Work`].

use std::collections::HashMap;

use async_graphql::{
    Name, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, Field, FieldDefinition, OperationDefinition, Selection, SelectionSet, Type,
            TypeKind, TypeSystemDefinition,
        },
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::{
    connection::CHILDREN,
    plan::{Fragments, root},
    work::{Given, Work},
};

/// The arguments that say how long a list is, and how long it is when they don't.
const LENGTHS: [(&str, usize); 5] =
    [("limit", 50), ("first", 50), ("last", 50), ("inputs", 100), ("file", 100)];
/// Those of them that are the length of a page.
const PAGES: [&str; 3] = ["limit", "first", "last"];
/// How long a list is whose length no argument says, such as a book's authors: most have
/// one.
const SHORT_LIST: usize = 3;
/// The type whose fields are the lists of all rows; other types have lists of children,
/// whose pages are shorter.
const ALL_ROWS: &str = "Query";

/// The schema's object types: what each field is, and how often it is there.
#[derive(Debug)]
pub(crate) struct Prices(HashMap<Name, HashMap<Name, Price>>);

#[derive(Debug)]
struct Price {
    ty: Name,
    times: Times,
}

#[derive(Debug, PartialEq)]
enum Times {
    Once,
    Several,
    /// As often as one of [`LENGTHS`] says, or so often.
    Asked(usize),
}

impl Prices {
    /// Reads the types of a schema's text, as [`crate::sdl`] gives it.
    pub(crate) fn from_sdl(sdl: &str) -> domain::Result<Self> {
        let document = parse_schema(sdl).map_err(domain::Error::internal)?;
        let types = document.definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let TypeKind::Object(object) = definition.node.kind else { return None };
            let name = definition.node.name.node;
            let of_children = name != ALL_ROWS;
            let fields = object.fields.into_iter().map(|field| {
                let price = Price::of(&field.node, of_children);
                (field.node.name.node, price)
            });
            let fields = fields.collect();
            Some((name, fields))
        });
        Ok(Self(types.collect()))
    }

    /// The points of an operation with these variables. Its document has fewer than
    /// `most` fields and fragments, wherever they are spread: otherwise the points are none.
    pub(crate) fn of(
        &self,
        operation: &OperationDefinition,
        fragments: &Fragments,
        variables: &Variables,
        most: usize,
    ) -> usize {
        let given = Given { operation, variables };
        let mut bill = Bill { prices: self, fragments, given, left: most, work: Work::new(given) };
        let points = bill.points(self.0.get(root(operation.ty)), &[&operation.selection_set.node]);
        if bill.left == 0 { 0 } else { points.saturating_add(bill.work.points()) }
    }
}

impl Price {
    fn of(field: &FieldDefinition, of_children: bool) -> Self {
        let mut lengths = field.arguments.iter().filter_map(|argument| {
            let name = argument.node.name.node.as_str();
            let absent = match absent(name)? {
                _ if of_children && PAGES.contains(&name) => CHILDREN.unsigned_abs() as usize,
                absent => absent,
            };
            let default = argument.node.default_value.as_ref();
            Some(default.and_then(|value| length(&value.node)).unwrap_or(absent))
        });
        let times = match lengths.next() {
            Some(default) => Times::Asked(default),
            None if is_list(&field.ty.node)
                && !LISTED_ALREADY.contains(&field.name.node.as_str()) =>
            {
                Times::Several
            }
            None => Times::Once,
        };
        Self { ty: named(&field.ty.node), times }
    }
}

/// Lists of a connection, whose own field says how long they are.
const LISTED_ALREADY: [&str; 2] = ["edges", "nodes"];

/// What is asked of the schema.
struct Bill<'d> {
    prices: &'d Prices,
    fragments: &'d Fragments,
    given: Given<'d>,
    /// How many fields and fragments there may still be.
    left: usize,
    work: Work<'d>,
}

type Fields = HashMap<Name, Price>;

/// A field of an object, and what is selected below it, wherever that stands.
struct Selected<'d> {
    field: &'d Field,
    below: Vec<&'d SelectionSet>,
}

impl<'d> Bill<'d> {
    /// What is selected together from an object of which `of` are the fields, if the
    /// schema knows them.
    fn points(&mut self, of: Option<&'d Fields>, sets: &[&'d SelectionSet]) -> usize {
        let mut selected = Vec::new();
        for set in sets {
            self.collect(set, &mut selected);
        }
        let points = selected.iter().map(|selected| self.field(of, selected));
        points.fold(0, usize::saturating_add)
    }

    /// Fragments stand for what is in them: the schema has objects only.
    fn collect(&mut self, set: &'d SelectionSet, selected: &mut Vec<Selected<'d>>) {
        for item in &set.items {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            match &item.node {
                Selection::Field(field) => add(&field.node, selected),
                Selection::InlineFragment(inline) => {
                    self.collect(&inline.node.selection_set.node, selected);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.fragments.get(&spread.node.fragment_name.node);
                    if let Some(fragment) = fragment {
                        self.collect(&fragment.node.selection_set.node, selected);
                    }
                }
            }
        }
    }

    fn field(&mut self, of: Option<&'d Fields>, selected: &Selected<'d>) -> usize {
        let Selected { field, below } = selected;
        self.work.add(field);
        let price = of.and_then(|fields| fields.get(&field.name.node));
        let points = self.points(price.and_then(|price| self.prices.0.get(&price.ty)), below);
        let times = match price.map(|price| &price.times) {
            None | Some(Times::Once) => 1,
            Some(Times::Several) => SHORT_LIST,
            Some(Times::Asked(default)) => self.asked(field).unwrap_or(*default),
        };
        points.saturating_mul(times).saturating_add(1)
    }

    /// The longest that the field's arguments ask for.
    fn asked(&self, field: &Field) -> Option<usize> {
        let arguments = field.arguments.iter();
        let lengths = arguments.filter(|(name, _)| absent(name.node.as_str()).is_some());
        lengths.filter_map(|(_, value)| self.length(&value.node)).max()
    }

    fn length(&self, value: &Value) -> Option<usize> {
        match value {
            Value::Number(number) => Some(whole(number.as_i64())),
            Value::List(items) => Some(items.len()),
            Value::Variable(name) => self.given.value(name).and_then(length),
            _ => None,
        }
    }
}

fn add<'d>(field: &'d Field, selected: &mut Vec<Selected<'d>>) {
    let (key, set) = (field.response_key(), &field.selection_set.node);
    match selected.iter_mut().find(|known| known.field.response_key() == key) {
        Some(known) => known.below.push(set),
        None => selected.push(Selected { field, below: vec![set] }),
    }
}

/// How long a list is without this argument, if it is one of [`LENGTHS`].
fn absent(argument: &str) -> Option<usize> {
    LENGTHS.iter().find(|(name, _)| *name == argument).map(|(_, length)| *length)
}

fn length(value: &ConstValue) -> Option<usize> {
    match value {
        ConstValue::Number(number) => Some(whole(number.as_i64())),
        ConstValue::List(items) => Some(items.len()),
        _ => None,
    }
}

/// Of a negative length the resolver complains; a number that is no `Int` is as long as
/// can be, so that it is refused before anything is executed.
fn whole(number: Option<i64>) -> usize {
    let length = number.and_then(|number| i32::try_from(number).ok());
    length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or_default())
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

fn named(ty: &Type) -> Name {
    match &ty.base {
        BaseType::Named(name) => name.clone(),
        BaseType::List(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::{Document, Limits};

    fn points(text: &str, variables: &Variables) -> usize {
        let prices = Prices::from_sdl(&crate::sdl()).unwrap();
        let document = Document::parse(text, &Limits::default()).unwrap();
        let operation = document.operation(None).unwrap();
        prices.of(operation.definition(), document.fragments(), variables, 101)
    }

    #[test]
    fn lists_multiply_what_is_asked_of_each_item() {
        for (text, expected) in [
            ("{ __typename }", 1),
            ("{ book(id: 1) { id title } }", 3),
            ("{ books { id } }", 51),
            ("{ books(limit: 3) { id title } }", 7),
            ("{ books(limit: -3) { id title } }", 1),
            ("{ books(limit: 2) { authors { name books(limit: 4) { id } } } }", 39),
            // Pages of children are shorter.
            ("{ authors(limit: 2) { books { id } } }", 23),
            ("{ authors(limit: 2) { booksConnection { nodes { id } } } }", 43),
            ("{ authors(limit: 2) { booksConnection(last: 4) { nodes { id } } } }", 19),
            ("{ authorsConnection { nodes { id } } }", 101),
            ("{ books(limit: 2) { id ...B ...B } } fragment B on Book { id owner { id } }", 7),
            ("{ books(limit: 2) { id } books(limit: 2) { id owner { id } } }", 7),
            ("{ a: books(limit: 2) { id } b: books(limit: 2) { id } }", 6),
            ("{ ... on Query { ...Q } } fragment Q on Query { books(limit: 2) { id } }", 3),
            ("query($n: Int! = 7) { books(limit: $n) { id } }", 8),
            ("mutation { deleteBook(id: 1) { authors { id } } }", 5),
            ("mutation { createBooks(inputs: [{}, {}, {}]) { id title } }", 7),
            ("mutation($f: Upload!) { importBooks(file: $f) { id } }", 101),
            ("{ unknown { books(limit: 10) { id } } }", 3),
        ] {
            assert_eq!(points(text, &Variables::default()), expected, "{text}");
        }
        let variables = Variables::from_value(value!({ "n": 9 }));
        assert_eq!(points("query($n: Int! = 7) { books(limit: $n) { id } }", &variables), 10);
        let variables = Variables::from_value(value!({ "b": [{}, {}] }));
        let create = "mutation($b: [CreateBookInput!]!) { createBooks(inputs: $b) { id } }";
        assert_eq!(points(create, &variables), 3);
    }

    #[test]
    fn what_has_too_many_fields_is_left_to_their_limit() {
        let many = format!("{{ me {{ {} }} }}", "id ".repeat(99));
        assert_eq!(points(&many, &Variables::default()), 2);
        let more = format!("{{ me {{ {} }} }}", "id ".repeat(101));
        assert_eq!(points(&more, &Variables::default()), 0);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let text = "{ books(limit: 99999999999999999999) { owner { books(limit: 2147483647) {
            owner { books(limit: 9223372036854775807) { id } } } } } }";
        assert_eq!(points(text, &Variables::default()), usize::MAX);
    }
}
