//! Books: found, listed, added, changed, removed; and those of authors and users.

mod author_link;
mod bulk;
pub(crate) mod entity;
mod filter;
mod isbn;
mod mapper;
mod part;
pub(crate) mod rule_column;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    AuthorId, Book, BookFilter, BookId, BookOrder, BookPart, BookWish, Error, Keyset, NewBook,
    Page, Permit, Result, Side, Slice, User, UserId, Window,
    ability::{Actor, Create, Delete, Kind, Update},
    book, version,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryResult, QuerySelect, Set, SqlErr,
    sea_query::{Expr, SelectStatement},
};

use self::{
    entity::{Column, Entity},
    filter::{SEARCHED, filtered, searched},
};
pub use self::{isbn::IsbnPair, part::BookShown};
use crate::{
    Children, Reader, audit,
    children::{Link, id_in, key_in, pages_of},
    database::is_postgres,
    internal,
    keyset::{Sorted, count},
    on_unique,
    rows::rows,
    shape::{self, Shape},
};

/// The table's name.
const TABLE: &str = "book";

static BY_AUTHOR: Link = Link {
    table: TABLE,
    via: "bookAuthor",
    child: "bookId",
    parent: "authorId",
    keys: &[id_in("bookId")],
};

static BY_OWNER: Link =
    Link { table: TABLE, via: TABLE, child: "id", parent: "userId", keys: &[id_in("id")] };

/// The tables `book` and `bookAuthor` behind a connection or a transaction.
#[derive(Debug)]
pub struct BookRepository<'c, C>(&'c C);

impl BookRepository<'_, Reader> {
    /// A page of the books that match, sorted by `order`, then by id: of each what is
    /// wished, with its authors in the same statement.
    pub async fn list(
        &self,
        filter: &BookFilter,
        order: &[BookOrder],
        page: Page,
        wish: &BookWish,
    ) -> Result<Vec<BookPart>> {
        rows(self.0, self.sorted(filter, order), page, wish).await
    }

    /// The same page as a JSON array of objects: of each what is to be shown.
    pub async fn list_json(
        &self,
        filter: &BookFilter,
        order: &[BookOrder],
        page: Page,
        shape: &Shape<BookShown>,
    ) -> Result<String> {
        shape::json(self.0, self.sorted(filter, order), page, shape).await
    }
}

