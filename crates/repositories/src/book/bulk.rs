//! Statements that write many books at once.

use database::{internal, is_postgres, key_in, log_change, on_unique};
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::{
    Author, AuthorId, Book, BookId, Error, NewBook, Permit, Result, UserId,
    ability::{Actor, Create, Readable},
    isbn,
};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement, sea_query::OnConflict,
};

use super::{
    BookRepository, author_link, isbn_is_taken, links_of,
    row::{ActiveModel, Column, Entity},
    search_texts, unknown_author,
};
use crate::{author::AuthorRepository, table::ListedEntity};

impl<C: ConnectionTrait> BookRepository<'_, C> {
    /// Returns those of `isbns` (in 13 digits) that a book has already, in 13 or in 10 digits.
    pub async fn taken_isbns(&self, isbns: Vec<String>) -> Result<HashSet<String>> {
        if isbns.is_empty() {
            return Ok(HashSet::new());
        }
        let tens: Vec<_> = isbns.iter().filter_map(|isbn| isbn::to_isbn_10(isbn)).collect();
        let either = isbns.into_iter().chain(tens).collect();
        let taken: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Isbn)
            .filter(key_in(self.0.get_database_backend(), Column::Isbn, either))
            .into_tuple()
            .all(self.0)
            .await
            .map_err(internal)?;
        Ok(taken.iter().filter_map(|isbn| isbn::parse(isbn)).collect())
    }

    /// Returns those of `authors` that the viewer may read, and locks them against deletion
    /// until the transaction ends.
    pub async fn lock_readable_authors(
        &self,
        readable: &Readable<'_, Author>,
        authors: &[AuthorId],
    ) -> Result<HashSet<AuthorId>> {
        if authors.is_empty() {
            return Ok(HashSet::new());
        }
        if is_postgres(self.0.get_database_backend()) {
            let locked = self.lock_authors(authors).await?;
            if readable.condition().is_none() {
                return Ok(locked);
            }
        }
        AuthorRepository::new(self.0).known(readable, authors).await
    }

    /// Locks those of `authors` that exist, and returns them. A deletion locks the author first
    /// and the links second; a transaction with the opposite order would deadlock with it.
    /// SQLite needs no lock: it has one writer.
    pub(super) async fn lock_authors(&self, authors: &[AuthorId]) -> Result<HashSet<AuthorId>> {
        let sql = r#"SELECT "id" FROM "author" WHERE "id" = ANY($1) ORDER BY "id" FOR KEY SHARE"#;
        let keys: Vec<String> = authors.iter().map(|id| id.0.clone()).collect();
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, [keys.into()]);
        let locked = self.0.query_all_raw(statement).await.map_err(internal)?;
        locked.iter().map(|row| row.try_get("", "id").map(AuthorId).map_err(internal)).collect()
    }

    /// Adds books, owned by the permits' user. Their ids sort in the order of the permits.
    /// Fails as [`Self::insert`] does; the caller then drops the transaction, which adds none.
    pub async fn insert_many(
        &self,
        permits: Vec<Permit<Create, NewBook>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Book>> {
        let mut ids: Vec<_> = permits.iter().map(|_| BookId::generate(now)).collect();
        ids.sort();
        let books = permits.iter().zip(ids).map(|(permit, id)| match permit.by() {
            Actor::User(user) => Ok(Book::new(id, user.id.clone(), permit.subject().clone(), now)),
            Actor::System(_) => Err(Error::internal("books need an owner")),
        });
        let books = books.collect::<Result<Vec<_>>>()?;
        // All transactions insert ISBNs in the same order. Two transactions with the same
        // ISBNs could otherwise deadlock.
        let mut rows: Vec<_> = books.iter().collect();
        rows.sort_by(|left, right| left.isbn.cmp(&right.isbn));
        let inserted = Entity::insert_many(rows.into_iter().map(ActiveModel::from));
        let inserted = inserted.exec_without_returning(self.0).await;
        on_unique(inserted, "book", "isbn", isbn_is_taken)?;
        Book::SEARCH.index(self.0, books.iter().map(search_texts)).await?;
        let pairs = books.iter().zip(&permits);
        let links = pairs.clone().flat_map(|(book, permit)| {
            links_of(&book.id, permit.subject().author_ids().unwrap_or_default())
        });
        let links: Vec<_> = links.collect();
        if !links.is_empty() {
            let linked = author_link::Entity::insert_many(links);
            linked.exec_without_returning(self.0).await.map_err(unknown_author)?;
        }
        pairs.for_each(|(book, permit)| log_change(permit, book.id.as_str()));
        Ok(books)
    }

    /// Adds books with given ids and owners, as seeding does. A book whose id exists already
    /// stays unchanged.
    pub async fn insert_all(
        &self,
        books: Vec<(BookId, UserId, Permit<Create, NewBook>)>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows: Vec<_> = books
            .iter()
            .map(|(id, owner, permit)| {
                Book::new(id.clone(), owner.clone(), permit.subject().clone(), now)
            })
            .collect();
        let inserted = Entity::insert_many(rows.iter().map(ActiveModel::from))
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .exec_without_returning(self.0)
            .await;
        on_unique(inserted, "book", "isbn", isbn_is_taken)?;
        Book::SEARCH.index(self.0, rows.iter().map(search_texts)).await?;
        let links = books.iter().flat_map(|(id, _, permit)| {
            links_of(id, permit.subject().author_ids().unwrap_or_default())
        });
        let linked = author_link::Entity::insert_many(links)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(self.0)
            .await;
        linked.map(drop).map_err(unknown_author)
    }
}
