//! The schema, as validation and the coercion of variables look at it.
//!
//! It is read once from async-graphql's registry, which is what executes: questions
//! about the schema and what its scalars take are in it.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use async_graphql::{
    Name, Response, SchemaEnv, Value,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest},
    futures_util::FutureExt,
    indexmap::IndexMap,
    parser::types::{BaseType, OperationType, Type},
    registry::{MetaDirective, MetaField, MetaInputValue, MetaType, Registry, ScalarValidatorFn},
};
use domain::{Error, Result};

use crate::plan::root;

/// The types and directives of the schema by their names. It has objects only: neither
/// interfaces nor unions.
#[derive(Debug)]
pub(crate) struct Index {
    types: HashMap<Name, Definition>,
    pub(super) directives: HashMap<Name, Directive>,
    /// `__schema` and `__type`, which stand beside the fields of the query's object.
    questions: HashMap<Name, Field>,
    /// `__typename`, a field of every object.
    typename: Field,
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

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scalar")
    }
}

impl Scalar {
    fn new(name: &str, is_valid: Option<&ScalarValidatorFn>) -> Self {
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
    /// The index of this service's schema.
    pub(crate) fn new() -> Result<Self> {
        let seen = Look::default();
        let schema = crate::builder().extension(Look(Arc::clone(&seen.0))).finish();
        schema.execute("{ __typename }").now_or_never();
        let environment = seen.0.get();
        let environment =
            environment.ok_or_else(|| Error::internal("async-graphql showed no registry"))?;
        Self::read(&environment.registry)
    }

    fn read(registry: &Registry) -> Result<Self> {
        let types = registry.types.iter().map(|(name, ty)| Ok((Name::new(name), definition(ty)?)));
        let directives = registry.directives.values().map(directive);
        let question =
            |name, ty, arguments| Ok((Name::new(name), Field { ty: parsed(ty)?, arguments }));
        let name = Input { name: Name::new("name"), ty: parsed("String!")?, has_default: false };
        Ok(Self {
            types: types.collect::<Result<_>>()?,
            directives: directives.collect::<Result<_>>()?,
            questions: HashMap::from([
                question("__schema", "__Schema!", Vec::new())?,
                question("__type", "__Type", vec![name])?,
            ]),
            typename: Field { ty: parsed("String!")?, arguments: Vec::new() },
        })
    }

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

/// async-graphql shows its registry to extensions alone.
#[derive(Default)]
struct Look(Arc<OnceLock<SchemaEnv>>);

impl ExtensionFactory for Look {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

#[async_trait]
impl Extension for Look {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        // Failing means that it was seen before.
        _ = self.0.set(ctx.schema_env.clone());
        next.run(ctx).await
    }
}

fn definition(ty: &MetaType) -> Result<Definition> {
    Ok(match ty {
        MetaType::Scalar { name, is_valid, .. } => {
            Definition::Scalar(Scalar::new(name, is_valid.as_ref()))
        }
        MetaType::Enum { enum_values, .. } => {
            Definition::Enum(enum_values.keys().map(Name::new).collect())
        }
        MetaType::InputObject { input_fields, oneof: false, .. } => {
            Definition::Input(inputs(input_fields)?)
        }
        MetaType::Object { name, fields, .. } => Definition::Object(Object {
            name: Name::new(name),
            fields: fields.values().map(field).collect::<Result<_>>()?,
        }),
        MetaType::InputObject { name, .. }
        | MetaType::Interface { name, .. }
        | MetaType::Union { name, .. } => {
            let message = format!(
                "validation knows no such types as {name}: neither interfaces, unions nor one-of inputs"
            );
            return Err(Error::internal(message));
        }
    })
}

fn field(field: &MetaField) -> Result<(Name, Field)> {
    let arguments = inputs(&field.args)?;
    Ok((Name::new(&field.name), Field { ty: parsed(&field.ty)?, arguments }))
}

fn directive(directive: &MetaDirective) -> Result<(Name, Directive)> {
    let locations = directive.locations.iter().map(|location| format!("{location:?}"));
    let known = Directive {
        locations: locations.collect(),
        arguments: inputs(&directive.args)?,
        is_repeatable: directive.is_repeatable,
    };
    Ok((Name::new(&directive.name), known))
}

fn inputs(inputs: &IndexMap<String, MetaInputValue>) -> Result<Vec<Input>> {
    let inputs = inputs.values().map(|input| {
        let has_default = input.default_value.is_some();
        Ok(Input { name: Name::new(&input.name), ty: parsed(&input.ty)?, has_default })
    });
    inputs.collect()
}

fn parsed(ty: &str) -> Result<Type> {
    Type::new(ty).ok_or_else(|| Error::internal(format!("{ty} is no type")))
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
