//! The walk through a definition: every name and value against the schema.

use std::collections::HashSet;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        Field, FragmentDefinition, FragmentSpread, InlineFragment, OperationDefinition, Selection,
        SelectionSet, TypeCondition, VariableDefinition,
    },
};
use async_graphql_value::Value;

use super::{
    error::Errors,
    uses::{Expected, Used},
    value::Values,
};
use crate::{
    normalize::Fragments,
    schema_index::{self, Definition, Input, Object, SchemaIndex, named},
};

/// Checks definitions one by one. A name that the schema does not have is one error; what is
/// nested below it is not checked against a type.
pub(super) struct Walk<'d, 'f> {
    pub(super) index: &'d SchemaIndex,
    fragments: &'d Fragments,
    pub(super) errors: &'f mut Errors,
    /// Variables and fragments that the current definition uses.
    pub(super) used: Used<'d>,
}

impl<'d, 'f> Walk<'d, 'f> {
    pub(super) fn new(
        index: &'d SchemaIndex,
        fragments: &'d Fragments,
        errors: &'f mut Errors,
    ) -> Self {
        Self { index, fragments, errors, used: Used::default() }
    }

    /// Checks an operation. Returns what it uses.
    pub(super) fn operation(&mut self, operation: &'d OperationDefinition) -> Used<'d> {
        let mut names = HashSet::new();
        for definition in &operation.variable_definitions {
            let Positioned { node: name, pos } = &definition.node.name;
            if !names.insert(name) {
                self.errors.add(*pos, || format!("there are several variables \"${name}\""));
            }
            self.variable(&definition.node);
        }
        let location = operation.ty.to_string().to_uppercase();
        self.directives(&operation.directives, &location);
        self.selection(self.index.root(operation.ty), &operation.selection_set.node);
        std::mem::take(&mut self.used)
    }

    /// Checks a fragment. Returns what it uses.
    pub(super) fn fragment(&mut self, name: &Name, fragment: &'d FragmentDefinition) -> Used<'d> {
        let on = self.condition(&fragment.type_condition, Some(name));
        self.directives(&fragment.directives, "FRAGMENT_DEFINITION");
        self.selection(on, &fragment.selection_set.node);
        std::mem::take(&mut self.used)
    }

    fn variable(&mut self, definition: &'d VariableDefinition) {
        let Positioned { node: ty, pos } = &definition.var_type;
        match self.index.named(ty) {
            None => self.unknown_type(named(ty), *pos),
            Some(known) if !known.is_input() => {
                let name = &definition.name.node;
                self.errors.add(*pos, || {
                    format!(
                        "the variable \"${name}\" cannot have the type \"{ty}\", which is no input"
                    )
                });
            }
            Some(_) => {
                if let Some(Positioned { node, pos: at }) = &definition.default_value {
                    let expected = Expected { ty, has_default: false };
                    let value = node.clone().into_value();
                    let (errors, variables) = (&mut *self.errors, &mut Vec::new());
                    Values { index: self.index, errors, variables, at: *at }
                        .check(Some(expected), &value);
                }
            }
        }
        self.directives(&definition.directives, "VARIABLE_DEFINITION");
    }

    fn unknown_type(&mut self, name: &str, at: Pos) {
        let known = self.index.type_names();
        self.errors.unknown(at, name, known, || format!("unknown type \"{name}\""));
    }

    /// The object of a type condition, if it is one.
    fn condition(
        &mut self,
        condition: &Positioned<TypeCondition>,
        fragment: Option<&Name>,
    ) -> Option<&'d Object> {
        let Positioned { node: name, pos } = &condition.node.on;
        match self.index.get(name) {
            Some(Definition::Object(object)) => return Some(object),
            Some(_) => {
                let fragment = fragment.map_or(String::new(), |name| format!(" \"{name}\""));
                self.errors.add(*pos, || {
                    format!("the fragment{fragment} cannot be on \"{name}\", which is no object")
                });
            }
            None => self.unknown_type(name, *pos),
        }
        None
    }

    /// Checks what is selected of an object, if it is known.
    fn selection(&mut self, of: Option<&'d Object>, set: &'d SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.field(of, field),
                Selection::InlineFragment(inline) => self.inline(of, inline),
                Selection::FragmentSpread(spread) => self.spread(of, spread),
            }
        }
    }

    fn field(
        &mut self,
        of: Option<&'d Object>,
        Positioned { node: field, pos }: &'d Positioned<Field>,
    ) {
        self.directives(&field.directives, "FIELD");
        let known = of.and_then(|of| self.index.field(of, &field.name.node));
        let Some(known) = known else {
            if let Some(of) = of {
                self.unknown_field(of, &field.name);
            }
            self.arguments(&field.arguments, None, *pos, String::new);
            return self.selection(None, &field.selection_set.node);
        };
        let owner = || format!("the field \"{}\"", field.name.node);
        self.arguments(&field.arguments, Some(&known.arguments), *pos, owner);
        self.below(field, known, *pos);
    }

    fn unknown_field(&mut self, of: &'d Object, name: &Positioned<Name>) {
        let Positioned { node: name, pos } = name;
        let known = of.fields.keys().map(Name::as_str);
        let message = || format!("unknown field \"{name}\" of the type \"{}\"", of.name);
        self.errors.unknown(*pos, name, known, message);
    }

    /// Checks that fields of an object are selected, and none of a leaf.
    fn below(&mut self, field: &'d Field, known: &'d schema_index::Field, at: Pos) {
        let (set, name, ty) = (&field.selection_set.node, &field.name.node, &known.ty);
        let definition = self.index.named(ty);
        let is_leaf = definition.is_some_and(Definition::is_leaf);
        if is_leaf && !set.items.is_empty() {
            self.errors.add(at, || {
                format!("the field \"{name}\" of the type \"{ty}\" has no fields to select")
            });
        } else if !is_leaf && set.items.is_empty() {
            self.errors.add(at, || {
                format!("fields of \"{name}\", of the type \"{ty}\", must be selected")
            });
        }
        let object = match definition {
            Some(Definition::Object(object)) => Some(object),
            _ => None,
        };
        self.selection(object, set);
    }

    fn inline(
        &mut self,
        of: Option<&'d Object>,
        Positioned { node: inline, pos }: &'d Positioned<InlineFragment>,
    ) {
        self.directives(&inline.directives, "INLINE_FRAGMENT");
        let on = match &inline.type_condition {
            Some(condition) => self.condition(condition, None),
            None => of,
        };
        self.possible(None, of, on, *pos);
        self.selection(on, &inline.selection_set.node);
    }

    fn spread(
        &mut self,
        of: Option<&'d Object>,
        Positioned { node: spread, pos }: &'d Positioned<FragmentSpread>,
    ) {
        self.directives(&spread.directives, "FRAGMENT_SPREAD");
        let Positioned { node: name, pos: at } = &spread.fragment_name;
        let Some(fragment) = self.fragments.get(name) else {
            let known = self.fragments.keys().map(Name::as_str);
            return self
                .errors
                .unknown(*at, name, known, || format!("unknown fragment \"{name}\""));
        };
        self.used.spreads.push((name, *pos));
        let on = self.index.object(&fragment.node.type_condition.node.on.node);
        self.possible(Some(name), of, on, *pos);
    }

    /// Checks that a fragment is on the type of the selection set: an object has no other type.
    fn possible(
        &mut self,
        fragment: Option<&Name>,
        of: Option<&'d Object>,
        on: Option<&'d Object>,
        at: Pos,
    ) {
        if let (Some(of), Some(on)) = (of, on)
            && of.name != on.name
        {
            let fragment = fragment.map_or(String::new(), |name| format!(" \"{name}\""));
            self.errors.add(at, || {
                format!(
                    "the fragment{fragment} on \"{}\" cannot be spread here: a \"{}\" never is one",
                    on.name, of.name
                )
            });
        }
    }

    /// Checks the arguments of a field or directive, which `owner` names. `known` is `None` if
    /// the schema does not have it.
    pub(super) fn arguments(
        &mut self,
        given: &'d [(Positioned<Name>, Positioned<Value>)],
        known: Option<&'d [Input]>,
        at: Pos,
        owner: impl Fn() -> String,
    ) {
        let mut names = HashSet::with_capacity(given.len());
        for (Positioned { node: name, pos }, value) in given {
            if !names.insert(name) {
                self.errors.add(*pos, || format!("there are several arguments \"{name}\""));
            }
            let argument = known.and_then(|known| known.iter().find(|known| known.name == *name));
            if let (Some(known), None) = (known, argument) {
                let known = known.iter().map(|known| known.name.as_str());
                let message = || format!("unknown argument \"{name}\" of {}", owner());
                self.errors.unknown(*pos, name, known, message);
            }
            let expected = argument
                .map(|Input { ty, default, .. }| Expected { ty, has_default: default.is_some() });
            let (errors, variables) = (&mut *self.errors, &mut self.used.variables);
            Values { index: self.index, errors, variables, at: value.pos }
                .check(expected, &value.node);
        }
        let required = known.into_iter().flatten().filter(|input| input.is_required());
        for Input { name, ty, .. } in required.filter(|input| !names.contains(&input.name)) {
            self.errors.add(at, || {
                format!("{} needs its argument \"{name}\" of the type \"{ty}\"", owner())
            });
        }
    }
}
