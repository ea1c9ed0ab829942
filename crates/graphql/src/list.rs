//! Lists whose errors say where they happened.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, futures_util::future,
    parser::types::Field, registry::Registry,
};

use crate::budget::Budget;

/// A list of the schema. A `Vec` would do, but async-graphql cuts the path of an
/// error below a list item off at the item.
pub(crate) struct List<T>(Vec<T>);

impl<T, S: Into<T>> From<Vec<S>> for List<T> {
    fn from(items: Vec<S>) -> Self {
        Self(items.into_iter().map(Into::into).collect())
    }
}

impl<T: OutputType> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let budget = Budget::of(ctx);
        let items = self.0.iter().enumerate().map(async |(index, item)| {
            let ctx = ctx.with_index(index);
            let item = OutputType::resolve(item, &ctx, field).await.map_err(|error| {
                if error.path.is_empty() { ctx.set_error_path(error) } else { error }
            })?;
            if let Some(budget) = budget {
                budget.spend(&item)?;
            }
            ServerResult::Ok(item)
        });
        Ok(Value::List(future::try_join_all(items).await?))
    }
}
