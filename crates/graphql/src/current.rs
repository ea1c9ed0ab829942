//! The current row in the error `CONFLICT`: `extensions.current`.

use async_graphql::{Name, ScalarType, Value, indexmap::IndexMap};
use domain::{FieldValue, version::CurrentRow};

use crate::scalar::DateTime;

/// Returns the row in the form of a client's cache: `__typename` and all fields that are not
/// objects.
pub(crate) fn current(row: &dyn CurrentRow) -> Value {
    let mut fields = IndexMap::from([(Name::new("__typename"), row.type_name().into())]);
    for (field, value) in row.fields() {
        let value = match value {
            FieldValue::Null => Value::Null,
            FieldValue::Text(text) => text.into(),
            FieldValue::Int(number) => number.into(),
            FieldValue::Boolean(value) => value.into(),
            FieldValue::Instant(instant) => DateTime(instant).to_value(),
        };
        fields.insert(Name::new(field.name), value);
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{
        parse_schema,
        types::{BaseType, TypeKind, TypeSystemDefinition},
    };
    use chrono::DateTime;

    use super::*;

    /// Returns the fields of a type that are not objects, sorted, from the schema.
    fn scalar_fields(name: &str) -> Vec<String> {
        let schema = parse_schema(crate::sdl()).unwrap();
        let types: Vec<_> = schema
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => Some(definition.node),
                _ => None,
            })
            .collect();
        let is_object = |named: &str| {
            let mut named = types.iter().filter(|definition| definition.name.node == *named);
            named.any(|definition| matches!(definition.kind, TypeKind::Object(_)))
        };
        let wanted = types.iter().find(|definition| definition.name.node == *name).unwrap();
        let TypeKind::Object(object) = &wanted.kind else { panic!("{name}") };
        let fields = object.fields.iter().filter(|field| match &field.node.ty.node.base {
            BaseType::Named(named) => !is_object(named),
            BaseType::List(_) => false,
        });
        fields.map(|field| field.node.name.node.to_string()).collect()
    }

    fn written_fields(row: &dyn CurrentRow) -> Vec<String> {
        let Value::Object(fields) = current(row) else { panic!("no object") };
        let mut names: Vec<_> = fields.keys().skip(1).map(ToString::to_string).collect();
        names.sort();
        names
    }

    #[test]
    fn a_current_row_has_all_scalar_fields_of_the_schema() {
        let book = domain::Book {
            id: "b1".into(),
            title: "Emma".to_owned(),
            description: None,
            isbn: None,
            release_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let author = domain::Author {
            id: "a1".into(),
            name: "Jane".to_owned(),
            bio: None,
            birth_year: None,
            death_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(written_fields(&book), scalar_fields("Book"));
        assert_eq!(written_fields(&author), scalar_fields("Author"));
    }
}
