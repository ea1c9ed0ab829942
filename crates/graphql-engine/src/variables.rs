//! Values of variables against their types, before anything is executed.
//!
//! async-graphql would report a wrong value of a variable as it reports a wrong
//! document; clients tell the two apart by `BAD_USER_INPUT`.

use async_graphql::{
    Name, Number, Value, Variables,
    indexmap::IndexMap,
    parser::types::{BaseType, OperationDefinition, Type},
};

use crate::{
    error::RequestError,
    schema_index::{Definition, Input, Scalar, SchemaIndex},
};

/// A value that does not fit its type.
struct Mismatch {
    /// The variable's name, and the fields and indexes that lead to the value.
    path: String,
    /// What is wrong, as the end of a sentence that begins with the path.
    fault: String,
}

impl Mismatch {
    fn new(path: &str, expected: &Type) -> Self {
        Self { path: path.to_owned(), fault: format!("must be of the type {expected}") }
    }
}

/// Checks the value of each variable that `operation` declares, and writes whole numbers
/// as such. Fails with `BAD_USER_INPUT` at the first wrong or missing one.
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
            ..RequestError::new("BAD_USER_INPUT", format!("variable \"${path}\" {fault}"))
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
        // One value stands for a list of one.
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
            // No variable can have it, which is validation's to say.
            (Some(Definition::Object(_)) | None, _) => Ok(()),
            _ => Err(Mismatch::new(path, ty)),
        },
    }
}

/// Below this, whole numbers are what JavaScript takes them for: 2 to the power of 53.
const SAFE: f64 = 9_007_199_254_740_992.0;

/// A whole number that JSON writes with a fraction, an exponent or a sign: JavaScript
/// knows no other `1.0` than `1`, but async-graphql's `Int` is no `Float`.
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

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::{Document, Limits};

    #[test]
    fn wrong_values_are_named_with_their_path() {
        let index = SchemaIndex::new().unwrap();
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
            ("BookOrder", value!("title_asc"), Some("x")),
            ("[BookOrder!]", value!("TITLE_ASC"), None),
            ("ID", value!(18_446_744_073_709_551_615_u64), Some("x")),
            ("DateTime", value!("yesterday"), Some("x")),
            ("Upload", value!("a"), Some("x")),
            ("BookFilter", value!({ "releaseYear": { "min": "1" } }), Some("x.releaseYear.min")),
            ("BookFilter", value!({ "colour": 1 }), Some("x.colour")),
            ("CreateBookInput!", value!({ "authorIds": [] }), Some("x.title")),
            ("CreateBookInput!", value!({ "title": "Emma", "authorIds": ["a"] }), None),
        ] {
            let text = format!("query($x: {ty}) {{ a }}");
            let document = Document::parse(&text, &Limits::default()).unwrap();
            let operation = document.operation(None).unwrap();
            let mut variables = Variables::from_value(value!({ "x": (value.clone()) }));
            let refused = check(&index, operation.definition(), &mut variables).err();
            let path = wrong.map(|path| format!("\"${path}\""));
            match (&refused, &path) {
                (None, None) => {}
                (Some(refused), Some(path)) => {
                    assert!(refused.message.contains(path), "{refused:?}");
                    let unknown = "variable \"$x.colour\" is no field of the type BookFilter";
                    assert_eq!(refused.message == unknown, path.contains("colour"), "{refused:?}");
                }
                _ => panic!("{ty} {value}: {refused:?}"),
            }
        }
    }

    /// As graphql-js takes them.
    #[test]
    fn whole_numbers_are_integers_however_json_writes_them() {
        let index = SchemaIndex::new().unwrap();
        for (ty, json, taken) in [
            ("Int", "1.0", Some("1")),
            ("Int!", "-0", Some("0")),
            ("Int", "1e3", Some("1000")),
            ("Int", "-2147483648.0", Some("-2147483648")),
            ("Int", "2147483648.0", None),
            ("Int", "1.5", None),
            ("Int", "1e300", None),
            ("[Int]", "[1.0, null, 2]", Some("[1, null, 2]")),
            ("[[Int]]", "3.0", Some("3")),
            ("Float", "1.0", Some("1.0")),
            ("ID", "3.0", Some("3")),
            ("ID!", "-1e3", Some("-1000")),
            ("ID", "0.5", None),
            ("ID", "1e300", None),
            (
                "BookFilter",
                r#"{ "and": [{ "releaseYear": { "min": 1815.0 } }] }"#,
                Some("{and: [{releaseYear: {min: 1815}}]}"),
            ),
        ] {
            let text = format!("query($x: {ty}) {{ a }}");
            let document = Document::parse(&text, &Limits::default()).unwrap();
            let operation = document.operation(None).unwrap();
            let json = format!(r#"{{ "x": {json} }}"#);
            let mut variables: Variables = serde_json::from_str(&json).unwrap();
            let checked = check(&index, operation.definition(), &mut variables).is_ok();
            let x = checked.then(|| variables["x"].to_string());
            assert_eq!(x.as_deref(), taken, "{ty} {json}");
        }
    }

    #[test]
    fn a_missing_value_is_wrong_only_where_one_is_needed() {
        let index = SchemaIndex::new().unwrap();
        for (declared, ok) in [("Int!", false), ("Int! = 1", true), ("Int", true)] {
            let text = format!("query($x: {declared}) {{ a }}");
            let document = Document::parse(&text, &Limits::default()).unwrap();
            let operation = document.operation(None).unwrap();
            assert_eq!(
                check(&index, operation.definition(), &mut Variables::default()).is_ok(),
                ok,
                "{declared}"
            );
        }
    }
}
