//! What can be done with books.

use std::{collections::HashMap, mem, slice};

use chrono::{DateTime, Utc};
use database::{Database, Reader};
use domain::{
    AbilityFactory, Author, AuthorId, Book, BookFilter, BookId, BookInput, BookInputs, BookOrder,
    BookPart, BookPatch, BookWish, Change, ChangeKind, Changed, Clock, CurrentUser, Error, Page,
    Result, UserId,
    ability::{Create, Delete, Kind, Update},
};
use repositories::{AuthorRepository, BookRepository, Children, Shape, book::BookShown};
use tokio::task::spawn_blocking;

use crate::{Events, Listing, book_sheet::Sheet};

/// What can be done with books.
#[derive(Clone, Debug)]
pub struct BookService {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) events: Events,
    pub(crate) abilities: AbilityFactory,
}

impl BookService {
    /// The book of this id.
    pub async fn find(&self, id: &BookId) -> Result<Option<Book>> {
        BookRepository::new(self.db.reader()).find(id).await
    }

    /// A page of the books that match, sorted by `order`, then by id; of each what is
    /// wished.
    pub async fn list(
        &self,
        filter: BookFilter,
        order: &[BookOrder],
        page: Page,
        wish: &BookWish,
    ) -> Result<Vec<BookPart>> {
        BookRepository::new(self.db.reader()).list(&filter.validated()?, order, page, wish).await
    }

    /// The same page as a JSON array of objects: of each what is to be shown.
    pub async fn list_json(
        &self,
        filter: BookFilter,
        order: &[BookOrder],
        page: Page,
        shape: &Shape<BookShown>,
    ) -> Result<String> {
        BookRepository::new(self.db.reader())
            .list_json(&filter.validated()?, order, page, shape)
            .await
    }

    /// The books that match, sorted by `order`, then by id, to be read in parts. Fails with
    /// every field of the filter that breaks a rule.
    pub fn listing(&self, filter: BookFilter, order: &[BookOrder]) -> Result<Listing<BookFilter>> {
        Listing::<BookFilter>::new(&self.db, filter, order)
    }

    /// A page of each author's books.
    pub async fn written_by(
        &self,
        authors: &[AuthorId],
        page: Page,
    ) -> Result<HashMap<AuthorId, Vec<Book>>> {
        BookRepository::new(self.db.reader()).written_by(authors, page).await
    }

    /// A page of each user's books.
    pub async fn owned_by(
        &self,
        owners: &[UserId],
        page: Page,
    ) -> Result<HashMap<UserId, Vec<Book>>> {
        BookRepository::new(self.db.reader()).owned_by(owners, page).await
    }

