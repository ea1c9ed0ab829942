//! How much an operation's answer may hold, known before anything is executed.
//!
//! A field is one point, and each of its children one for each time that it may be
//! there: a list with an argument `limit`, `first` or `last` is as long as that, one
//! without has [`SHORT_LIST`] items. Values of variables count as if they were written
//! in the document, and fields that stand under one key are one, as they are when they
//! are executed: the fragments of an app often ask for the same.

use std::collections::HashMap;

use async_graphql::{
    Name, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, Field, FieldDefinition, OperationDefinition, OperationType, Selection,
            SelectionSet, Type, TypeKind, TypeSystemDefinition,
        },
    },
};
use async_graphql_value::{ConstValue, Value};
use domain::book_inputs::MAX_BOOKS;

use crate::plan::Fragments;

/// The arguments that say how long a list is.
const LENGTHS: [&str; 3] = ["limit", "first", "last"];
/// How long a list is whose length no argument says, such as a book's authors.
const SHORT_LIST: usize = 5;
/// How long a connection is without `first` and `last`.
const PAGE: usize = 50;

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
    /// Once for each item of this argument: each input makes a row.
    Each(Name),
}

impl Prices {
    /// Reads the types of a schema's text, as [`crate::sdl`] gives it.
    pub(crate) fn from_sdl(sdl: &str) -> domain::Result<Self> {
        let document = parse_schema(sdl).map_err(domain::Error::internal)?;
        let types = document.definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let TypeKind::Object(object) = definition.node.kind else { return None };
            let fields = object.fields.into_iter().map(|field| {
                let price = Price::of(&field.node);
                (field.node.name.node, price)
            });
            Some((definition.node.name.node, fields.collect()))
        });
        Ok(Self(types.collect()))
    }

    /// The points of an operation with these variables. Its document has fewer than
    /// `most` fields and fragments, wherever they are spread, unless they go in circles:
    /// then the points are none, as validation refuses it.
    pub(crate) fn of(
        &self,
        operation: &OperationDefinition,
        fragments: &Fragments,
        variables: &Variables,
        most: usize,
    ) -> usize {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let mut bill = Bill { prices: self, operation, fragments, variables, left: most };
        let points = bill.points(self.0.get(root), &[&operation.selection_set.node]);
        if bill.left == 0 { 0 } else { points }
    }
}

impl Price {
    fn of(field: &FieldDefinition) -> Self {
        let mut lengths = field
            .arguments
            .iter()
            .filter(|argument| LENGTHS.contains(&argument.node.name.node.as_str()));
        let times = match lengths.next() {
            Some(argument) => {
                let default = argument.node.default_value.as_ref();
                Times::Asked(default.and_then(|value| length(&value.node)).unwrap_or(PAGE))
            }
            None if is_list(&field.ty.node)
                && !LISTED_ALREADY.contains(&field.name.node.as_str()) =>
            {
                made_of(field)
            }
            None => Times::Once,
        };
        Self { ty: named(&field.ty.node), times }
    }
}

/// How long a list is that is made of what the arguments bring.
fn made_of(field: &FieldDefinition) -> Times {
    let mut arguments = field.arguments.iter().map(|argument| &argument.node);
    match arguments.find(|argument| is_list(&argument.ty.node) || is_file(&argument.ty.node)) {
        Some(file) if is_file(&file.ty.node) => Times::Asked(MAX_BOOKS),
        Some(list) => Times::Each(list.name.node.clone()),
        None => Times::Several,
    }
}

/// Lists of a connection, whose own field says how long they are.
const LISTED_ALREADY: [&str; 2] = ["edges", "nodes"];

/// What is asked of the schema.
struct Bill<'d> {
    prices: &'d Prices,
    operation: &'d OperationDefinition,
    fragments: &'d Fragments,
    variables: &'d Variables,
    /// How many fields and fragments there may still be.
    left: usize,
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
        let price = of.and_then(|fields| fields.get(&field.name.node));
        let points = self.points(price.and_then(|price| self.prices.0.get(&price.ty)), below);
        let times = match price.map(|price| &price.times) {
            None | Some(Times::Once) => 1,
            Some(Times::Several) => SHORT_LIST,
            Some(Times::Asked(default)) => self.asked(field).unwrap_or(*default),
            Some(Times::Each(argument)) => self.items(field, argument),
        };
        points.saturating_mul(times).saturating_add(1)
    }

    /// The longest that the field's arguments ask for.
    fn asked(&self, field: &Field) -> Option<usize> {
        let lengths = field.arguments.iter().filter(|(name, _)| {
            let name = name.node.as_str();
            LENGTHS.contains(&name)
        });
        lengths.filter_map(|(_, value)| self.length(&value.node)).max()
    }

    /// How many items the argument has.
    fn items(&self, field: &Field, argument: &Name) -> usize {
        let value = field.arguments.iter().find(|(name, _)| name.node == *argument);
        match value.map(|(_, value)| &value.node) {
            Some(Value::List(items)) => items.len(),
            Some(Value::Variable(name)) => {
                match self.variables.get(name).or_else(|| self.default(name)) {
                    Some(ConstValue::List(items)) => items.len(),
                    _ => 1,
                }
            }
            // One value stands for a list of one.
            _ => 1,
        }
    }

    fn length(&self, value: &Value) -> Option<usize> {
        match value {
            Value::Number(number) => Some(whole(number.as_i64())),
            Value::Variable(name) => match self.variables.get(name) {
                Some(value) => length(value),
                None => self.default(name).and_then(length),
            },
            _ => None,
        }
    }

    fn default(&self, name: &Name) -> Option<&'d ConstValue> {
        let mut definitions = self.operation.variable_definitions.iter();
        let definition = definitions.find(|known| known.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|value| &value.node)
    }
}

fn add<'d>(field: &'d Field, selected: &mut Vec<Selected<'d>>) {
    let (key, set) = (field.response_key(), &field.selection_set.node);
    match selected.iter_mut().find(|known| known.field.response_key() == key) {
        Some(known) => known.below.push(set),
        None => selected.push(Selected { field, below: vec![set] }),
    }
}

fn length(value: &ConstValue) -> Option<usize> {
    match value {
        ConstValue::Number(number) => Some(whole(number.as_i64())),
        _ => None,
    }
}

/// Of a negative length the resolver complains.
fn whole(number: Option<i64>) -> usize {
    usize::try_from(number.unwrap_or(i64::MAX)).unwrap_or_default()
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

fn is_file(ty: &Type) -> bool {
    named(ty) == "Upload"
}

fn named(ty: &Type) -> Name {
    match &ty.base {
        BaseType::Named(name) => name.clone(),
        BaseType::List(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests;
