//! Where a connection's rows come from.

use async_graphql::{Context, async_trait::async_trait};
use domain::{Author, AuthorFilter, Book, BookFilter, Side, Slice, Window};
use services::Listing;

use crate::error::ApiError;

/// A list of which parts can be read.
#[async_trait]
pub(crate) trait Source<T>: Send + Sync {
    /// The rows in `window`.
    async fn slice(&self, ctx: &Context<'_>, window: &Window) -> Result<Slice<T>, ApiError>;

    /// Whether any row lies on `side`.
    async fn has(&self, ctx: &Context<'_>, side: Side) -> Result<bool, ApiError>;

    /// How many rows there are.
    async fn count(&self, ctx: &Context<'_>) -> Result<u64, ApiError>;
}

macro_rules! listing {
    ($row:ident, $filter:ident) => {
        #[async_trait]
        impl Source<$row> for Listing<$filter> {
            async fn slice(
                &self,
                _: &Context<'_>,
                window: &Window,
            ) -> Result<Slice<$row>, ApiError> {
                Ok(Self::slice(self, window).await?)
            }

            async fn has(&self, _: &Context<'_>, side: Side) -> Result<bool, ApiError> {
                Ok(Self::has(self, &side).await?)
            }

            async fn count(&self, _: &Context<'_>) -> Result<u64, ApiError> {
                Ok(Self::count(self).await?)
            }
        }
    };
}

listing!(Book, BookFilter);
listing!(Author, AuthorFilter);
