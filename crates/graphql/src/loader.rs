//! Loaders of relations. One statement loads a relation for all rows of a level: the objects at
//! the same depth of an answer.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use domain::{
    Author, AuthorId, Book, BookId, Bound, CurrentUser, Entity, Id, ListPage, Loaded, Paging,
    Projection, Result, User, UserAccount, UserId,
};
use services::{ChildOf, Services};

use crate::{batch_loader::BatchLoader, error::ApiError};

/// The loaders of one request.
pub(crate) struct Loaders {
    services: Arc<Services>,
    users: BatchLoader<UserId, User>,
    accounts: BatchLoader<User, Vec<UserAccount>>,
    relations: Relations,
}

/// The loaders of the lists of parents' children.
pub(crate) struct RelationLoaders<P, E: Entity> {
    pages: BatchLoader<(P, ChildrenRequest), ListPage<Loaded<E>>>,
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

/// The page of children that a field needs, and the columns to load.
type ChildrenRequest = (Paging, Projection);

/// A [`ChildOf`] entity with batch loaders.
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
    authors_of_book: BookId => Author,
    authors_of_user: UserId => Author,
    books_of_author: AuthorId => Book,
    books_of_user: UserId => Book,
}

impl Loaders {
    pub(crate) fn new(services: &Arc<Services>) -> Self {
        Self {
            services: Arc::clone(services),
            users: BatchLoader::default(),
            accounts: BatchLoader::default(),
            relations: Relations::default(),
        }
    }

    /// Loads the user with this id, if `viewer` may read their row.
    pub(crate) async fn user(
        &self,
        viewer: Option<&CurrentUser>,
        id: &UserId,
    ) -> Result<Option<User>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |ids: Vec<UserId>| {
            let viewer = viewer.cloned();
            async move {
                let users = services.users.find_many(viewer.as_ref(), &ids).await?;
                Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
            }
        };
        self.users.load(id.clone(), load).await
    }

    /// Loads the accounts of `user`; `None` if `viewer` may not read them.
    pub(crate) async fn accounts(
        &self,
        viewer: Option<&CurrentUser>,
        user: &User,
    ) -> Result<Option<Vec<UserAccount>>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |users: Vec<User>| {
            let viewer = viewer.cloned();
            async move { services.users.find_accounts(viewer.as_ref(), users).await }
        };
        self.accounts.load(user.clone(), load).await
    }

    /// Loads a page of the children of `parent` that `viewer` may read.
    pub(crate) async fn children<P: Id, E: LoadedBy<P>>(
        &self,
        viewer: Option<&CurrentUser>,
        parent: &P,
        paging: Paging,
        projection: Projection,
    ) -> Result<ListPage<Loaded<E>>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            let viewer = viewer.cloned();
            load_grouped(keys, async move |parents: Vec<P>, (paging, projection)| {
                services.lists(viewer.as_ref()).children(&parents, &paging, projection).await
            })
        };
        let key = (parent.clone(), (paging, projection));
        Ok(E::loaders(&self.relations).pages.load(key, load).await?.unwrap_or_default())
    }

    /// Whether any child of `parent` that `viewer` may read is within `bound`.
    pub(crate) async fn children_exist<P: Id, E: LoadedBy<P>>(
        &self,
        viewer: Option<&CurrentUser>,
        parent: &P,
        bound: Bound,
    ) -> Result<bool, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            let viewer = viewer.cloned();
            load_grouped(keys, async move |parents: Vec<P>, bound| {
                services.lists(viewer.as_ref()).children_exist::<P, E>(&parents, &bound).await
            })
        };
        let exists = E::loaders(&self.relations).bounds.load((parent.clone(), bound), load).await?;
        Ok(exists.unwrap_or_default())
    }

    /// Returns the number of children of `parent` that `viewer` may read.
    pub(crate) async fn count_children<P: Id, E: LoadedBy<P>>(
        &self,
        viewer: Option<&CurrentUser>,
        parent: &P,
    ) -> Result<u64, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |parents: Vec<P>| {
            let viewer = viewer.cloned();
            async move { services.lists(viewer.as_ref()).count_children::<P, E>(&parents).await }
        };
        Ok(E::loaders(&self.relations).counts.load(parent.clone(), load).await?.unwrap_or_default())
    }
}

/// Loads keys with one statement for each different request among them, such as a page. The text
/// of a document determines the number of requests; it does not grow with the rows.
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
