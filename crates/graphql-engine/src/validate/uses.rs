//! Rules about several definitions: fragments are used, and variables are defined, used and
//! of the expected type in every fragment of their operation.

use std::{
    collections::{HashMap, HashSet},
    iter,
};

use async_graphql::{
    Name, Pos,
    parser::types::{BaseType, Type, VariableDefinition},
};
use async_graphql_value::ConstValue;

use super::error::Errors;
use crate::{Operation, normalize::Fragments};

/// The variables and fragments that one definition uses.
#[derive(Default)]
pub(super) struct Used<'d> {
    pub(super) variables: Vec<VariableUse<'d>>,
    /// The fragments that it spreads, with the positions of the spreads.
    pub(super) spreads: Vec<(&'d Name, Pos)>,
}

/// A use of a variable.
pub(super) struct VariableUse<'d> {
    pub(super) name: &'d Name,
    pub(super) at: Pos,
    pub(super) expected: Option<Expected<'d>>,
}

/// The expected type of a value, and whether it has a default.
#[derive(Clone, Copy)]
pub(super) struct Expected<'d> {
    pub(super) ty: &'d Type,
    pub(super) has_default: bool,
}

/// Variables and fragments that all definitions use.
pub(super) struct Uses<'d> {
    pub(super) operations: Vec<(&'d Operation, Used<'d>)>,
    pub(super) fragments: HashMap<&'d Name, Used<'d>>,
}

impl<'d> Uses<'d> {
    pub(super) fn check(&self, fragments: &Fragments, errors: &mut Errors) {
        let used = self.reached(self.operations.iter().map(|(_, used)| used));
        for (name, fragment) in fragments.iter().filter(|(name, _)| !used.contains(name)) {
            errors.add(fragment.pos, || format!("the fragment \"{name}\" is never used"));
        }
        for (operation, used) in &self.operations {
            self.variables(operation, used, errors);
        }
    }

    fn of(&self, fragment: &Name) -> Option<&Used<'d>> {
        self.fragments.get(fragment)
    }

    /// The fragments that definitions spread, directly or through other fragments.
    fn reached<'u>(&'u self, from: impl Iterator<Item = &'u Used<'d>>) -> HashSet<&'d Name>
    where
        'd: 'u,
    {
        let mut reached = HashSet::new();
        let mut pending: Vec<_> = from.collect();
        while let Some(used) = pending.pop() {
            for (name, _) in &used.spreads {
                if reached.insert(*name) {
                    pending.extend(self.of(name));
                }
            }
        }
        reached
    }

    /// Checks that each variable of an operation is used, and fits each of its positions.
    fn variables(&self, operation: &Operation, used: &Used<'d>, errors: &mut Errors) {
        let definitions = &operation.definition().variable_definitions;
        let known: HashMap<_, _> =
            definitions.iter().map(|known| (&known.node.name.node, known)).collect();
        let fragments = self.reached(iter::once(used));
        let reached = fragments.iter().filter_map(|name| self.of(name));
        let mut seen = HashSet::new();
        for VariableUse { name, at, expected } in
            iter::once(used).chain(reached).flat_map(|used| &used.variables)
        {
            seen.insert(*name);
            let Some(definition) = known.get(*name) else {
                let by = by(operation);
                errors.add(*at, || format!("the variable \"${name}\" is not defined{by}"));
                continue;
            };
            if let Some(expected) = expected.filter(|expected| !fits(&definition.node, *expected)) {
                let (ty, wanted) = (&definition.node.var_type.node, expected.ty);
                errors.between(&[*at, definition.pos], || {
                    format!("the variable \"${name}\" of the type \"{ty}\" is used where \"{wanted}\" is expected")
                });
            }
        }
        for (name, definition) in known.iter().filter(|(name, _)| !seen.contains(*name)) {
            let by = by(operation);
            errors.add(definition.pos, || format!("the variable \"${name}\" is never used{by}"));
        }
    }
}

fn by(operation: &Operation) -> String {
    operation.name().map_or(String::new(), |name| format!(" by the operation \"{name}\""))
}

/// Whether a variable may be used at a position. A variable of a nullable type fits a
/// non-null position if either has a default.
///
/// Source: GraphQL specification, September 2025, section 5.8.5.
fn fits(definition: &VariableDefinition, Expected { ty, has_default }: Expected<'_>) -> bool {
    let given = &definition.var_type.node;
    let default = definition.default_value.as_ref();
    let is_replaced =
        has_default || default.is_some_and(|default| default.node != ConstValue::Null);
    (ty.nullable || !given.nullable || is_replaced) && is_within(&given.base, &ty.base)
}

/// Whether each value of one type is a value of the other, both not null.
fn is_within(one: &BaseType, other: &BaseType) -> bool {
    match (one, other) {
        (BaseType::Named(one), BaseType::Named(other)) => one == other,
        (BaseType::List(one), BaseType::List(other)) => {
            (other.nullable || !one.nullable) && is_within(&one.base, &other.base)
        }
        _ => false,
    }
}
