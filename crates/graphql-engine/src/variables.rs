//! Coercion of the values of variables to their types.
//!
//! async-graphql reports a wrong value of a variable as it reports a wrong document. Clients
//! distinguish the two by the code `BAD_USER_INPUT`.

use async_graphql::{
    Name, Number, Value, Variables,
    indexmap::IndexMap,
    parser::types::{BaseType, OperationDefinition, Type},
};

use crate::{
    RequestError,
    error::BAD_USER_INPUT,
    schema_index::{Definition, Input, Scalar, SchemaIndex},
};

/// A value that does not fit its type.
struct Mismatch {
    /// The variable's name, and the fields and indexes that lead to the value.
    path: String,
    /// The end of a sentence that begins with the path.
    fault: String,
}

impl Mismatch {
    fn new(path: &str, expected: &Type) -> Self {
        Self { path: path.to_owned(), fault: format!("must be of the type {expected}") }
    }
}

/// Checks the value of each variable that `operation` declares, and converts whole numbers to
/// integers. Fails with `BAD_USER_INPUT` at the first wrong or missing value.
///
/// Source: GraphQL specification, October 2021, section 6.1.2.
pub(crate) fn coerce(
    index: &SchemaIndex,
    operation: &OperationDefinition,
    variables: &mut Variables,
) -> Result<(), RequestError> {
    for definition in &operation.variable_definitions {
        let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
        let checked = match variables.get_mut(name) {
            Some(value) => matches(index, ty, value, name),
            None if ty.nullable || definition.node.default_value.is_some() => Ok(()),
            None => Err(Mismatch::new(name, ty)),
        };
        checked.map_err(|Mismatch { path, fault }| RequestError {
            location: Some(definition.pos),
            ..RequestError::new(BAD_USER_INPUT, format!("variable \"${path}\" {fault}"))
        })?;
    }
    Ok(())
}

fn matches(index: &SchemaIndex, ty: &Type, value: &mut Value, path: &str) -> Result<(), Mismatch> {
    match (&ty.base, value) {
        (_, Value::Null) if ty.nullable => Ok(()),
        (_, Value::Null) => Err(Mismatch::new(path, ty)),
        (BaseType::List(inner), Value::List(items)) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(i, item)| matches(index, inner, item, &format!("{path}.{i}"))),
        // A single value is coerced to a list of one.
        (BaseType::List(inner), single) => matches(index, inner, single, path),
        (BaseType::Named(name), value) => match (index.get(name), value) {
            (Some(Definition::Input(fields)), Value::Object(entries)) => {
                object(index, name, fields, entries, path)
            }
            (Some(Definition::Enum(names)), Value::String(text))
                if names.iter().any(|name| name == &**text) =>
            {
                Ok(())
            }
            (Some(Definition::Scalar(scalar)), value) => {
                if let (Scalar::Int | Scalar::Id, Value::Number(number)) = (scalar, &mut *value)
                    && let Some(whole) = whole(number)
                {
                    *number = whole.into();
                }
                if scalar.accepts(value) { Ok(()) } else { Err(Mismatch::new(path, ty)) }
            }
            // Validation refuses a variable of such a type.
            (Some(Definition::Object(_)) | None, _) => Ok(()),
            _ => Err(Mismatch::new(path, ty)),
        },
    }
}

/// The first whole number that JavaScript does not represent exactly: 2 to the power of 53.
const SAFE: f64 = 9_007_199_254_740_992.0;

/// The integer that JSON writes with a fraction, an exponent or a sign. In JavaScript `1.0` is
/// `1`, but async-graphql's `Int` does not accept it.
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the bounds")]
    (float.fract() == 0.0 && float.abs() < SAFE).then_some(float as i64)
}

fn object(
    index: &SchemaIndex,
    name: &Name,
    fields: &[Input],
    entries: &mut IndexMap<Name, Value>,
    path: &str,
) -> Result<(), Mismatch> {
    for field in fields {
        let path = format!("{path}.{}", field.name);
        match entries.get_mut(&*field.name) {
            Some(value) => matches(index, &field.ty, value, &path)?,
            None if field.is_required() => return Err(Mismatch::new(&path, &field.ty)),
            None => {}
        }
    }
    match entries.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
        Some(unknown) => Err(Mismatch {
            path: format!("{path}.{unknown}"),
            fault: format!("is no field of the type {name}"),
        }),
        None => Ok(()),
    }
}
