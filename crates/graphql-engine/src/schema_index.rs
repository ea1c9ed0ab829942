//! The schema, as validation and the coercion of variables look at it.

use std::{collections::HashMap, fmt, sync::Arc};

use async_graphql::{
    Name, Value,
    parser::types::{BaseType, OperationType, Type},
    registry::ScalarValidatorFn,
};

use crate::plan::root;

/// The types and directives of the schema by their names. It has objects only: neither
/// interfaces nor unions.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) types: HashMap<Name, Definition>,
    pub(super) directives: HashMap<Name, Directive>,
    /// `__schema` and `__type`, which stand beside the fields of the query's object.
    pub(super) questions: HashMap<Name, Field>,
    /// `__typename`, a field of every object.
    pub(super) typename: Field,
}

/// What is known of a type.
#[derive(Debug)]
pub(crate) enum Definition {
    Scalar(Scalar),
    /// The names of its values.
    Enum(Vec<Name>),
    /// The fields of an input object.
    Input(Vec<Input>),
    Object(Object),
}

impl Definition {
    /// Whether a variable can have it.
    pub(super) fn is_input(&self) -> bool {
        !matches!(self, Self::Object(_))
    }

    /// Whether nothing is selected of it.
    pub(super) fn is_leaf(&self) -> bool {
        matches!(self, Self::Scalar(_) | Self::Enum(_))
    }
}

/// An object type.
#[derive(Debug)]
pub(crate) struct Object {
    pub(super) name: Name,
    pub(super) fields: HashMap<Name, Field>,
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(super) ty: Type,
    pub(super) arguments: Vec<Input>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) has_default: bool,
}

impl Input {
    /// Whether it must be given.
    pub(crate) fn is_required(&self) -> bool {
        !self.ty.nullable && !self.has_default
    }
}

/// A directive.
#[derive(Debug)]
pub(crate) struct Directive {
    /// Where it may stand, as introspection calls the places.
    pub(super) locations: Vec<String>,
    pub(super) arguments: Vec<Input>,
    pub(super) is_repeatable: bool,
}

/// A scalar, and what it takes.
pub(crate) enum Scalar {
    Int,
    Float,
    Boolean,
    String,
    Id,
    Custom(ScalarValidatorFn),
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar")
    }
}

impl Scalar {
    pub(super) fn new(name: &str, is_valid: Option<&ScalarValidatorFn>) -> Self {
        match name {
            "Int" => Self::Int,
            "Float" => Self::Float,
            "Boolean" => Self::Boolean,
            "String" => Self::String,
            "ID" => Self::Id,
            _ => Self::Custom(is_valid.map_or_else(|| Arc::new(|_: &Value| true) as _, Arc::clone)),
        }
    }

    /// Whether it takes a value that is not null.
    pub(crate) fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Int, Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            (Self::Id, Value::Number(number)) => number.is_i64(),
            (Self::Float, Value::Number(_))
            | (Self::String | Self::Id, Value::String(_))
            | (Self::Boolean, Value::Boolean(_)) => true,
            // A file is an upload and nothing else, which that scalar says itself.
            (Self::Custom(is_valid), value) => is_valid(value),
            _ => false,
        }
    }
}

impl Index {
    /// The definition of the type of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.types.get(name)
    }

    /// The definition of what a type is about: what its lists have in them.
    pub(crate) fn named(&self, ty: &Type) -> Option<&Definition> {
        self.get(named(ty))
    }

    /// The object of this name.
    pub(super) fn object(&self, name: &str) -> Option<&Object> {
        match self.get(name)? {
            Definition::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The object that operations of this type begin at.
    pub(super) fn root(&self, ty: OperationType) -> Option<&Object> {
        self.object(root(ty))
    }

    /// A field of an object.
    pub(super) fn field<'i>(&'i self, of: &'i Object, name: &str) -> Option<&'i Field> {
        if name == "__typename" {
            return Some(&self.typename);
        }
        let asked = || self.questions.get(name).filter(|_| of.name == root(OperationType::Query));
        of.fields.get(name).or_else(asked)
    }

    /// The names of all types.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(Name::as_str)
    }
}

/// The name in a type, without its lists.
pub(crate) fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_has_what_the_schema_has() {
        let index = Index::new().unwrap();
        let query = index.root(OperationType::Query).unwrap();
        let books = index.field(query, "books").unwrap();
        assert_eq!(books.ty.to_string(), "[Book!]!");
        let limit = books.arguments.iter().find(|input| input.name == "limit").unwrap();
        assert!(limit.has_default && !limit.is_required() && limit.ty.to_string() == "Int!");
        for (name, of, known) in [
            ("__schema", "Query", true),
            ("__schema", "Book", false),
            ("__typename", "Book", true),
            ("ofType", "__Type", true),
            ("nothing", "Query", false),
        ] {
            let object = index.object(of).unwrap();
            assert_eq!(index.field(object, name).is_some(), known, "{of}.{name}");
        }
        assert!(index.directives["include"].locations.contains(&"FIELD".to_owned()));
    }

    #[test]
    fn a_scalar_takes_what_its_resolvers_take() {
        let index = Index::new().unwrap();
        for (ty, value, ok) in [
            ("Int", Value::from(i32::MAX), true),
            ("Int", Value::from(i64::from(i32::MAX) + 1), false),
            ("Int", Value::from(1.0), false),
            ("ID", Value::from(i64::MAX), true),
            ("ID", Value::from(u64::MAX), false),
            ("ID", Value::from(1.5), false),
            ("String", Value::from(1), false),
            ("Boolean", Value::from("true"), false),
            ("DateTime", Value::from("2026-11-20T12:00:00Z"), true),
            ("DateTime", Value::from("today"), false),
            ("Upload", Value::from("a"), false),
            ("Upload", Value::Binary(bytes::Bytes::new()), true),
            ("String", Value::Binary(bytes::Bytes::new()), false),
            ("JSON", Value::from(vec![1]), true),
            ("JSON", Value::Binary(bytes::Bytes::new()), false),
        ] {
            let Some(Definition::Scalar(scalar)) = index.get(ty) else { panic!("{ty}") };
            assert_eq!(scalar.takes(&value), ok, "{ty} {value:?}");
        }
    }
}
