//! Relations, loaded for all rows of a level of the answer in one statement.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use domain::{
    Author, AuthorId, Book, BookId, Bound, CurrentUser, Entity, Id, KeysetPage, Loaded, Paging,
    Projection, Result, User, UserId,
};
use services::{ChildOf, Services};

use crate::{batch_loader::BatchLoader, error::ApiError};

/// The loaders of one request.
pub(crate) struct Loaders {
    services: Arc<Services>,
    users: BatchLoader<UserId, User>,
    relations: Relations,
}

/// The loaders of the lists of parents' children.
pub(crate) struct RelationLoaders<P, E: Entity> {
    pages: BatchLoader<(P, PageKey), KeysetPage<Loaded<E>>>,
    bounds: BatchLoader<(P, Bound), bool>,
    counts: BatchLoader<P, u64>,
}

impl<P, E: Entity> Default for RelationLoaders<P, E> {
    fn default() -> Self {
        Self {
            pages: BatchLoader::default(),
            bounds: BatchLoader::default(),
            counts: BatchLoader::default(),
        }
    }
}

/// Which page of a parent's children, and what is loaded of each.
type PageKey = (Paging, Projection);

/// An entity whose rows are children of parents with ids of the type `P`.
pub(crate) trait LoadedBy<P>: ChildOf<P> {
    fn loaders(relations: &Relations) -> &RelationLoaders<P, Self>;
}

/// Declares the relations of the schema, each with the type of the parents' ids.
macro_rules! relations {
    ($($name:ident: $parent:ident => $child:ident,)+) => {
        #[derive(Default)]
        pub(crate) struct Relations {
            $($name: RelationLoaders<$parent, $child>),+
        }

        $(impl LoadedBy<$parent> for $child {
            fn loaders(relations: &Relations) -> &RelationLoaders<$parent, Self> {
                &relations.$name
            }
        })+
    };
}

relations! {
    author_books: AuthorId => Book,
    book_authors: BookId => Author,
    user_authors: UserId => Author,
    user_books: UserId => Book,
}

impl Loaders {
    pub(crate) fn new(services: &Arc<Services>) -> Self {
        Self {
            services: Arc::clone(services),
            users: BatchLoader::default(),
            relations: Relations::default(),
        }
    }

    /// The user of this id, if `reader` may read their row.
    pub(crate) async fn user(
        &self,
        reader: Option<&CurrentUser>,
        id: &UserId,
    ) -> Result<Option<User>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |ids: Vec<UserId>| {
            let reader = reader.cloned();
            async move {
                let users = services.users.find_many(reader.as_ref(), &ids).await?;
                Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
            }
        };
        self.users.load(id.clone(), load).await
    }

    /// A page of the children of `parent` that `reader` may read.
    pub(crate) async fn children<P: Id, E: LoadedBy<P>>(
        &self,
        reader: Option<&CurrentUser>,
        parent: &P,
        paging: Paging,
        projection: Projection,
    ) -> Result<KeysetPage<Loaded<E>>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            let reader = reader.cloned();
            load_grouped(keys, async move |parents: Vec<P>, (paging, projection)| {
                services.lists(reader.as_ref()).children(&parents, &paging, projection).await
            })
        };
        let key = (parent.clone(), (paging, projection));
        Ok(E::loaders(&self.relations).pages.load(key, load).await?.unwrap_or_default())
    }

    /// Whether any child of `parent` that `reader` may read lies within `bound`.
    pub(crate) async fn child_exists<P: Id, E: LoadedBy<P>>(
        &self,
        reader: Option<&CurrentUser>,
        parent: &P,
        bound: Bound,
    ) -> Result<bool, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            let reader = reader.cloned();
            load_grouped(keys, async move |parents: Vec<P>, bound| {
                services.lists(reader.as_ref()).children_exist::<P, E>(&parents, &bound).await
            })
        };
        let exists = E::loaders(&self.relations).bounds.load((parent.clone(), bound), load).await?;
        Ok(exists.unwrap_or_default())
    }

    /// How many children of `parent` `reader` may read.
    pub(crate) async fn child_count<P: Id, E: LoadedBy<P>>(
        &self,
        reader: Option<&CurrentUser>,
        parent: &P,
    ) -> Result<u64, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |parents: Vec<P>| {
            let reader = reader.cloned();
            async move { services.lists(reader.as_ref()).children_counts::<P, E>(&parents).await }
        };
        Ok(E::loaders(&self.relations).counts.load(parent.clone(), load).await?.unwrap_or_default())
    }
}

/// Loads keys in one statement for each request in them, such as a page: the query's text
/// fixes these, however many rows there are.
async fn load_grouped<I, Q, T>(
    keys: Vec<(I, Q)>,
    load: impl AsyncFn(Vec<I>, Q) -> Result<HashMap<I, T>>,
) -> Result<HashMap<(I, Q), T>>
where
    I: Eq + Hash,
    Q: Clone + Eq + Hash,
{
    let mut groups: HashMap<Q, Vec<I>> = HashMap::new();
    for (id, request) in keys {
        groups.entry(request).or_default().push(id);
    }
    let mut loaded = HashMap::new();
    for (request, ids) in groups {
        let rows = load(ids, request.clone()).await?;
        loaded.extend(rows.into_iter().map(|(id, rows)| ((id, request.clone()), rows)));
    }
    Ok(loaded)
}
