//! Values of variables against their types, before anything is executed.
//!
//! async-graphql would report a wrong value of a variable as it reports a wrong
//! document; clients tell the two apart by `BAD_USER_INPUT`.

use std::collections::HashMap;

use async_graphql::{
    Name, Value, Variables,
    parser::{
        parse_schema,
        types::{BaseType, OperationDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};
use bytes::Bytes;

use crate::document::Rejection;

/// The schema's types that a variable can have.
#[derive(Debug)]
pub(crate) struct InputTypes(HashMap<Name, InputType>);

#[derive(Debug)]
enum InputType {
    Enum(Vec<Name>),
    Object(Vec<InputField>),
    Scalar,
}

#[derive(Debug)]
struct InputField {
    name: Name,
    ty: Type,
    has_default: bool,
}

/// Where a value is wrong, and how.
struct Mismatch {
    path: String,
    expected: String,
}

impl InputTypes {
    /// Reads the types of a schema's text, as [`crate::sdl`] gives it.
    pub(crate) fn from_sdl(sdl: &str) -> domain::Result<Self> {
        let document = parse_schema(sdl).map_err(domain::Error::internal)?;
        let types = document.definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let kind = match definition.node.kind {
                TypeKind::Enum(kind) => InputType::Enum(
                    kind.values.into_iter().map(|value| value.node.value.node).collect(),
                ),
                TypeKind::InputObject(kind) => InputType::Object(
                    kind.fields
                        .into_iter()
                        .map(|field| InputField {
                            name: field.node.name.node,
                            ty: field.node.ty.node,
                            has_default: field.node.default_value.is_some(),
                        })
                        .collect(),
                ),
                TypeKind::Scalar => InputType::Scalar,
                _ => return None,
            };
            Some((definition.node.name.node, kind))
        });
        Ok(Self(types.collect()))
    }

    /// Checks the value of each variable that `operation` declares. Fails with
    /// `BAD_USER_INPUT` at the first wrong or missing one.
    ///
    /// Source: GraphQL specification, October 2021, section 6.1.2.
    pub(crate) fn check(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<(), Rejection> {
        for definition in &operation.variable_definitions {
            let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
            let checked = match variables.get(name) {
                Some(value) => self.matches(ty, value, name.as_str()),
                None if ty.nullable || definition.node.default_value.is_some() => Ok(()),
                None => Err(Mismatch { path: name.to_string(), expected: ty.to_string() }),
            };
            checked.map_err(|Mismatch { path, expected }| Rejection {
                location: Some(definition.pos),
                ..Rejection::new(
                    "BAD_USER_INPUT",
                    format!("variable \"${path}\" must be of the type {expected}"),
                )
            })?;
        }
        Ok(())
    }

    /// Adds a value that fits for each variable that `operation` declares.
    pub(crate) fn add_samples(&self, operation: &OperationDefinition, samples: &mut Variables) {
        for definition in &operation.variable_definitions {
            let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
            samples.insert(name.clone(), self.sample(ty));
        }
    }

    fn sample(&self, ty: &Type) -> Value {
        let name = match &ty.base {
            BaseType::List(_) => return Value::List(Vec::new()),
            BaseType::Named(name) => name,
        };
        match (self.0.get(name), name.as_str()) {
            (Some(InputType::Object(fields)), _) => {
                let required = fields.iter().filter(|f| !f.ty.nullable && !f.has_default);
                Value::Object(required.map(|f| (f.name.clone(), self.sample(&f.ty))).collect())
            }
            (Some(InputType::Enum(names)), _) => {
                names.first().map_or(Value::Null, |name| Value::Enum(name.clone()))
            }
            (_, "Int" | "Float") => Value::from(1),
            (_, "Boolean") => Value::from(true),
            (_, "DateTime") => Value::from("2026-11-20T12:00:00.000Z"),
            (_, "Upload") => Value::Binary(Bytes::new()),
            _ => Value::from("1"),
        }
    }

    fn matches(&self, ty: &Type, value: &Value, path: &str) -> Result<(), Mismatch> {
        let mismatch = || Mismatch { path: path.to_owned(), expected: ty.to_string() };
        match (&ty.base, value) {
            (_, Value::Null) if ty.nullable => Ok(()),
            (_, Value::Null) => Err(mismatch()),
            (BaseType::List(inner), Value::List(items)) => items
                .iter()
                .enumerate()
                .try_for_each(|(i, item)| self.matches(inner, item, &format!("{path}.{i}"))),
            // One value stands for a list of one.
            (BaseType::List(inner), single) => self.matches(inner, single, path),
            (BaseType::Named(name), value) => match self.0.get(name) {
                Some(InputType::Object(fields)) => self.object(fields, value, path, mismatch),
                Some(InputType::Enum(names)) => {
                    if is_one_of(names, value) {
                        Ok(())
                    } else {
                        Err(mismatch())
                    }
                }
                Some(InputType::Scalar) | None => {
                    if is_scalar(name, value) {
                        Ok(())
                    } else {
                        Err(mismatch())
                    }
                }
            },
        }
    }

    fn object(
        &self,
        fields: &[InputField],
        value: &Value,
        path: &str,
        mismatch: impl Fn() -> Mismatch,
    ) -> Result<(), Mismatch> {
        let Value::Object(entries) = value else { return Err(mismatch()) };
        for InputField { name, ty, has_default } in fields {
            let path = format!("{path}.{name}");
            match entries.get(name) {
                Some(value) => self.matches(ty, value, &path)?,
                None if ty.nullable || *has_default => {}
                None => return Err(Mismatch { path, expected: ty.to_string() }),
            }
        }
        match entries.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
            Some(unknown) => Err(Mismatch {
                path: format!("{path}.{unknown}"),
                expected: "no such field".to_owned(),
            }),
            None => Ok(()),
        }
    }
}

