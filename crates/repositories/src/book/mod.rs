//! The repository of books: statements that read one book and that write books.

mod author_link;
mod bulk;
mod isbn;
pub(crate) mod row;
mod table;

use chrono::{DateTime, Utc};
use database::{internal, is_postgres, log_change, on_unique};
use domain::{
    AuthorId, Book, BookId, Error, NewBook, Permit, Result,
    ability::{Actor, Create, Kind, Update},
    book,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    Set, SqlErr,
};

pub use self::isbn::IsbnPair;
use self::row::{ActiveModel, Entity};
use crate::{repository::Repository, table::ListedEntity};

/// The tables `book` and `bookAuthor` behind a connection or a transaction.
pub type BookRepository<'c, C> = Repository<'c, C, Book>;

impl<C: ConnectionTrait> BookRepository<'_, C> {
    /// The ids of the authors of a book.
    pub async fn author_ids(&self, id: &BookId) -> Result<Vec<AuthorId>> {
        let ids: Vec<String> = author_link::Entity::find()
            .select_only()
            .column(author_link::Column::AuthorId)
            .filter(author_link::Column::BookId.eq(id.as_str()))
            .into_tuple()
            .all(self.0)
            .await
            .map_err(internal)?;
        Ok(ids.into_iter().map(AuthorId).collect())
    }

    /// Adds a book, owned by the permit's user. Fails with `CONFLICT` if another book has the
    /// ISBN, and with `BAD_USER_INPUT` if an author does not exist.
    pub async fn insert(
        &self,
        permit: Permit<Create, NewBook>,
        now: DateTime<Utc>,
    ) -> Result<Book> {
        let Actor::User(user) = permit.by() else {
            return Err(Error::internal("a book needs an owner; seeding uses insert_all"));
        };
        let book = Book::new(BookId::generate(now), user.id.clone(), permit.subject().clone(), now);
        self.expect_free_isbn(&book).await?;
        let inserted =
            Entity::insert(ActiveModel::from(&book)).exec_without_returning(self.0).await;
        on_unique(inserted, "book", "isbn", isbn_is_taken)?;
        Book::SEARCH.index(self.0, [search_texts(&book)]).await?;
        self.link_authors(&book.id, permit.subject().author_ids().unwrap_or_default()).await?;
        log_change(&permit, book.id.as_str());
        Ok(book)
    }

    /// Replaces the content of the permitted book by `change`. Fails as [`Self::insert`] does,
    /// and with `NOT_FOUND` if the book no longer exists.
    pub async fn update(
        &self,
        permit: Permit<Update, Book>,
        change: &NewBook,
        now: DateTime<Utc>,
    ) -> Result<Book> {
        let isbn = self.changed_isbn(permit.subject(), change.isbn()).await?;
        let book = Book { isbn, ..permit.subject().clone().with(change.clone(), now) };
        if book.isbn != permit.subject().isbn {
            self.expect_free_isbn(&book).await?;
        }
        match ActiveModel::from(&book).update_without_returning(self.0).await {
            Err(DbErr::RecordNotUpdated) => return Err(Error::NotFound { kind: Kind::Book }),
            result => on_unique(result, "book", "isbn", isbn_is_taken)?,
        };
        Book::SEARCH.index(self.0, [search_texts(&book)]).await?;
        if let Some(authors) = change.author_ids() {
            if is_postgres(self.0.get_database_backend()) && !authors.is_empty() {
                self.lock_authors(authors).await?;
            }
            author_link::Entity::delete_many()
                .filter(author_link::Column::BookId.eq(book.id.as_str()))
                .exec(self.0)
                .await
                .map_err(internal)?;
            self.link_authors(&book.id, authors).await?;
        }
        log_change(&permit, book.id.as_str());
        Ok(book)
    }

    async fn link_authors(&self, book: &BookId, authors: &[AuthorId]) -> Result<()> {
        if authors.is_empty() {
            return Ok(());
        }
        let links = links_of(book, authors);
        let linked = author_link::Entity::insert_many(links).exec_without_returning(self.0).await;
        linked.map(drop).map_err(unknown_author)
    }
}

/// The texts of a book that are searched.
fn search_texts(book: &Book) -> (&str, &str, Option<&str>) {
    (book.id.as_str(), &book.title, book.description.as_deref())
}

fn links_of(book: &BookId, authors: &[AuthorId]) -> impl Iterator<Item = author_link::ActiveModel> {
    authors.iter().zip(0..).map(|(author, position)| author_link::ActiveModel {
        book_id: Set(book.0.clone()),
        author_id: Set(author.0.clone()),
        position: Set(position),
    })
}

fn unknown_author(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::invalid("authorIds", book::UNKNOWN_AUTHORS)
        }
        _ => internal(error),
    }
}

fn isbn_is_taken() -> Error {
    Error::conflict("isbn", book::ISBN_IS_TAKEN)
}
