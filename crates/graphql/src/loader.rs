//! Relations, loaded for all rows of a level in one statement.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    dataloader::{DataLoader, Loader, NoCache},
    runtime::{TokioSpawner, TokioTimer},
};
use domain::{Author, AuthorId, Book, BookId, Page, Result, User, UserId};
use services::Services;

use crate::error::ApiError;

/// One loader of every relation. Nothing is cached: a loader only gathers the keys
/// that are asked for at the same moment.
pub(crate) struct Loaders(DataLoader<Relations, NoCache>);

struct Relations(Arc<Services>);

impl Loaders {
    pub(crate) fn new(services: &Arc<Services>) -> Self {
        let relations = Relations(Arc::clone(services));
        let loader = DataLoader::new(relations, TokioSpawner::current(), TokioTimer::default());
        // The query's complexity bounds the keys; a batch is never split.
        Self(loader.max_batch_size(usize::MAX))
    }

    /// The user of this id.
    pub(crate) async fn user(&self, id: &UserId) -> Result<Option<User>, ApiError> {
        self.0.load_one(id.clone()).await
    }

    /// The authors of this book.
    pub(crate) async fn authors_of(&self, id: &BookId) -> Result<Vec<Author>, ApiError> {
        Ok(self.0.load_one(id.clone()).await?.unwrap_or_default())
    }

    /// A page of the books of this author.
    pub(crate) async fn written_by(
        &self,
        id: &AuthorId,
        page: Page,
    ) -> Result<Vec<Book>, ApiError> {
        Ok(self.0.load_one(WrittenBy(id.clone(), page)).await?.unwrap_or_default())
    }

    /// A page of the books of this user.
    pub(crate) async fn books_of(&self, id: &UserId, page: Page) -> Result<Vec<Book>, ApiError> {
        Ok(self.0.load_one(BooksOf(id.clone(), page)).await?.unwrap_or_default())
    }

    /// A page of the authors that this user added.
    pub(crate) async fn added_by(&self, id: &UserId, page: Page) -> Result<Vec<Author>, ApiError> {
        Ok(self.0.load_one(AddedBy(id.clone(), page)).await?.unwrap_or_default())
    }
}

/// The books of an author, on a page.
#[derive(Clone, PartialEq, Eq, Hash)]
struct WrittenBy(AuthorId, Page);
/// The books of a user, on a page.
#[derive(Clone, PartialEq, Eq, Hash)]
struct BooksOf(UserId, Page);
/// The authors of a user, on a page.
#[derive(Clone, PartialEq, Eq, Hash)]
struct AddedBy(UserId, Page);

impl Loader<UserId> for Relations {
    type Value = User;
    type Error = ApiError;

    async fn load(&self, keys: &[UserId]) -> Result<HashMap<UserId, User>, ApiError> {
        let users = self.0.users.find_many(keys).await?;
        Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
    }
}

impl Loader<BookId> for Relations {
    type Value = Vec<Author>;
    type Error = ApiError;

    async fn load(&self, keys: &[BookId]) -> Result<HashMap<BookId, Vec<Author>>, ApiError> {
        Ok(self.0.authors.of_books(keys).await?)
    }
}

impl Loader<WrittenBy> for Relations {
    type Value = Vec<Book>;
    type Error = ApiError;

    async fn load(&self, keys: &[WrittenBy]) -> Result<HashMap<WrittenBy, Vec<Book>>, ApiError> {
        let mut loaded = HashMap::new();
        for (page, ids) in by_page(keys.iter().map(|WrittenBy(id, page)| (id, *page))) {
            let rows = self.0.books.written_by(&ids, page).await?;
            loaded.extend(rows.into_iter().map(|(id, rows)| (WrittenBy(id, page), rows)));
        }
        Ok(loaded)
    }
}

impl Loader<BooksOf> for Relations {
    type Value = Vec<Book>;
    type Error = ApiError;

    async fn load(&self, keys: &[BooksOf]) -> Result<HashMap<BooksOf, Vec<Book>>, ApiError> {
        let mut loaded = HashMap::new();
        for (page, ids) in by_page(keys.iter().map(|BooksOf(id, page)| (id, *page))) {
            let rows = self.0.books.owned_by(&ids, page).await?;
            loaded.extend(rows.into_iter().map(|(id, rows)| (BooksOf(id, page), rows)));
        }
        Ok(loaded)
    }
}

impl Loader<AddedBy> for Relations {
    type Value = Vec<Author>;
    type Error = ApiError;

    async fn load(&self, keys: &[AddedBy]) -> Result<HashMap<AddedBy, Vec<Author>>, ApiError> {
        let mut loaded = HashMap::new();
        for (page, ids) in by_page(keys.iter().map(|AddedBy(id, page)| (id, *page))) {
            let rows = self.0.authors.owned_by(&ids, page).await?;
            loaded.extend(rows.into_iter().map(|(id, rows)| (AddedBy(id, page), rows)));
        }
        Ok(loaded)
    }
}

/// Sorts keys by their page: one statement for each page asked for, which the
/// query's text fixes, however many rows there are.
fn by_page<'k, I: Clone + 'k>(keys: impl Iterator<Item = (&'k I, Page)>) -> HashMap<Page, Vec<I>> {
    let mut pages: HashMap<Page, Vec<I>> = HashMap::new();
    for (id, page) in keys {
        pages.entry(page).or_default().push(id.clone());
    }
    pages
}