impl<'c, C: ConnectionTrait> BookRepository<'c, C> {
    /// Books read and written through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(connection)
    }

    /// The book of this id.
    pub async fn find(&self, id: &BookId) -> Result<Option<Book>> {
        let row = Entity::find_by_id(id.as_str()).one(self.0).await.map_err(internal)?;
        Ok(row.map(Book::from))
    }

    /// The book of this id, kept from others until the transaction ends.
    pub async fn find_for_write(&self, id: &BookId) -> Result<Option<Book>> {
        let query = Entity::find_by_id(id.as_str()).lock_exclusive();
        Ok(query.one(self.0).await.map_err(internal)?.map(Book::from))
    }

    /// Who is named as the author of this book.
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

    /// The books that match, sorted; nothing of them is selected yet.
    fn sorted(&self, filter: &BookFilter, order: &[BookOrder]) -> SelectStatement {
        let keys = order.iter().map(|key| key.key());
        let keyset = Keyset::searched(keys, filter.search.as_ref());
        let mut query = self.filtered(filter);
        self.sorted_by(&keyset).sort(&mut query, false);
        query
    }

    fn sorted_by<'k>(&self, keyset: &'k Keyset) -> Sorted<'k> {
        Sorted { backend: self.0.get_database_backend(), table: TABLE, keyset }
    }

    /// The books that match, sorted by `keyset`, in `window`.
    pub async fn slice(
        &self,
        filter: &BookFilter,
        keyset: &Keyset,
        window: &Window,
    ) -> Result<Slice<Book>> {
        self.sorted_by(keyset).slice(self.0, self.filtered(filter), window, read).await
    }

    /// Whether any of the books that match lie on `side`.
    pub async fn has(&self, filter: &BookFilter, keyset: &Keyset, side: &Side) -> Result<bool> {
        self.sorted_by(keyset).has(self.0, self.filtered(filter), side).await
    }

    pub(crate) fn filtered(&self, filter: &BookFilter) -> SelectStatement {
        filtered(self.0.get_database_backend(), filter)
    }

    /// How many books match.
    pub async fn count(&self, filter: &BookFilter) -> Result<u64> {
        count(self.0, self.filtered(filter)).await
    }

    /// A page of each author's books, in the order of their ids.
    pub async fn written_by(
        &self,
        authors: &[AuthorId],
        page: Page,
    ) -> Result<HashMap<AuthorId, Vec<Book>>> {
        pages_of::<_, _, entity::Model, _>(self.0, &BY_AUTHOR, authors, page).await
    }

    /// A page of each user's books, in the order of their ids.
    pub async fn owned_by(
        &self,
        owners: &[UserId],
        page: Page,
    ) -> Result<HashMap<UserId, Vec<Book>>> {
        pages_of::<_, _, entity::Model, _>(self.0, &BY_OWNER, owners, page).await
    }

    /// The books of authors, in the order of their ids.
    #[must_use]
    pub fn by_author(&self) -> Children<'c, C, AuthorId, Book> {
        Children::new(self.0, &BY_AUTHOR, read)
    }

    /// The books of users, in the order of their ids.
    #[must_use]
    pub fn by_owner(&self) -> Children<'c, C, UserId, Book> {
        Children::new(self.0, &BY_OWNER, read)
    }

    /// Adds a book; its owner is the permit's user. Fails with `CONFLICT` on a
    /// known `isbn` and with `BAD_USER_INPUT` on an unknown author.
    pub async fn insert(
        &self,
        permit: Permit<Create, NewBook>,
        now: DateTime<Utc>,
    ) -> Result<Book> {
        let Actor::User(user) = permit.by() else {
            return Err(Error::internal("a book needs an owner; seeding uses insert_all"));
        };
        let book = new_book(permit.subject(), BookId::generate(now), user.id.clone(), now);
        self.expect_free_isbn(&book).await?;
        let inserted = Entity::insert(mapper::row(&book)).exec_without_returning(self.0).await;
        on_unique(inserted, "book", "isbn", isbn_is_taken)?;
        SEARCHED.index(self.0, [searched(&book)]).await?;
        self.link_authors(&book.id, permit.subject().author_ids().unwrap_or_default()).await?;
        audit(&permit, book.id.as_str());
        Ok(book)
    }

    /// Those of `ids` that are a book's already.
    pub async fn known(&self, ids: &[BookId]) -> Result<HashSet<BookId>> {
        let keys = ids.iter().map(|id| id.0.clone()).collect();
        let known: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(key_in(self.0.get_database_backend(), Column::Id, keys))
            .into_tuple()
            .all(self.0)
            .await
            .map_err(internal)?;
        Ok(known.into_iter().map(BookId).collect())
    }

    /// Gives the permitted book new content; `change` says what it is afterwards.
    /// Fails as [`Self::insert`] does, and with `NOT_FOUND` when it has gone.
    pub async fn update(
        &self,
        permit: Permit<Update, Book>,
        change: &NewBook,
        now: DateTime<Utc>,
    ) -> Result<Book> {
        let book = Book {
            title: change.title().to_owned(),
            description: change.description().map(str::to_owned),
            isbn: self.changed_isbn(permit.subject(), change.isbn()).await?,
            release_year: change.release_year(),
            updated_at: version::after(permit.subject().updated_at, now),
            ..permit.subject().clone()
        };
        if book.isbn != permit.subject().isbn {
            self.expect_free_isbn(&book).await?;
        }
        match mapper::row(&book).update_without_returning(self.0).await {
            Err(DbErr::RecordNotUpdated) => return Err(Error::NotFound { kind: Kind::Book }),
            result => on_unique(result, "book", "isbn", isbn_is_taken)?,
        };
        SEARCHED.index(self.0, [searched(&book)]).await?;
        if let Some(authors) = change.author_ids() {
            if is_postgres(self.0.get_database_backend()) {
                self.held_authors(authors.to_vec()).await?;
            }
            author_link::Entity::delete_many()
                .filter(author_link::Column::BookId.eq(book.id.as_str()))
                .exec(self.0)
                .await
                .map_err(internal)?;
            self.link_authors(&book.id, authors).await?;
        }
        audit(&permit, book.id.as_str());
        Ok(book)
    }

    /// Gives all books of the permitted user to another, as the migration to owners
    /// does. Returns how many.
    pub async fn change_owner(&self, permit: &Permit<Update, User>, to: &UserId) -> Result<u64> {
        let from = permit.subject().id.as_str();
        let changed = Entity::update_many()
            .col_expr(Column::UserId, Expr::value(to.as_str()))
            .filter(Column::UserId.eq(from))
            .exec(self.0)
            .await
            .map_err(internal)?;
        audit(permit, from);
        Ok(changed.rows_affected)
    }

    /// Removes the permitted book. Fails with `NOT_FOUND` when it has gone.
    pub async fn delete(&self, permit: Permit<Delete, Book>) -> Result<Book> {
        let id = permit.subject().id.as_str();
        let deleted = Entity::delete_by_id(id).exec(self.0).await.map_err(internal)?;
        if deleted.rows_affected == 0 {
            return Err(Error::NotFound { kind: Kind::Book });
        }
        audit(&permit, id);
        Ok(permit.subject().clone())
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

fn new_book(new: &NewBook, id: BookId, owner_id: UserId, now: DateTime<Utc>) -> Book {
    Book {
        id,
        title: new.title().to_owned(),
        description: new.description().map(str::to_owned),
        isbn: new.isbn().map(str::to_owned),
        release_year: new.release_year(),
        owner_id,
        created_at: now,
        updated_at: now,
    }
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

fn read(row: &QueryResult) -> std::result::Result<Book, DbErr> {
    entity::Model::from_query_result(row, "").map(Book::from)
}
