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
use domain::Window;

use crate::{
    connection::CHILDREN,
    plan::{Fragments, root},
    work::{Given, Work},
};

/// How many there are of what is made when nobody knows yet.
const MADE: usize = 100;
/// How long a list is whose length no argument says, such as a book's authors: most have
/// one.
const SHORT_LIST: usize = 3;

/// How long the pages are of a type's lists when nobody says: those of all rows, of a
/// book's authors, who are few, and of other children.
fn page(of: &str) -> usize {
    match of {
        "Query" => Window::DEFAULT_SIZE.unsigned_abs() as usize,
        "Book" => SHORT_LIST,
        _ => CHILDREN.unsigned_abs() as usize,
    }
}

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
    /// As often as an argument says, or so often.
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
            let page = page(&name);
            let fields = object.fields.into_iter().map(|field| {
                let price = Price::of(&field.node, page);
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
    fn of(field: &FieldDefinition, page: usize) -> Self {
        let mut lengths = field.arguments.iter().filter_map(|argument| {
            let absent = absent(argument.node.name.node.as_str(), page)?;
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
        let lengths = arguments.filter(|(name, _)| absent(name.node.as_str(), 0).is_some());
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

/// How long a list is without this argument, if it is one that says so: a page is as long
/// as its type's are.
fn absent(argument: &str, page: usize) -> Option<usize> {
    match argument {
        "limit" | "first" | "last" => Some(page),
        "inputs" | "file" => Some(MADE),
        _ => None,
    }
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
mod tests;
