//! Lists whose items are written as JSON while they are resolved.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    ContainerType, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use bytes::Bytes;

use crate::{execution_state::ExecutionState, json, json_writer};

/// A list of objects, for resolvers to return.
pub enum List<T> {
    /// Items to resolve, which may be shared.
    Items(Arc<Vec<T>>),
    /// The answer: a JSON array with what is selected of each item.
    RawJson(Bytes),
}

impl<T, S: Into<T>> From<Vec<S>> for List<T> {
    fn from(items: Vec<S>) -> Self {
        Self::Items(Arc::new(items.into_iter().map(Into::into).collect()))
    }
}

impl<T: ContainerType> OutputType for List<T> {
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
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match self {
            Self::Items(items) => json_writer::list(ctx, items).await,
            Self::RawJson(text) => {
                if let Some(state) = ExecutionState::of(ctx) {
                    state.budget.spend(text.len())?;
                }
                Ok(json::raw(text.clone()))
            }
        }
    }
}
