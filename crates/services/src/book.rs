//! What can be done with books.

use std::mem;

use chrono::{DateTime, Utc};
use database::{Database, Transaction};
use domain::{
    AbilityFactory, Author, AuthorId, Book, BookId, BookInput, BookInputs, BookPatch, Change,
    ChangeKind, ChangeSubject, Clock, CurrentUser, Error, Result,
    ability::{Create, Delete, Kind, Update},
    book::UNKNOWN_AUTHORS,
};
use repositories::{AuthorRepository, BookRepository};
use tokio::task::spawn_blocking;

use crate::{ChangeBus, book_sheet::Sheet};

/// What can be done with books.
#[derive(Clone, Debug)]
pub struct BookService {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) events: ChangeBus,
    pub(crate) abilities: AbilityFactory,
}

impl BookService {
    /// The book of this id, if `reader` may read it.
    pub async fn find(&self, reader: Option<&CurrentUser>, id: &BookId) -> Result<Option<Book>> {
        BookRepository::new(self.db.reader()).find(&self.abilities.readable(reader)?, id).await
    }

    /// Adds a book, owned by `user`.
    pub async fn create(&self, user: &CurrentUser, input: BookInput) -> Result<Book> {
        let new = input.validated(self.clock.year())?;
        let permit = self.abilities.of(Some(user)).permit(Create, new)?;
        let authors = permit.subject().author_ids().unwrap_or_default().to_vec();
        let tx = self.db.begin().await?;
        self.expect_readable_authors(&tx, user, &authors).await?;
        let book = BookRepository::new(tx.connection()).insert(permit, self.clock.now()).await?;
        let change = changed(ChangeKind::Created, &book, authors, user);
        let changes = self.events.prepare(&tx, vec![change]).await?;
        changes.publish(tx.commit().await)?;
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
        let readable = self.abilities.readable(Some(user))?;
        let known = BookRepository::new(tx.connection())
            .lock_readable_authors(&readable, &inputs.author_ids())
            .await?;
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
        let changes = self.events.prepare(&tx, changes.collect()).await?;
        changes.publish(tx.commit().await)?;
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
        let wrong = if inputs.is_empty() { None } else { self.check_all(user, inputs).await.err() };
        Err(sheet.refused(wrong))
    }

    /// Fails as [`Self::create_all`] does, and adds nothing.
    async fn check_all(&self, user: &CurrentUser, inputs: Vec<BookInput>) -> Result<()> {
        let inputs = BookInputs::new(inputs, self.clock.year())?;
        let taken = BookRepository::new(self.db.reader()).taken_isbns(inputs.isbns()).await?;
        let readable = self.abilities.readable(Some(user))?;
        let known =
            AuthorRepository::new(self.db.reader()).known(&readable, &inputs.author_ids()).await?;
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
        let book = self.find_for_write(&tx, user, id).await?;
        let permit = self.abilities.of(Some(user)).permit(Update, book)?;
        permit.subject().expect_version(seen)?;
        let change = patch.validated(permit.subject(), self.clock.year())?;
        self.expect_readable_authors(&tx, user, change.author_ids().unwrap_or_default()).await?;
        // Whoever follows an author hears, too, that a book is no longer theirs.
        let mut authors = BookRepository::new(tx.connection()).author_ids(id).await?;
        let book =
            BookRepository::new(tx.connection()).update(permit, &change, self.clock.now()).await?;
        let new = change.author_ids().unwrap_or_default().iter();
        authors.extend(new.filter(|id| !authors.contains(id)).cloned().collect::<Vec<_>>());
        let change = changed(ChangeKind::Updated, &book, authors, user);
        let changes = self.events.prepare(&tx, vec![change]).await?;
        changes.publish(tx.commit().await)?;
        Ok(book)
    }

    /// Removes a book, if `user` owns it or administers the library; returns it and those of
    /// its authors that they may read, as they were.
    pub async fn delete(&self, user: &CurrentUser, id: &BookId) -> Result<(Book, Vec<Author>)> {
        let tx = self.db.begin().await?;
        let book = self.find_for_write(&tx, user, id).await?;
        let permit = self.abilities.of(Some(user)).permit(Delete, book)?;
        let authors = AuthorRepository::new(tx.connection()).of_book(id).await?;
        let book = BookRepository::new(tx.connection()).delete(permit).await?;
        let subject = ChangeSubject::deleted(book.clone(), authors.clone());
        let change = Change { kind: ChangeKind::Deleted, subject, actor: Some(user.id.clone()) };
        let changes = self.events.prepare(&tx, vec![change]).await?;
        changes.publish(tx.commit().await)?;
        let readable = self.abilities.readable::<Author>(Some(user));
        let is_readable = |author: &Author| readable.as_ref().is_ok_and(|all| all.includes(author));
        Ok((book, authors.into_iter().filter(is_readable).collect()))
    }

    /// Fails with `BAD_USER_INPUT` if a rule hides one of `authors` from `user`: as of an author
    /// who does not exist, of which the database finds out.
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

    /// The book of this id, locked. Fails with `NOT_FOUND` if `user` may not read it.
    async fn find_for_write(
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

/// What subscribers of a book that is there are told; `authors` are, or were, its authors.
fn changed(kind: ChangeKind, book: &Book, authors: Vec<AuthorId>, by: &CurrentUser) -> Change {
    let subject = ChangeSubject::Book {
        book: Box::new(book.clone()),
        author_ids: authors,
        deleted_authors: None,
    };
    Change { kind, subject, actor: Some(by.id.clone()) }
}

const NOT_FOUND: Error = Error::NotFound { kind: Kind::Book };
