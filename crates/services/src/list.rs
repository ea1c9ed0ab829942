//! Lists of books and authors for one viewer.

use std::collections::HashMap;

use database::Database;
use domain::{
    AbilityFactory, Bound, CurrentUser, EntitySelection, Id, ListPage, ListQuery, Loaded, Paging,
    Projection, Result,
    ability::{Readable, Subject},
};
use repositories::{ChildOf, ListRepository, ListedEntity};

/// Reads lists for one viewer. A list contains the rows that the viewer may read. The methods fail
/// with `FORBIDDEN` if the viewer can read no row.
#[derive(Debug)]
pub struct ListService<'s> {
    lists: ListRepository<'s>,
    abilities: AbilityFactory,
    viewer: Option<&'s CurrentUser>,
}

impl<'s> ListService<'s> {
    pub(crate) fn new(
        db: &'s Database,
        abilities: AbilityFactory,
        viewer: Option<&'s CurrentUser>,
    ) -> Self {
        Self { lists: ListRepository::new(db.reader()), abilities, viewer }
    }

    fn readable<S: Subject>(&self) -> Result<Readable<'s, S>> {
        self.abilities.readable(self.viewer)
    }

    /// Returns a page of a list as a JSON array of objects with the selected fields.
    pub async fn json<E: ListedEntity>(
        &self,
        query: &ListQuery<E>,
        paging: &Paging,
        selection: &EntitySelection<E>,
    ) -> Result<String> {
        let nested = selection.has_nested().then(|| self.readable()).transpose()?;
        self.lists.json(query, paging, selection, &self.readable()?, nested.as_ref()).await
    }

    /// Returns a page of a list. Cursors are empty unless the page is found by cursors.
    pub async fn page<E: ListedEntity>(
        &self,
        query: &ListQuery<E>,
        paging: &Paging,
        projection: Projection,
    ) -> Result<ListPage<Loaded<E>>> {
        let nested = projection.nested_long_texts.map(|_| self.readable()).transpose()?;
        self.lists.page(query, paging, projection, &self.readable()?, nested.as_ref()).await
    }

    /// Whether any row of a list is within `bound`.
    pub async fn exists<E: ListedEntity>(
        &self,
        query: &ListQuery<E>,
        bound: &Bound,
    ) -> Result<bool> {
        self.lists.exists(query, bound, &self.readable()?).await
    }

    /// Returns the number of rows that match a filter.
    pub async fn count<E: ListedEntity>(&self, filter: &E::Filter) -> Result<u64> {
        self.lists.count::<E>(filter, &self.readable()?).await
    }

    /// Returns a page of each parent's children; a parent without children may be absent.
    pub async fn children<P: Id, E: ChildOf<P>>(
        &self,
        parents: &[P],
        paging: &Paging,
        projection: Projection,
    ) -> Result<HashMap<P, ListPage<Loaded<E>>>> {
        self.lists.children(parents, paging, projection, &self.readable()?).await
    }

    /// Returns for each parent whether any child is within `bound`.
    pub async fn children_exist<P: Id, E: ChildOf<P>>(
        &self,
        parents: &[P],
        bound: &Bound,
    ) -> Result<HashMap<P, bool>> {
        self.lists.children_exist::<P, E>(parents, bound, &self.readable()?).await
    }

    /// Returns the number of each parent's children.
    pub async fn count_children<P: Id, E: ChildOf<P>>(
        &self,
        parents: &[P],
    ) -> Result<HashMap<P, u64>> {
        self.lists.count_children::<P, E>(parents, &self.readable()?).await
    }
}
