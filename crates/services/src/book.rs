//! Use cases of books: permissions, validation, transactions and published changes.

use std::mem;

use chrono::{DateTime, Utc};
use database::{Database, Transaction};
use domain::{
    AbilityFactory, Author, AuthorId, Book, BookId, BookInput, BookInputs, BookPatch, Change,
    ChangeKind, ChangeSubject, Clock, CurrentUser, Error, Result,
    ability::{Create, Delete, Kind, Update},
    book::UNKNOWN_AUTHORS,
    version,
};
use repositories::{AuthorRepository, BookRepository};
use tokio::task::spawn_blocking;

use crate::{ChangeBus, book_sheet::Sheet};

/// Use cases of books.
#[derive(Clone, Debug)]
pub struct BookService {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) events: ChangeBus,
    pub(crate) abilities: AbilityFactory,
}

impl BookService {
    /// Finds a book that `viewer` may read.
    pub async fn find(&self, viewer: Option<&CurrentUser>, id: &BookId) -> Result<Option<Book>> {
        BookRepository::new(self.db.reader()).find(&self.abilities.readable(viewer)?, id).await
    }

    /// Creates a book, owned by `user`.
    pub async fn create(&self, user: &CurrentUser, input: BookInput) -> Result<Book> {
        let new = input.validated(self.clock.year())?;
        let permit = self.abilities.for_viewer(Some(user)).permit(Create, new)?;
        let authors = permit.subject().author_ids().unwrap_or_default().to_vec();
        let tx = self.db.begin().await?;
        self.expect_readable_authors(&tx, user, &authors).await?;
        let book = BookRepository::new(tx.connection()).insert(permit, self.clock.now()).await?;
        let change = changed(ChangeKind::Created, &book, authors, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(book)
    }

    /// Creates 1 to 100 books, owned by `user`: all or none. Returns them in the order of
    /// `inputs`. Fails with every field that breaks a rule, names an unknown author or has a
    /// taken ISBN, with the paths of [`BookInputs::checked_against`].
    pub async fn create_all(
        &self,
        user: &CurrentUser,
        inputs: Vec<BookInput>,
    ) -> Result<Vec<Book>> {
        let inputs = BookInputs::new(inputs, self.clock.year())?;
        let tx = self.db.begin().await?;
        let repository = BookRepository::new(tx.connection());
        let taken = repository.taken_isbns(inputs.isbns()).await?;
        let readable = self.abilities.readable(Some(user))?;
        let known = repository.lock_readable_authors(&readable, &inputs.author_ids()).await?;
        let ability = self.abilities.for_viewer(Some(user));
        let new = inputs.checked_against(&taken, &known)?.into_iter();
        let permits = new.map(|new| ability.permit(Create, new)).collect::<Result<Vec<_>>>()?;
        let authors: Vec<_> = permits
            .iter()
            .map(|permit| permit.subject().author_ids().unwrap_or_default().to_vec())
            .collect();
        let inserted = repository.insert_many(permits, self.clock.now()).await;
        if let Err(conflict @ Error::Conflict(_)) = inserted {
            // Another request used an ISBN meanwhile: the second check finds which one.
            drop(tx);
            let taken = BookRepository::new(self.db.reader()).taken_isbns(inputs.isbns()).await?;
            inputs.checked_against(&taken, &known)?;
            return Err(conflict);
        }
        let books = inserted?;
        let created = books.iter().zip(authors);
        let changes =
            created.map(|(book, authors)| changed(ChangeKind::Created, book, authors, user));
        self.events.commit(tx, changes.collect()).await?;
        Ok(books)
    }

    /// Creates the books of a sheet, as [`Self::create_all`] does. Errors name line and column:
    /// `rows.3.title`. A sheet with unreadable cells is still checked, so that all errors are
    /// reported at once.
    pub async fn import(
        &self,
        user: &CurrentUser,
        file: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<Vec<Book>> {
        // A large sheet would block a thread of the runtime.
        let sheet = spawn_blocking(move || Sheet::read(file.as_ref())).await;
        let mut sheet = sheet.map_err(Error::internal)?;
        let inputs = mem::take(&mut sheet.inputs);
        if sheet.errors.is_empty() {
            return self.create_all(user, inputs).await.map_err(|error| sheet.in_rows(error));
        }
        let wrong = if inputs.is_empty() { None } else { self.check_all(user, inputs).await.err() };
        Err(sheet.refused(wrong))
    }

    /// Fails like [`Self::create_all`], and creates nothing.
    async fn check_all(&self, user: &CurrentUser, inputs: Vec<BookInput>) -> Result<()> {
        let inputs = BookInputs::new(inputs, self.clock.year())?;
        let taken = BookRepository::new(self.db.reader()).taken_isbns(inputs.isbns()).await?;
        let readable = self.abilities.readable(Some(user))?;
        let known =
            AuthorRepository::new(self.db.reader()).known(&readable, &inputs.author_ids()).await?;
        inputs.checked_against(&taken, &known).map(drop)
    }

    /// Updates a book, if `user` owns it or is an administrator. Fails with [`Error::Outdated`]
    /// unless `seen`, the version that the client read, is the current one. The transaction locks
    /// the row before this check.
    pub async fn update(
        &self,
        user: &CurrentUser,
        id: &BookId,
        patch: BookPatch,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Book> {
        let tx = self.db.begin().await?;
        let book = self.get_for_write(&tx, user, id).await?;
        let permit = self.abilities.for_viewer(Some(user)).permit(Update, book)?;
        version::expect(permit.subject(), seen)?;
        let content = patch.validated(permit.subject(), self.clock.year())?;
        let new_authors = content.author_ids().unwrap_or_default();
        self.expect_readable_authors(&tx, user, new_authors).await?;
        let repository = BookRepository::new(tx.connection());
        // Subscribers of an author are also notified that a book is no longer the author's.
        let mut authors = repository.author_ids(id).await?;
        let book = repository.update(permit, &content, self.clock.now()).await?;
        let added = new_authors.iter().filter(|id| !authors.contains(id));
        authors.extend(added.cloned().collect::<Vec<_>>());
        let change = changed(ChangeKind::Updated, &book, authors, user);
        self.events.commit(tx, vec![change]).await?;
        Ok(book)
    }

    /// Deletes a book, if `user` owns it or is an administrator. Returns the deleted book and
    /// those of its authors that the user may read.
    pub async fn delete(&self, user: &CurrentUser, id: &BookId) -> Result<(Book, Vec<Author>)> {
        let tx = self.db.begin().await?;
        let book = self.get_for_write(&tx, user, id).await?;
        let permit = self.abilities.for_viewer(Some(user)).permit(Delete, book)?;
        let authors = AuthorRepository::new(tx.connection()).of_book(id).await?;
        let book = BookRepository::new(tx.connection()).delete(permit).await?;
        let subject = ChangeSubject::deleted(book.clone(), authors.clone());
        let change = Change { kind: ChangeKind::Deleted, subject, actor: Some(user.id.clone()) };
        self.events.commit(tx, vec![change]).await?;
        let readable = self.abilities.readable::<Author>(Some(user));
        let is_readable = |author: &Author| readable.as_ref().is_ok_and(|all| all.includes(author));
        Ok((book, authors.into_iter().filter(is_readable).collect()))
    }

    /// Fails with `BAD_USER_INPUT` if a rule hides one of `authors` from `user`. The error is the
    /// same as for an unknown author; the database detects unknown authors.
    async fn expect_readable_authors(
        &self,
        tx: &Transaction,
        user: &CurrentUser,
        authors: &[AuthorId],
    ) -> Result<()> {
        let readable = self.abilities.readable(Some(user))?;
        if authors.is_empty() || readable.condition().is_none() {
            return Ok(());
        }
        let known = AuthorRepository::new(tx.connection()).known(&readable, authors).await?;
        if known.len() < authors.len() {
            return Err(Error::invalid("authorIds", UNKNOWN_AUTHORS));
        }
        Ok(())
    }

    /// Reads and locks a book. Fails with `NOT_FOUND` if `user` may not read it.
    async fn get_for_write(
        &self,
        tx: &Transaction,
        user: &CurrentUser,
        id: &BookId,
    ) -> Result<Book> {
        let book = BookRepository::new(tx.connection()).find_for_write(id).await?;
        let readable = self.abilities.readable(Some(user))?;
        book.filter(|book| readable.includes(book)).ok_or(NOT_FOUND)
    }
}

/// The change of an existing book; `authors` are its authors before and after.
fn changed(kind: ChangeKind, book: &Book, authors: Vec<AuthorId>, by: &CurrentUser) -> Change {
    let subject = ChangeSubject::Book {
        book: Box::new(book.clone()),
        author_ids: authors,
        deleted_authors: None,
    };
    Change { kind, subject, actor: Some(by.id.clone()) }
}

const NOT_FOUND: Error = Error::NotFound { kind: Kind::Book };
