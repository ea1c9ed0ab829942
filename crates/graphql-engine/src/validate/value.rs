//! Values in a document, and the variables in them.

use async_graphql::{
    Name, Pos,
    indexmap::IndexMap,
    parser::types::{BaseType, Type},
};
use async_graphql_value::Value;

use super::{
    error::Errors,
    uses::{Expected, VariableUse},
};
use crate::schema_index::{Definition, Input, Scalar, SchemaIndex};

/// How many bytes of a value a message shows.
const SHOWN: usize = 100;

/// Checks the values of one argument, or of a variable's default.
pub(super) struct Values<'v, 'f> {
    pub(super) index: &'v SchemaIndex,
    pub(super) errors: &'f mut Errors,
    /// The variables in the values.
    pub(super) variables: &'f mut Vec<VariableUse<'v>>,
    /// The position of the values.
    pub(super) at: Pos,
}

impl<'v> Values<'v, '_> {
    /// Checks a value against the expected type, if that is known.
    pub(super) fn check(&mut self, expected: Option<Expected<'v>>, value: &'v Value) {
        let ty = expected.map(|expected| expected.ty);
        match value {
            Value::Variable(name) => {
                self.variables.push(VariableUse { name, at: self.at, expected });
            }
            Value::Null => {
                if let Some(ty) = ty.filter(|ty| !ty.nullable) {
                    self.misfit(ty, value);
                }
            }
            Value::List(items) => self.list(ty, items, value),
            Value::Object(fields) => self.object(ty, fields, value),
            _ => self.leaf(ty, value),
        }
    }

    fn list(&mut self, ty: Option<&'v Type>, items: &'v [Value], value: &'v Value) {
        let inner = if let Some(BaseType::List(inner)) = ty.map(|ty| &ty.base) {
            Some(Expected { ty: inner, has_default: false })
        } else {
            self.leaf(ty, value);
            None
        };
        for item in items {
            self.check(inner, item);
        }
    }

    /// Checks an object, which is also coerced to a list of one.
    fn object(
        &mut self,
        ty: Option<&'v Type>,
        fields: &'v IndexMap<Name, Value>,
        value: &'v Value,
    ) {
        let Some((ty, Some(Definition::Input(known)))) = ty.map(|ty| (ty, self.index.named(ty)))
        else {
            self.leaf(ty, value);
            return fields.values().for_each(|value| self.check(None, value));
        };
        for (name, value) in fields {
            let input = known.iter().find(|known| known.name == *name);
            if input.is_none() {
                let known = known.iter().map(|known| known.name.as_str());
                let message = || format!("unknown field \"{name}\" of the type \"{ty}\"");
                self.errors.unknown(self.at, name, known, message);
            }
            let expected = input
                .map(|Input { ty, default, .. }| Expected { ty, has_default: default.is_some() });
            self.check(expected, value);
        }
        let required = known.iter().filter(|input| input.is_required());
        for missing in required.filter(|input| !fields.contains_key(&input.name)) {
            let Input { name, ty: wanted, .. } = missing;
            let message =
                || format!("the type \"{ty}\" needs its field \"{name}\" of the type \"{wanted}\"");
            self.errors.add(self.at, message);
        }
    }

    /// Checks a value of an enum or a scalar.
    fn leaf(&mut self, ty: Option<&'v Type>, value: &Value) {
        let Some(ty) = ty else { return };
        match (self.index.named(ty), value) {
            (Some(Definition::Enum(known)), Value::Enum(name)) => {
                if !known.contains(name) {
                    let known = known.iter().map(Name::as_str);
                    let message = || format!("unknown value \"{name}\" of the type \"{ty}\"");
                    self.errors.unknown(self.at, name, known, message);
                }
            }
            (Some(Definition::Scalar(scalar)), value) if accepts(scalar, value) => {}
            // An unknown type is an error of its own.
            (None, _) => {}
            _ => self.misfit(ty, value),
        }
    }

    fn misfit(&mut self, ty: &Type, value: &Value) {
        self.errors.add(self.at, || {
            let mut shown = value.to_string();
            if shown.len() > SHOWN {
                shown.truncate(shown.floor_char_boundary(SHOWN));
                shown.push('…');
            }
            let bits = match (self.index.named(ty), value) {
                (Some(Definition::Scalar(Scalar::Int)), Value::Number(_)) => {
                    ", a whole number of 32 bits"
                }
                (Some(Definition::Scalar(Scalar::Id)), Value::Number(_)) => {
                    ", a text or a whole number of 64 bits"
                }
                _ => "",
            };
            format!("expected a value of the type \"{ty}\"{bits}, found {shown}")
        });
    }
}

/// Whether a scalar accepts a value, whatever the variables in it are.
fn accepts(scalar: &Scalar, value: &Value) -> bool {
    // Only a scalar of any JSON contains lists or objects.
    let whole = value.clone().into_const_with(|_| Ok::<_, ()>(async_graphql::Value::Null));
    whole.is_ok_and(|value| scalar.accepts(&value))
}
