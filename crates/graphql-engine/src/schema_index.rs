//! The schema in the form that validation, coercion of variables and costs use.

use std::{collections::HashMap, fmt, sync::Arc};

use async_graphql::{
    Name, Value,
    parser::types::{BaseType, OperationType, Type},
    registry::ScalarValidatorFn,
};

use crate::{FieldCost, SchemaError, field_cost::Multiplicity};

/// The types and directives of the schema by their names. A schema with interfaces or
/// unions is not supported.
#[derive(Debug)]
pub(crate) struct SchemaIndex {
    pub(crate) types: HashMap<Name, Definition>,
    pub(crate) directives: HashMap<Name, Directive>,
    /// `__schema` and `__type`, fields of the query type beside its own.
    pub(crate) introspection_fields: HashMap<Name, Field>,
    /// `__typename`, a field of every object.
    pub(crate) typename: Field,
    /// The root types.
    pub(crate) query: Name,
    pub(crate) mutation: Option<Name>,
    pub(crate) subscription: Option<Name>,
}

/// The definition of a type.
#[derive(Debug)]
pub(crate) enum Definition {
    Scalar(Scalar),
    /// The names of the values.
    Enum(Vec<Name>),
    /// The fields of an input object.
    Input(Vec<Input>),
    Object(Object),
}

impl Definition {
    /// Whether a variable can have the type.
    pub(crate) fn is_input(&self) -> bool {
        !matches!(self, Self::Object(_))
    }

    /// Whether the type has no fields to select.
    pub(crate) fn is_leaf(&self) -> bool {
        matches!(self, Self::Scalar(_) | Self::Enum(_))
    }
}

/// An object type.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: Name,
    pub(crate) fields: HashMap<Name, Field>,
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) ty: Type,
    pub(crate) arguments: Vec<Input>,
    /// The declared cost; without one, the field is one point.
    pub(crate) cost: Option<FieldCost>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    /// The default value as GraphQL text.
    pub(crate) default: Option<String>,
}

impl Input {
    /// Whether a value must be given.
    pub(crate) fn is_required(&self) -> bool {
        !self.ty.nullable && self.default.is_none()
    }
}

/// A directive.
#[derive(Debug)]
pub(crate) struct Directive {
    /// The locations in which the directive is allowed, by their names in introspection.
    pub(crate) locations: Vec<String>,
    pub(crate) arguments: Vec<Input>,
    pub(crate) is_repeatable: bool,
}

/// A scalar, and which values it accepts.
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
    pub(crate) fn new(name: &str, is_valid: Option<&ScalarValidatorFn>) -> Self {
        match name {
            "Int" => Self::Int,
            "Float" => Self::Float,
            "Boolean" => Self::Boolean,
            "String" => Self::String,
            "ID" => Self::Id,
            _ => Self::Custom(is_valid.map_or_else(|| Arc::new(|_: &Value| true) as _, Arc::clone)),
        }
    }

    /// Whether the scalar accepts a value that is not null.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Int, Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            (Self::Id, Value::Number(number)) => number.is_i64(),
            (Self::Float, Value::Number(_))
            | (Self::String | Self::Id, Value::String(_))
            | (Self::Boolean, Value::Boolean(_)) => true,
            // A file is valid for the scalar of uploads alone, whose own validator knows it.
            (Self::Custom(is_valid), value) => is_valid(value),
            _ => false,
        }
    }
}

impl SchemaIndex {
    /// The definition of the type of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.types.get(name)
    }

    /// The definition of the named type within a type, lists unwrapped.
    pub(crate) fn named(&self, ty: &Type) -> Option<&Definition> {
        self.get(named(ty))
    }

    /// The object of this name.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        match self.get(name)? {
            Definition::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The object within a type, lists unwrapped, if it is an object.
    pub(crate) fn object_of(&self, ty: &Type) -> Option<&Object> {
        self.object(named(ty))
    }

    /// The root type of operations of this kind.
    pub(crate) fn root(&self, ty: OperationType) -> Option<&Object> {
        let name = match ty {
            OperationType::Query => Some(&self.query),
            OperationType::Mutation => self.mutation.as_ref(),
            OperationType::Subscription => self.subscription.as_ref(),
        };
        self.object(name?)
    }

    /// A field of an object, introspection included.
    pub(crate) fn field<'i>(&'i self, object: &'i Object, name: &str) -> Option<&'i Field> {
        if name == "__typename" {
            return Some(&self.typename);
        }
        let introspection =
            || self.introspection_fields.get(name).filter(|_| object.name == self.query);
        object.fields.get(name).or_else(introspection)
    }

    /// The names of all types.
    pub(crate) fn type_names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(Name::as_str)
    }

    /// Sets the costs of fields. Fails when one names what the schema does not have, when a
    /// default differs from the schema's, or when a list is left without a cost.
    pub(crate) fn declare(&mut self, costs: &[FieldCost]) -> Result<(), SchemaError> {
        for cost in costs {
            let name = format!("{}.{}", cost.object, cost.field);
            let field = match self.types.get_mut(cost.object) {
                Some(Definition::Object(object)) => object.fields.get_mut(cost.field),
                _ => None,
            };
            let field = field.ok_or_else(|| {
                SchemaError(format!("a cost is declared for {name}, which is not in the schema"))
            })?;
            check_arguments(&name, field, cost)?;
            if field.cost.replace(*cost).is_some() {
                return Err(SchemaError(format!("two costs are declared for {name}")));
            }
        }
        let objects = self.types.values().filter_map(|definition| match definition {
            Definition::Object(object) if !object.name.starts_with("__") => Some(object),
            _ => None,
        });
        for object in objects {
            let lists = object.fields.iter().filter(|(_, field)| is_list(&field.ty));
            if let Some((name, _)) = lists.into_iter().find(|(_, field)| field.cost.is_none()) {
                let message = format!("{}.{name} is a list: declare its cost", object.name);
                return Err(SchemaError(message));
            }
        }
        Ok(())
    }
}

/// Fails if a cost names an unknown argument of the field, or has another default for a list's
/// length than the schema.
fn check_arguments(name: &str, field: &Field, cost: &FieldCost) -> Result<(), SchemaError> {
    let (lengths, default) = match cost.multiplicity {
        Multiplicity::Arguments { names, default } => (names, default),
        _ => (&[] as &[_], 0),
    };
    let priced = cost.arguments.iter().map(|(argument, _)| argument);
    for argument in lengths.iter().chain(priced) {
        let known = field.arguments.iter().find(|known| known.name == *argument);
        let Some(known) = known else {
            let message =
                format!("the cost of {name} names its argument {argument}, which it lacks");
            return Err(SchemaError(message));
        };
        let differs = |text: &String| text.parse() != Ok(default);
        if lengths.contains(argument) && known.default.as_ref().is_some_and(differs) {
            let message =
                format!("the cost of {name} has another default than its argument {argument}");
            return Err(SchemaError(message));
        }
    }
    Ok(())
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

/// The name in a type, without its lists.
pub(crate) fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}
