//! Whole numbers that are written in a document and are no `Int`.
//!
//! async-graphql takes any number where an `Int` is wanted, so that its resolver would
//! refuse it when others have done their work already. The same number as a variable's
//! value is refused before anything is executed.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, ServerError,
    parser::{
        parse_schema,
        types::{
            BaseType, Field, InputValueDefinition, OperationDefinition, Selection, SelectionSet,
            Type, TypeKind, TypeSystemDefinition,
        },
    },
};
use async_graphql_value::Value;

use crate::{Document, plan::root};

/// The schema's fields and inputs, and the types of what they take.
#[derive(Debug)]
pub(crate) struct Literals {
    objects: HashMap<Name, HashMap<Name, Taking>>,
    inputs: HashMap<Name, Types>,
}

type Types = HashMap<Name, Type>;

/// A field of an object.
#[derive(Debug)]
struct Taking {
    arguments: Types,
    gives: Name,
}

impl Literals {
    /// Reads the types of a schema's text, as [`crate::sdl`] gives it.
    pub(crate) fn from_sdl(sdl: &str) -> domain::Result<Self> {
        let document = parse_schema(sdl).map_err(domain::Error::internal)?;
        let (mut objects, mut inputs) = (HashMap::new(), HashMap::new());
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node;
            match definition.node.kind {
                TypeKind::InputObject(input) => {
                    inputs.insert(name, types(input.fields));
                }
                TypeKind::Object(object) => {
                    let fields = object.fields.into_iter().map(|field| {
                        let gives = named(&field.node.ty.node).clone();
                        let arguments = types(field.node.arguments);
                        (field.node.name.node, Taking { arguments, gives })
                    });
                    objects.insert(name, fields.collect());
                }
                _ => {}
            }
        }
        Ok(Self { objects, inputs })
    }

    /// Fails with the first number that is too large or small. The document is valid
    /// otherwise.
    pub(crate) fn check(&self, document: &Document) -> Result<(), ServerError> {
        for operation in document.operations() {
            self.operation(operation.definition())?;
        }
        document.fragments().values().try_for_each(|fragment| {
            let fragment = &fragment.node;
            self.selection(&fragment.type_condition.node.on.node, &fragment.selection_set.node)
        })
    }

    fn operation(&self, operation: &OperationDefinition) -> Result<(), ServerError> {
        for Positioned { pos, node } in &operation.variable_definitions {
            let default = node.default_value.as_ref().map(|value| value.node.clone());
            if default.is_some_and(|value| !self.fits(&node.var_type.node, &value.into_value())) {
                return Err(refused(&node.name.node, *pos));
            }
        }
        self.selection(&Name::new(root(operation.ty)), &operation.selection_set.node)
    }

    /// Fragments are looked at on their own, not where they are spread.
    fn selection(&self, of: &Name, set: &SelectionSet) -> Result<(), ServerError> {
        set.items.iter().try_for_each(|item| match &item.node {
            Selection::Field(field) => self.field(of, &field.node),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let of = condition.map_or(of, |condition| &condition.node.on.node);
                self.selection(of, &inline.node.selection_set.node)
            }
            Selection::FragmentSpread(_) => Ok(()),
        })
    }

    fn field(&self, of: &Name, field: &Field) -> Result<(), ServerError> {
        // What asks for the schema takes no number.
        let known = self.objects.get(of).and_then(|fields| fields.get(&field.name.node));
        let Some(Taking { arguments, gives }) = known else { return Ok(()) };
        for (name, value) in &field.arguments {
            let ty = arguments.get(&name.node);
            if ty.is_some_and(|ty| !self.fits(ty, &value.node)) {
                return Err(refused(&name.node, value.pos));
            }
        }
        self.selection(gives, &field.selection_set.node)
    }

    fn fits(&self, ty: &Type, value: &Value) -> bool {
        match value {
            Value::Number(number) if named(ty) == "Int" => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            Value::List(items) => {
                let inner = if let BaseType::List(inner) = &ty.base { inner } else { ty };
                items.iter().all(|item| self.fits(inner, item))
            }
            Value::Object(entries) => {
                let known = self.inputs.get(named(ty));
                entries.iter().all(|(name, value)| {
                    let ty = known.and_then(|fields| fields.get(name));
                    ty.is_none_or(|ty| self.fits(ty, value))
                })
            }
            _ => true,
        }
    }
}

fn types(values: Vec<Positioned<InputValueDefinition>>) -> Types {
    values.into_iter().map(|value| (value.node.name.node, value.node.ty.node)).collect()
}

fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

fn refused(name: &Name, place: Pos) -> ServerError {
    let message = format!("\"{name}\" has a number that is no Int, which has 32 bits");
    ServerError::new(message, Some(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn only_an_int_must_have_32_bits() {
        let literals = Literals::from_sdl(&crate::sdl()).unwrap();
        for (text, ok) in [
            ("{ books(limit: 2147483647) { id } }", true),
            ("{ books(limit: 2147483648) { id } }", false),
            ("{ books(filter: { releaseYear: { min: -2147483648 } }) { id } }", true),
            ("{ books(filter: { releaseYear: { min: -2147483649 } }) { id } }", false),
            ("{ books(filter: { or: [{}, { releaseYear: { max: 4294967296 } }] }) { id } }", false),
            ("{ book(id: 99999999999) { id } }", true),
            ("query($n: Int = 99999999999) { books(limit: $n) { id } }", false),
            ("query($id: ID! = 99999999999) { book(id: $id) { id } }", true),
            ("query($f: BookFilter = { releaseYear: { min: 99999999999 } }) { a }", false),
            (
                "{ ... on Query { ...F } } fragment F on Query { books(limit: 99999999999) { id } }",
                false,
            ),
            ("{ me { books(limit: 99999999999) { id } } }", false),
            ("{ ... on Query { me { ... { books(limit: 99999999999) { id } } } } }", false),
            (
                "mutation { createBook(input: { title: \"a\", authorIds: [], releaseYear: 1e3 }) { id } }",
                false,
            ),
            ("mutation { createBooks(inputs: [{ releaseYear: 99999999999 }]) { id } }", false),
            ("query A { me { id } } query B { books(limit: 99999999999) { id } }", false),
        ] {
            let document = Document::parse(text, &Limits::default()).unwrap();
            assert_eq!(literals.check(&document).is_ok(), ok, "{text}");
        }
    }
}
