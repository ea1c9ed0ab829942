//! What can be done with authors.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use database::{Database, Reader};
use domain::{
    AbilityFactory, Author, AuthorFilter, AuthorId, AuthorInput, AuthorOrder, AuthorPart,
    AuthorPatch, AuthorWish, BookId, Change, ChangeKind, Changed, Clock, CurrentUser, Error, Page,
    Result, UserId,
    ability::{Create, Delete, Kind, Update},
};
use repositories::{AuthorRepository, Children, Shape, author::AuthorShown};

use crate::{Events, Listing};

/// What can be done with authors.
#[derive(Clone, Debug)]
pub struct AuthorService {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) events: Events,
    pub(crate) abilities: AbilityFactory,
}

impl AuthorService {
    /// The author of this id.
    pub async fn find(&self, id: &AuthorId) -> Result<Option<Author>> {
        AuthorRepository::new(self.db.reader()).find(id).await
    }

    /// A page of the authors that match, sorted by `order`, then by id; of each what
    /// is wished.
    pub async fn list(
        &self,
        filter: AuthorFilter,
        order: &[AuthorOrder],
        page: Page,
        wish: &AuthorWish,
    ) -> Result<Vec<AuthorPart>> {
        AuthorRepository::new(self.db.reader()).list(&filter.validated()?, order, page, wish).await
    }

    /// The same page as a JSON array of objects: of each what is to be shown.
    pub async fn list_json(
        &self,
        filter: AuthorFilter,
        order: &[AuthorOrder],
        page: Page,
        shape: &Shape<AuthorShown>,
    ) -> Result<String> {
        AuthorRepository::new(self.db.reader())
            .list_json(&filter.validated()?, order, page, shape)
            .await
    }

    /// The authors that match, sorted by `order`, then by id, to be read in parts. Fails with
    /// every field of the filter that breaks a rule.
    pub fn listing(
        &self,
        filter: AuthorFilter,
        order: &[AuthorOrder],
    ) -> Result<Listing<AuthorFilter>> {
        Listing::<AuthorFilter>::new(&self.db, filter, order)
    }

    /// The authors of each book, in the order of its title page.
    pub async fn of_books(&self, books: &[BookId]) -> Result<HashMap<BookId, Vec<Author>>> {
        AuthorRepository::new(self.db.reader()).of_books(books).await
    }

    /// A page of each user's authors.
    pub async fn owned_by(
        &self,
        owners: &[UserId],
        page: Page,
    ) -> Result<HashMap<UserId, Vec<Author>>> {
        AuthorRepository::new(self.db.reader()).owned_by(owners, page).await
    }

    /// The authors of books, to be read in parts.
    #[must_use]
    pub fn by_book(&self) -> Children<'_, Reader, BookId, Author> {
        AuthorRepository::new(self.db.reader()).by_book()
    }

    /// The authors that users added, to be read in parts.
    #[must_use]
    pub fn by_owner(&self) -> Children<'_, Reader, UserId, Author> {
        AuthorRepository::new(self.db.reader()).by_owner()
    }

    /// Those of `authors`, of a book that was deleted, that `reader` may read.
    #[must_use]
    pub fn readable_among(
        &self,
        reader: Option<&CurrentUser>,
        authors: &Arc<[Author]>,
    ) -> Arc<[Author]> {
        let readable = self.abilities.readable::<Author>(reader);
        match readable {
            Ok(readable) if readable.condition().is_none() => Arc::clone(authors),
            Ok(readable) => {
                authors.iter().filter(|author| readable.includes(author)).cloned().collect()
            }
            Err(_) => Arc::default(),
        }
    }

    /// Adds an author; `user` owns the row.
    pub async fn create(&self, user: &CurrentUser, input: AuthorInput) -> Result<Author> {
        let new = input.validated(self.clock.year())?;
        let permit = self.abilities.of(Some(user)).permit(Create, new)?;
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).insert(permit, self.clock.now()).await?;
        let change = changed(ChangeKind::Created, &author, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(author)
    }

    /// Changes an author, if `user` owns the row or administers the library. Fails with
    /// [`Error::Outdated`] unless it is the version that they have `seen`, if they name one:
    /// from then on, the transaction keeps the row from others.
    pub async fn update(
        &self,
        user: &CurrentUser,
        id: &AuthorId,
        patch: AuthorPatch,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Author> {
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).find_for_write(id).await?.ok_or(NOT_FOUND)?;
        let permit = self.abilities.of(Some(user)).permit(Update, author)?;
        permit.subject().expect_version(seen)?;
        let change = patch.validated(permit.subject(), self.clock.year())?;
        let author = AuthorRepository::new(tx.connection())
            .update(permit, &change, self.clock.now())
            .await?;
        let change = changed(ChangeKind::Updated, &author, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(author)
    }

    /// Removes an author, if `user` owns the row or administers the library. Their
    /// books stay.
    pub async fn delete(&self, user: &CurrentUser, id: &AuthorId) -> Result<Author> {
        let tx = self.db.begin().await?;
        let author =
            AuthorRepository::new(tx.connection()).find_for_write(id).await?.ok_or(NOT_FOUND)?;
        let permit = self.abilities.of(Some(user)).permit(Delete, author)?;
        let author = AuthorRepository::new(tx.connection()).delete(permit).await?;
        let change = changed(ChangeKind::Deleted, &author, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(author)
    }
}

fn changed(kind: ChangeKind, author: &Author, by: &CurrentUser) -> Change {
    let subject = Changed::Author(Box::new(author.clone()));
    Change { kind, subject, actor: Some(by.id.clone()) }
}

const NOT_FOUND: Error = Error::NotFound { kind: Kind::Author };
