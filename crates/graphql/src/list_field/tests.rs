//! Tests that the tables of fields match the schema and its resolvers.

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use domain::{Author, Book, EntityField, Field, FieldType};
use serde::{Deserializer, de, forward_to_deserialize_any};

use super::*;

/// A deserializer that fails with the names of the struct's fields, in their order.
struct FieldNames;

impl<'de> Deserializer<'de> for FieldNames {
    type Error = de::value::Error;

    fn deserialize_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom(names.join(" ")))
    }

    fn deserialize_any<V: de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("not a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The type of a field in the schema; none if the field takes arguments.
fn type_in_schema(object: &str, field: &str) -> Option<String> {
    let schema = parse_schema(crate::sdl()).unwrap();
    let objects = schema.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => match definition.node.kind {
            TypeKind::Object(fields) if definition.node.name.node == object => Some(fields),
            _ => None,
        },
        _ => None,
    });
    let mut fields = objects.flat_map(|object| object.fields);
    let field = fields.find(|definition| definition.node.name.node == field)?.node;
    field.arguments.is_empty().then(|| field.ty.node.to_string())
}

fn type_of(field: &Field) -> String {
    let name = match field.ty {
        FieldType::Id => "ID",
        FieldType::Text { .. } => "String",
        FieldType::Int => "Int",
        FieldType::Boolean => "Boolean",
        FieldType::Instant => "DateTime",
    };
    if field.nullable { name.to_owned() } else { format!("{name}!") }
}

/// The database writes public fields without their resolvers. So these must have no guard, and
/// no context, from which they could read the viewer. Acceptance tests read each field in both
/// ways, and show that the resolvers copy the row's value.
fn assert_resolver_copies(source: &str, field: &Field) {
    let head = format!("async fn {}(&self", field.key);
    let (before, after) = source.split_once(&head).unwrap();
    assert!(after.starts_with(')'), "{} takes more than the row", field.name);
    let attributes = before.rsplit("\n\n").next().unwrap().rsplit("{\n").next().unwrap();
    assert!(!attributes.contains("#["), "{} has an attribute, maybe a guard", field.name);
}

/// Rows are read from arrays, whose elements have the order of the table.
fn assert_order_of_struct<E: Entity>() {
    let table: Vec<_> = E::Field::ALL.iter().map(|field| field.definition().key).collect();
    assert_eq!(E::deserialize(FieldNames).unwrap_err().to_string(), table.join(" "));
}

fn assert_table_fits<E: Entity>(source: &str) {
    assert_order_of_struct::<E>();
    for field in E::Field::ALL.iter().map(|field| field.definition()) {
        let declared = type_in_schema(E::TYPE_NAME, field.name);
        assert_eq!(declared, Some(type_of(field)), "{}.{}", E::TYPE_NAME, field.name);
        if field.public {
            assert_resolver_copies(source, field);
        }
    }
    let object = format!("#[Object]\nimpl {} {{", E::TYPE_NAME);
    assert!(source.contains(&object), "the object {} has a guard", E::TYPE_NAME);
    for name in E::OTHER_FIELDS.iter().chain(&E::NESTED).filter(|name| **name != "__typename") {
        let head = format!("async fn {}(", snake_case(name));
        assert!(source.contains(&head), "{} has no field {name}", E::TYPE_NAME);
    }
}

fn snake_case(name: &str) -> String {
    let letter = |letter: char| match letter {
        'A'..='Z' => format!("_{}", letter.to_ascii_lowercase()),
        _ => letter.to_string(),
    };
    name.chars().map(letter).collect()
}

#[test]
fn field_tables_match_the_schema_and_public_resolvers_copy() {
    assert_table_fits::<Book>(include_str!("../book.rs"));
    assert_table_fits::<Author>(include_str!("../author.rs"));
}
