//! The complexity of an operation: an upper bound of the size of its response, computed before
//! the execution.
//!
//! A field costs one point, plus the points of its selection once for each object that it may
//! return, as its [`FieldCost`](crate::FieldCost) declares. Variables cost as much as their
//! values in the document. [`DatabaseCost`] adds the points of counts, searches, filters and
//! skipped rows.

use async_graphql::parser::types::{Field, OperationType, SelectionSet};
use async_graphql_value::{ConstValue, Value};

use crate::{
    bound_variables::BoundVariables,
    database_cost::DatabaseCost,
    field_cost::Multiplicity,
    normalize::fields,
    schema_index::{Object, SchemaIndex},
};

/// The points of the fields of a normalized operation, with these variables.
pub(crate) fn complexity(
    index: &SchemaIndex,
    ty: OperationType,
    fields: &SelectionSet,
    variables: BoundVariables<'_>,
) -> usize {
    let database = DatabaseCost::new(variables);
    let mut visitor = CostVisitor { index, variables, database };
    let points = visitor.points(index.root(ty), fields);
    points.saturating_add(visitor.database.points())
}

/// Adds up points.
struct CostVisitor<'d> {
    index: &'d SchemaIndex,
    variables: BoundVariables<'d>,
    database: DatabaseCost<'d>,
}

impl<'d> CostVisitor<'d> {
    /// The points of what is selected of an object, if the schema has it.
    fn points(&mut self, object: Option<&'d Object>, set: &'d SelectionSet) -> usize {
        let points = fields(set).map(|field| self.field(object, &field.node));
        points.fold(0, usize::saturating_add)
    }

    fn field(&mut self, object: Option<&'d Object>, field: &'d Field) -> usize {
        // Introspection has a limit of its own: `__schema` is not among an object's fields.
        let known = object.and_then(|object| object.fields.get(&field.name.node));
        let below = known.and_then(|known| self.index.object_of(&known.ty));
        let points = self.points(below, &field.selection_set.node);
        let Some(cost) = known.and_then(|known| known.cost.as_ref()) else {
            return points.saturating_add(1);
        };
        self.database.add(cost, field);
        let count = match cost.multiplicity {
            Multiplicity::One => 1,
            Multiplicity::Items(count) => count,
            Multiplicity::Arguments { names, default } => {
                self.max_items(field, names).unwrap_or(default)
            }
        };
        points.saturating_mul(count).saturating_add(1)
    }

    /// The largest number of items that these arguments request.
    fn max_items(&self, field: &Field, names: &[&str]) -> Option<usize> {
        let arguments = field.arguments.iter();
        let lengths = arguments.filter(|(name, _)| names.contains(&name.node.as_str()));
        lengths.filter_map(|(_, value)| self.length(&value.node)).max()
    }

    fn length(&self, value: &Value) -> Option<usize> {
        match value {
            Value::Number(number) => Some(count(number.as_i64())),
            Value::List(items) => Some(items.len()),
            Value::Variable(name) => match self.variables.value(name)? {
                ConstValue::Number(number) => Some(count(number.as_i64())),
                ConstValue::List(items) => Some(items.len()),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The resolver refuses a negative number. A number that is not an `Int` becomes the maximum, so
/// that the operation is refused before it is executed.
fn count(number: Option<i64>) -> usize {
    let length = number.and_then(|number| i32::try_from(number).ok());
    length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or_default())
}