    /// The books of authors, to be read in parts.
    #[must_use]
    pub fn by_author(&self) -> Children<'_, Reader, AuthorId, Book> {
        BookRepository::new(self.db.reader()).by_author()
    }

    /// The books of users, to be read in parts.
    #[must_use]
    pub fn by_owner(&self) -> Children<'_, Reader, UserId, Book> {
        BookRepository::new(self.db.reader()).by_owner()
    }

    /// Adds a book, owned by `user`.
    pub async fn create(&self, user: &CurrentUser, input: BookInput) -> Result<Book> {
        let new = input.validated(self.clock.year())?;
        let permit = self.abilities.of(Some(user)).permit(Create, new)?;
        let authors = permit.subject().author_ids().unwrap_or_default().to_vec();
        let tx = self.db.begin().await?;
        let book = BookRepository::new(tx.connection()).insert(permit, self.clock.now()).await?;
        let change = changed(ChangeKind::Created, &book, authors, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(book)
    }

    /// Adds 1 to 100 books, owned by `user`, all or none; returns them in the order of
    /// `inputs`. Fails with every field of every input that breaks a rule, names an
    /// unknown author or a taken ISBN, as [`BookInputs::checked_against`] spells them.
    pub async fn create_all(
        &self,
        user: &CurrentUser,
        inputs: Vec<BookInput>,
    ) -> Result<Vec<Book>> {
        let inputs = BookInputs::new(inputs, self.clock.year())?;
        let tx = self.db.begin().await?;
        let taken = BookRepository::new(tx.connection()).taken_isbns(inputs.isbns()).await?;
        let known = BookRepository::new(tx.connection()).held_authors(inputs.author_ids()).await?;
        let ability = self.abilities.of(Some(user));
        let new = inputs.checked_against(&taken, &known)?.into_iter();
        let permits = new.map(|new| ability.permit(Create, new)).collect::<Result<Vec<_>>>()?;
        let authors: Vec<_> = permits
            .iter()
            .map(|permit| permit.subject().author_ids().unwrap_or_default().to_vec())
            .collect();
        let books =
            match BookRepository::new(tx.connection()).insert_many(permits, self.clock.now()).await
            {
                // Somebody took an ISBN since: another look finds which.
                Err(conflict @ Error::Conflict(_)) => {
                    drop(tx);
                    let taken =
                        BookRepository::new(self.db.reader()).taken_isbns(inputs.isbns()).await?;
                    return inputs.checked_against(&taken, &known).and(Err(conflict));
                }
                books => books?,
            };
        let changes = books.iter().zip(authors);
        let changes =
            changes.map(|(book, authors)| changed(ChangeKind::Created, book, authors, user));
        self.events.commit(tx, changes.collect()).await?;
        Ok(books)
    }

    /// Adds the books of a sheet, as [`Self::create_all`] does; what is wrong is named by
    /// line and column: `rows.3.title`. A sheet of which something cannot be read is checked
    /// all the same, so that everything is told at once.
    pub async fn import(
        &self,
        user: &CurrentUser,
        file: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<Vec<Book>> {
        // A large sheet would keep one of the few threads from all other requests.
        let sheet = spawn_blocking(move || Sheet::read(file.as_ref())).await;
        let mut sheet = sheet.map_err(Error::internal)?;
        let inputs = mem::take(&mut sheet.inputs);
        if sheet.errors.is_empty() {
            return self.create_all(user, inputs).await.map_err(|error| sheet.in_rows(error));
        }
        let wrong = if inputs.is_empty() { None } else { self.check_all(inputs).await.err() };
        Err(sheet.refused(wrong))
    }

    /// Fails as [`Self::create_all`] does, and adds nothing.
    async fn check_all(&self, inputs: Vec<BookInput>) -> Result<()> {
        let inputs = BookInputs::new(inputs, self.clock.year())?;
        let taken = BookRepository::new(self.db.reader()).taken_isbns(inputs.isbns()).await?;
        let known = AuthorRepository::new(self.db.reader()).known(&inputs.author_ids()).await?;
        inputs.checked_against(&taken, &known).map(drop)
    }

    /// Changes a book, if `user` owns it or administers the library. Fails with
    /// [`Error::Outdated`] unless it is the version that they have `seen`, if they name one:
    /// from then on, the transaction keeps the row from others.
    pub async fn update(
        &self,
        user: &CurrentUser,
        id: &BookId,
        patch: BookPatch,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Book> {
        let tx = self.db.begin().await?;
        let book =
            BookRepository::new(tx.connection()).find_for_write(id).await?.ok_or(NOT_FOUND)?;
        let permit = self.abilities.of(Some(user)).permit(Update, book)?;
        permit.subject().expect_version(seen)?;
        let change = patch.validated(permit.subject(), self.clock.year())?;
        // Whoever follows an author hears, too, that a book is no longer theirs.
        let mut authors = BookRepository::new(tx.connection()).author_ids(id).await?;
        let book =
            BookRepository::new(tx.connection()).update(permit, &change, self.clock.now()).await?;
        let new = change.author_ids().unwrap_or_default().iter();
        authors.extend(new.filter(|id| !authors.contains(id)).cloned().collect::<Vec<_>>());
        let change = changed(ChangeKind::Updated, &book, authors, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(book)
    }

    /// Removes a book, if `user` owns it or administers the library; returns it and its
    /// authors as they were.
    pub async fn delete(&self, user: &CurrentUser, id: &BookId) -> Result<(Book, Vec<Author>)> {
        let tx = self.db.begin().await?;
        let book =
            BookRepository::new(tx.connection()).find_for_write(id).await?.ok_or(NOT_FOUND)?;
        let permit = self.abilities.of(Some(user)).permit(Delete, book)?;
        let mut authors =
            AuthorRepository::new(tx.connection()).of_books(slice::from_ref(id)).await?;
        let authors = authors.remove(id).unwrap_or_default();
        let book = BookRepository::new(tx.connection()).delete(permit).await?;
        let subject = Changed::deleted(book.clone(), authors.clone());
        let change = Change { kind: ChangeKind::Deleted, subject, actor: Some(user.id.clone()) };
        self.events.commit(tx, vec![change]).await?;
        Ok((book, authors))
    }
}

/// What subscribers of a book that is there are told; `authors` are, or were, its authors.
fn changed(kind: ChangeKind, book: &Book, authors: Vec<AuthorId>, by: &CurrentUser) -> Change {
    let subject = Changed::Book { book: Box::new(book.clone()), author_ids: authors, gone: None };
    Change { kind, subject, actor: Some(by.id.clone()) }
}

const NOT_FOUND: Error = Error::NotFound { kind: Kind::Book };