fn is_one_of(names: &[Name], value: &Value) -> bool {
    match value {
        Value::Enum(name) => names.contains(name),
        Value::String(text) => names.iter().any(|name| name.as_str() == text),
        _ => false,
    }
}

/// A type that the schema does not know is left for validation to refuse.
fn is_scalar(name: &Name, value: &Value) -> bool {
    match (name.as_str(), value) {
        ("Int", Value::Number(number)) => {
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("Float", Value::Number(_))
        | ("String" | "ID", Value::String(_))
        | ("Boolean", Value::Boolean(_))
        | ("Upload", Value::Binary(_)) => true,
        ("Int" | "Float" | "String" | "ID" | "Boolean" | "Upload", _) => false,
        // A file is nothing else.
        (_, value) => !matches!(value, Value::Binary(_)),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::{Document, Limits};

    #[test]
    fn wrong_values_are_named_with_their_path() {
        let types = InputTypes::from_sdl(&crate::sdl()).unwrap();
        for (ty, value, wrong) in [
            ("Int!", value!(1), None),
            ("Int", value!(null), None),
            ("Int", value!(4_294_967_296_i64), Some("x")),
            ("String!", value!(null), Some("x")),
            ("String", value!(1), Some("x")),
            ("ID!", value!(1), None),
            ("[ID!]!", value!("a"), None),
            ("[ID!]!", value!(["a", null]), Some("x.1")),
            ("BookOrder", value!("TITLE_ASC"), None),
            ("BookOrder", value!("TITLE"), Some("x")),
            ("BookFilter", value!({ "releaseYear": { "min": "1" } }), Some("x.releaseYear.min")),
            ("BookFilter", value!({ "colour": 1 }), Some("x.colour")),
            ("CreateBookInput!", value!({ "authorIds": [] }), Some("x.title")),
            ("CreateBookInput!", value!({ "title": "Emma", "authorIds": ["a"] }), None),
        ] {
            let text = format!("query($x: {ty}) {{ a }}");
            let document = Document::parse(&text, &Limits::default()).unwrap();
            let operation = document.operation(None).unwrap();
            let variables = Variables::from_value(value!({ "x": (value.clone()) }));
            let refused = types.check(operation.definition(), &variables).err();
            let path = wrong.map(|path| format!("\"${path}\""));
            match (&refused, &path) {
                (None, None) => {}
                (Some(refused), Some(path)) => {
                    assert!(refused.message.contains(path), "{refused:?}");
                }
                _ => panic!("{ty} {value}: {refused:?}"),
            }
        }
    }

    #[test]
    fn a_missing_value_is_wrong_only_where_one_is_needed() {
        let types = InputTypes::from_sdl(&crate::sdl()).unwrap();
        for (declared, ok) in [("Int!", false), ("Int! = 1", true), ("Int", true)] {
            let text = format!("query($x: {declared}) {{ a }}");
            let document = Document::parse(&text, &Limits::default()).unwrap();
            let operation = document.operation(None).unwrap();
            assert_eq!(
                types.check(operation.definition(), &Variables::default()).is_ok(),
                ok,
                "{declared}"
            );
        }
    }
}
