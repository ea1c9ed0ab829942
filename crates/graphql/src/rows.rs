//! Lists of which the database wrote the rows as JSON: what a client wants of a row, and
//! stands there as it is answered, is copied, without an object in between.
//!
//! A list of which anything else is wanted is resolved as every other.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, ContextSelectionSet, Error, OutputType, Positioned, ServerResult, Value,
    parser::types::{Field, SelectionSet},
    registry::Registry,
};
use chrono::Utc;
use serde_json::value::RawValue;

use crate::{budget::Budget, error::ApiError, json, list::List, plan::fields, scalar::DateTime};

/// A list of the schema, of objects that the database has rows of.
pub(crate) struct Rows<T: Row>(pub(crate) services::Rows<T::Part, T::Wish>);

/// An object that the database has rows of.
pub(crate) trait Row: ContainerType + OutputType + From<Self::Part> {
    type Part: Send + Sync;
    type Wish: Send + Sync;

    /// Where a row has what `field` answers; None where it has to be resolved. Only for
    /// what everybody may see of every row.
    fn place(field: &Field, wish: &Self::Wish) -> Option<Place>;
}

/// Which of a row's values a field answers.
pub(crate) enum Place {
    /// The value of this number, as it stands there.
    Value(usize),
    /// That of this number, an instant, as clients see it.
    Instant(usize),
    /// That of this number, which is rows, as objects.
    Rows(usize, Shape),
    /// None of them, but the name of the type.
    TypeName(Cow<'static, str>),
}

/// How a row is written: the keys of the object, and what stands under each.
pub(crate) struct Shape(Vec<(String, Place)>);

impl Shape {
    /// The shape of what is selected; None if any of it has to be resolved.
    pub(crate) fn of<T: Row>(selected: &SelectionSet, wish: &T::Wish) -> Option<Self> {
        let places = fields(selected).map(|Positioned { node: field, .. }| {
            let place = match field.name.node.as_str() {
                "__typename" => Place::TypeName(<T as OutputType>::type_name()),
                _ => T::place(field, wish)?,
            };
            Some((format!("\"{}\":", field.response_key().node), place))
        });
        places.collect::<Option<_>>().map(Self)
    }

    /// Adds `rows` as objects to `out`, and tells `budget` how long each is. Fails when the
    /// text is no rows of this shape, or too long.
    fn write(
        &self,
        rows: &str,
        out: &mut Vec<u8>,
        budget: Option<&Budget>,
    ) -> Result<(), ApiError> {
        let rows: Vec<Vec<&RawValue>> =
            serde_json::from_str(rows).map_err(domain::Error::internal)?;
        out.push(b'[');
        for (place, row) in rows.iter().enumerate() {
            let before = out.len();
            if place > 0 {
                out.push(b',');
            }
            self.write_one(row, out)?;
            // The answer is refused then, and this error seen by nobody.
            let counted = budget.map_or(Ok(()), |budget| budget.spend(out.len() - before));
            counted.map_err(|error| domain::Error::internal(error.message))?;
        }
        out.push(b']');
        Ok(())
    }

    fn write_one(&self, row: &[&RawValue], out: &mut Vec<u8>) -> Result<(), ApiError> {
        let value = |nth: usize| {
            let value = row.get(nth).map(|value| value.get());
            value.ok_or_else(|| domain::Error::internal("a row is too short"))
        };
        out.push(b'{');
        for (place, (key, source)) in self.0.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(key.as_bytes());
            match source {
                Place::Value(nth) => out.extend_from_slice(value(*nth)?.as_bytes()),
                Place::Instant(nth) => {
                    let instant = serde_json::from_str::<chrono::DateTime<Utc>>(value(*nth)?);
                    json::write(&instant_value(instant.map_err(domain::Error::internal)?), out);
                }
                Place::Rows(nth, shape) => shape.write(value(*nth)?, out, None)?,
                Place::TypeName(name) => json::string(name, out),
            }
        }
        out.push(b'}');
        Ok(())
    }
}

fn instant_value(instant: chrono::DateTime<Utc>) -> Value {
    async_graphql::ScalarType::to_value(&DateTime(instant))
}

impl<T: Row> OutputType for Rows<T> {
    fn type_name() -> Cow<'static, str> {
        List::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        List::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        List::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let fail =
            |error: ApiError| ctx.set_error_path(Error::from(error).into_server_error(field.pos));
        let Some(shape) = Shape::of::<T>(&ctx.item.node, self.0.wish()) else {
            let parts = self.0.parts().map_err(|error| fail(error.into()))?;
            let items = List::<T>::from(parts);
            return Box::pin(items.resolve(ctx, field)).await;
        };
        let rows = self.0.json();
        let mut out = Vec::with_capacity(rows.len() * 2);
        shape.write(rows, &mut out, Budget::of(ctx)).map_err(fail)?;
        Ok(json::finished(out))
    }
}
