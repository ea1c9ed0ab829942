//! Points of database work that the size of the response does not show.
//!
//! A count, a search, a filter and skipped rows read a whole table in the worst case, however
//! short the response is. Their points are added once for each field, not for each parent,
//! because one statement reads for all parents of a field.

use async_graphql::parser::types::Field;
use async_graphql_value::{ConstValue, Value};

use crate::{
    bound_variables::BoundVariables,
    field_cost::{ArgumentCost, FieldCost},
};

/// Maximum number of values in arguments with a cost. A variable may be used in a filter a
/// thousand times.
const MAX_VALUES: usize = 1_000;

/// Adds up points.
pub(crate) struct DatabaseCost<'d> {
    variables: BoundVariables<'d>,
    points: usize,
    values_left: usize,
}

/// Points of each scalar in an argument.
#[derive(Clone, Copy)]
struct ScalarCost {
    points: usize,
    /// Names of an input object's fields that cost more, and how much.
    slow: (&'static [&'static str], usize),
    /// Points within the other fields.
    other: usize,
}

impl ScalarCost {
    fn uniform(points: usize) -> Self {
        Self { points, slow: (&[], 0), other: points }
    }

    /// The cost within this field of an input object.
    fn within(self, field: &str) -> Self {
        let (names, points) = self.slow;
        Self { points: if names.contains(&field) { points } else { self.other }, ..self }
    }
}

impl<'d> DatabaseCost<'d> {
    pub(crate) fn new(variables: BoundVariables<'d>) -> Self {
        Self { variables, points: 0, values_left: MAX_VALUES }
    }

    /// The points of all fields together.
    pub(crate) fn points(&self) -> usize {
        if self.values_left == 0 { usize::MAX } else { self.points }
    }

    /// Adds the points that a field and its arguments cost.
    pub(crate) fn add(&mut self, cost: &FieldCost, field: &'d Field) {
        self.spend(cost.points);
        for (name, value) in &field.arguments {
            let priced = cost.arguments.iter().find(|(priced, _)| name.node == *priced);
            if let Some((_, cost)) = priced {
                self.add_argument(*cost, &value.node);
            }
        }
    }

    fn add_argument(&mut self, cost: ArgumentCost, value: &'d Value) {
        match cost {
            ArgumentCost::EachValue(points) => self.scalars(ScalarCost::uniform(points), value),
            ArgumentCost::Filter { filter, condition, slow_conditions, slow_condition } => {
                self.spend(filter * usize::from(self.is_given(value)));
                let slow = (slow_conditions, slow_condition);
                self.scalars(ScalarCost { points: condition, slow, other: condition }, value);
            }
            ArgumentCost::SkippedRows { rows_per_point, limit } => {
                self.spend((self.number(value) / rows_per_point.max(1)).min(limit));
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
                self.variables.value(name).is_some_and(|value| *value != ConstValue::Null)
            }
            _ => true,
        }
    }

    fn number(&self, value: &Value) -> usize {
        let number = match value {
            Value::Number(number) => Some(number),
            Value::Variable(name) => match self.variables.value(name) {
                Some(ConstValue::Number(number)) => Some(number),
                _ => None,
            },
            _ => None,
        };
        let number = number.and_then(|number| usize::try_from(number.as_u64()?).ok());
        number.unwrap_or_default()
    }

    /// Adds the points of each scalar in a value of the document.
    fn scalars(&mut self, cost: ScalarCost, value: &'d Value) {
        if !self.may_visit() {
            return;
        }
        match value {
            Value::Null => {}
            Value::Variable(name) => {
                if let Some(value) = self.variables.value(name) {
                    self.constant_scalars(cost, value);
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.scalars(cost, item)),
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| self.scalars(cost.within(name), value));
            }
            _ => self.spend(cost.points),
        }
    }

    /// Adds the points of each scalar in the value of a variable.
    fn constant_scalars(&mut self, cost: ScalarCost, value: &'d ConstValue) {
        if !self.may_visit() {
            return;
        }
        match value {
            ConstValue::Null => {}
            ConstValue::List(items) => {
                for item in items {
                    self.constant_scalars(cost, item);
                }
            }
            ConstValue::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| self.constant_scalars(cost.within(name), value)),
            _ => self.spend(cost.points),
        }
    }

    fn may_visit(&mut self) -> bool {
        self.values_left = self.values_left.saturating_sub(1);
        self.values_left > 0
    }
}
