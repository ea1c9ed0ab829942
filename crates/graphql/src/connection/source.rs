//! Where a connection reads its rows.

use async_graphql::{Context, async_trait::async_trait};
use domain::{Bound, Id, ListPage, ListQuery, Loaded, PageRequest, Paging, Projection};
use services::ListedEntity;

use crate::{context::ContextExt, error::ApiError, loader::LoadedBy};

/// A list that a connection reads.
#[async_trait]
pub(crate) trait ConnectionSource<E: ListedEntity>: Send + Sync {
    /// Reads the page of `request`.
    async fn page(
        &self,
        ctx: &Context<'_>,
        request: &PageRequest,
        projection: Projection,
    ) -> Result<ListPage<Loaded<E>>, ApiError>;

    /// Whether any row is within `bound`.
    async fn exists(&self, ctx: &Context<'_>, bound: Bound) -> Result<bool, ApiError>;

    /// Returns the number of rows.
    async fn count(&self, ctx: &Context<'_>) -> Result<u64, ApiError>;
}

/// All rows that match a filter.
#[async_trait]
impl<E: ListedEntity> ConnectionSource<E> for ListQuery<E> {
    async fn page(
        &self,
        ctx: &Context<'_>,
        request: &PageRequest,
        projection: Projection,
    ) -> Result<ListPage<Loaded<E>>, ApiError> {
        let paging = Paging::Keyset(request.clone());
        Ok(ctx.services().lists(ctx.viewer_for_rows()).page(self, &paging, projection).await?)
    }

    async fn exists(&self, ctx: &Context<'_>, bound: Bound) -> Result<bool, ApiError> {
        Ok(ctx.services().lists(ctx.viewer_for_rows()).exists(self, &bound).await?)
    }

    async fn count(&self, ctx: &Context<'_>) -> Result<u64, ApiError> {
        Ok(ctx.services().lists(ctx.viewer_for_rows()).count::<E>(self.filter()).await?)
    }
}

/// The children of a parent, loaded together with those of the other parents of the level.
pub(super) struct Children<P>(pub(super) P);

#[async_trait]
impl<P: Id, E: LoadedBy<P>> ConnectionSource<E> for Children<P> {
    async fn page(
        &self,
        ctx: &Context<'_>,
        request: &PageRequest,
        projection: Projection,
    ) -> Result<ListPage<Loaded<E>>, ApiError> {
        let paging = Paging::Keyset(request.clone());
        ctx.loaders().children(ctx.viewer_for_rows(), &self.0, paging, projection).await
    }

    async fn exists(&self, ctx: &Context<'_>, bound: Bound) -> Result<bool, ApiError> {
        ctx.loaders().children_exist::<P, E>(ctx.viewer_for_rows(), &self.0, bound).await
    }

    async fn count(&self, ctx: &Context<'_>) -> Result<u64, ApiError> {
        ctx.loaders().count_children::<P, E>(ctx.viewer_for_rows(), &self.0).await
    }
}
