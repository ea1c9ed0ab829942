//! Relations, loaded for all rows of a level in one statement.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use domain::{Author, AuthorId, Book, BookId, CurrentUser, Page, Result, User, UserId};
use services::Services;

use crate::{batch::Batch, connection::Families, error::ApiError};

/// One loader of every relation, for one request.
pub(crate) struct Loaders {
    services: Arc<Services>,
    users: Batch<UserId, User>,
    authors: Batch<BookId, Vec<Author>>,
    written: Batch<(AuthorId, Page), Vec<Book>>,
    books: Batch<(UserId, Page), Vec<Book>>,
    added: Batch<(UserId, Page), Vec<Author>>,
    families: Families,
}

impl Loaders {
    pub(crate) fn new(services: &Arc<Services>) -> Self {
        Self {
            services: Arc::clone(services),
            users: Batch::default(),
            authors: Batch::default(),
            written: Batch::default(),
            books: Batch::default(),
            added: Batch::default(),
            families: Families::default(),
        }
    }

    /// What connections ask of every parent's lists.
    pub(crate) fn families(&self) -> &Families {
        &self.families
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

    /// The authors of this book.
    pub(crate) async fn authors_of(&self, id: &BookId) -> Result<Vec<Author>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = async move |ids: Vec<BookId>| services.authors.of_books(&ids).await;
        Ok(self.authors.load(id.clone(), load).await?.unwrap_or_default())
    }

    /// A page of the books of this author.
    pub(crate) async fn written_by(
        &self,
        id: &AuthorId,
        page: Page,
    ) -> Result<Vec<Book>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            by_question(keys, async move |ids: Vec<AuthorId>, page| {
                services.books.written_by(&ids, page).await
            })
        };
        Ok(self.written.load((id.clone(), page), load).await?.unwrap_or_default())
    }

    /// A page of the books of this user.
    pub(crate) async fn books_of(&self, id: &UserId, page: Page) -> Result<Vec<Book>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            by_question(keys, async move |ids: Vec<UserId>, page| {
                services.books.owned_by(&ids, page).await
            })
        };
        Ok(self.books.load((id.clone(), page), load).await?.unwrap_or_default())
    }

    /// A page of the authors that this user added.
    pub(crate) async fn added_by(&self, id: &UserId, page: Page) -> Result<Vec<Author>, ApiError> {
        let services = Arc::clone(&self.services);
        let load = |keys| {
            by_question(keys, async move |ids: Vec<UserId>, page| {
                services.authors.owned_by(&ids, page).await
            })
        };
        Ok(self.added.load((id.clone(), page), load).await?.unwrap_or_default())
    }
}

/// Loads keys by what is asked of them: one statement for each question, such as a page,
/// which the query's text fixes, however many rows there are.
pub(crate) async fn by_question<I, Q, T>(
    keys: Vec<(I, Q)>,
    load: impl AsyncFn(Vec<I>, Q) -> Result<HashMap<I, T>>,
) -> Result<HashMap<(I, Q), T>>
where
    I: Eq + Hash,
    Q: Clone + Eq + Hash,
{
    let mut questions: HashMap<Q, Vec<I>> = HashMap::new();
    for (id, question) in keys {
        questions.entry(question).or_default().push(id);
    }
    let mut loaded = HashMap::new();
    for (question, ids) in questions {
        let rows = load(ids, question.clone()).await?;
        loaded.extend(rows.into_iter().map(|(id, rows)| ((id, question.clone()), rows)));
    }
    Ok(loaded)
}
