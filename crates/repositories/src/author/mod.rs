//! Authors: found, listed, added, changed, removed; and those of books and users.

pub(crate) mod entity;
mod filter;
mod mapper;
mod part;
pub(crate) mod rule_column;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    Author, AuthorFilter, AuthorId, AuthorOrder, AuthorPart, AuthorWish, BookId, Error, Keyset,
    NewAuthor, Page, Permit, Result, Side, Slice, User, UserId, Window,
    ability::{Actor, Create, Delete, Kind, Update},
    keyset::{Direction, Key, KeyKind},
    version,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryResult, QuerySelect, Statement, Value,
    sea_query::{Expr, OnConflict, SelectStatement},
};

pub use self::part::AuthorShown;
use self::{
    entity::{Column, Entity},
    filter::{SEARCHED, filtered, searched},
};
use crate::{
    Children, Reader, audit,
    children::{Link, group, id_in, json, key_in, pages_of},
    database::is_postgres,
    internal,
    keyset::{Sorted, count},
    rows::rows,
    shape::{self, Shape},
};

/// The table's name.
const TABLE: &str = "author";

static BY_BOOK: Link = Link {
    table: TABLE,
    via: "bookAuthor",
    child: "authorId",
    parent: "bookId",
    keys: &[
        Key {
            field: "position",
            column: "position",
            kind: KeyKind::Number,
            direction: Direction::Ascending,
        },
        id_in("authorId"),
    ],
};

static BY_OWNER: Link =
    Link { table: TABLE, via: TABLE, child: "id", parent: "userId", keys: &[id_in("id")] };

/// The table `author` behind a connection or a transaction.
#[derive(Debug)]
pub struct AuthorRepository<'c, C>(&'c C);

impl AuthorRepository<'_, Reader> {
    /// A page of the authors that match, sorted by `order`, then by id: of each what is
    /// wished.
    pub async fn list(
        &self,
        filter: &AuthorFilter,
        order: &[AuthorOrder],
        page: Page,
        wish: &AuthorWish,
    ) -> Result<Vec<AuthorPart>> {
        rows(self.0, self.sorted(filter, order), page, wish).await
    }

    /// The same page as a JSON array of objects: of each what is to be shown.
    pub async fn list_json(
        &self,
        filter: &AuthorFilter,
        order: &[AuthorOrder],
        page: Page,
        shape: &Shape<AuthorShown>,
    ) -> Result<String> {
        shape::json(self.0, self.sorted(filter, order), page, shape).await
    }
}

impl<'c, C: ConnectionTrait> AuthorRepository<'c, C> {
    /// Authors read and written through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(connection)
    }

    /// The author of this id.
    pub async fn find(&self, id: &AuthorId) -> Result<Option<Author>> {
        let row = Entity::find_by_id(id.as_str()).one(self.0).await.map_err(internal)?;
        Ok(row.map(Author::from))
    }

    /// The author of this id, kept from others until the transaction ends.
    pub async fn find_for_write(&self, id: &AuthorId) -> Result<Option<Author>> {
        let query = Entity::find_by_id(id.as_str()).lock_exclusive();
        Ok(query.one(self.0).await.map_err(internal)?.map(Author::from))
    }

    /// The authors that match, sorted; nothing of them is selected yet.
    fn sorted(&self, filter: &AuthorFilter, order: &[AuthorOrder]) -> SelectStatement {
        let keys = order.iter().map(|key| key.key());
        let keyset = Keyset::searched(keys, filter.search.as_ref());
        let mut query = self.filtered(filter);
        self.sorted_by(&keyset).sort(&mut query, false);
        query
    }

    fn sorted_by<'k>(&self, keyset: &'k Keyset) -> Sorted<'k> {
        Sorted { backend: self.0.get_database_backend(), table: TABLE, keyset }
    }

    /// The authors that match, sorted by `keyset`, in `window`.
    pub async fn slice(
        &self,
        filter: &AuthorFilter,
        keyset: &Keyset,
        window: &Window,
    ) -> Result<Slice<Author>> {
        self.sorted_by(keyset).slice(self.0, self.filtered(filter), window, read).await
    }

    /// Whether any of the authors that match lie on `side`.
    pub async fn has(&self, filter: &AuthorFilter, keyset: &Keyset, side: &Side) -> Result<bool> {
        self.sorted_by(keyset).has(self.0, self.filtered(filter), side).await
    }

    fn filtered(&self, filter: &AuthorFilter) -> SelectStatement {
        filtered(self.0.get_database_backend(), filter)
    }

    /// How many authors match.
    pub async fn count(&self, filter: &AuthorFilter) -> Result<u64> {
        count(self.0, self.filtered(filter)).await
    }

    /// The authors of each book, in the order of its title page.
    pub async fn of_books(&self, books: &[BookId]) -> Result<HashMap<BookId, Vec<Author>>> {
        let keys: Vec<String> = books.iter().map(|id| id.0.clone()).collect();
        let backend = self.0.get_database_backend();
        let (keys, among) = if is_postgres(backend) {
            (Value::from(keys), "= ANY($1)")
        } else {
            (Value::from(json(&keys)), "IN (SELECT value FROM json_each(?))")
        };
        let sql = format!(
            r#"SELECT l."bookId" AS "parentId", l."position", a.* FROM "bookAuthor" l
               JOIN "author" a ON a."id" = l."authorId" WHERE l."bookId" {among}"#
        );
        let statement = Statement::from_sql_and_values(backend, sql, [keys]);
        group::<_, _, entity::Model, _, i32>(self.0, statement, "position").await
    }

    /// A page of each user's authors, in the order of their ids.
    pub async fn owned_by(
        &self,
        owners: &[UserId],
        page: Page,
    ) -> Result<HashMap<UserId, Vec<Author>>> {
        pages_of::<_, _, entity::Model, _>(self.0, &BY_OWNER, owners, page).await
    }

    /// The authors of books, in the order of the title page.
    #[must_use]
    pub fn by_book(&self) -> Children<'c, C, BookId, Author> {
        Children::new(self.0, &BY_BOOK, read)
    }

    /// The authors that users added, in the order of their ids.
    #[must_use]
    pub fn by_owner(&self) -> Children<'c, C, UserId, Author> {
        Children::new(self.0, &BY_OWNER, read)
    }

    /// Adds an author; the permit's user owns the row.
    pub async fn insert(
        &self,
        permit: Permit<Create, NewAuthor>,
        now: DateTime<Utc>,
    ) -> Result<Author> {
        let Actor::User(user) = permit.by() else {
            return Err(Error::internal("an author needs an owner; seeding uses insert_all"));
        };
        let author = new_author(permit.subject(), AuthorId::generate(now), user.id.clone(), now);
        let row = mapper::row(&author);
        Entity::insert(row).exec_without_returning(self.0).await.map_err(internal)?;
        SEARCHED.index(self.0, [searched(&author)]).await?;
        audit(&permit, author.id.as_str());
        Ok(author)
    }

    /// Adds many authors at once, as seeding does: id, owner and content of each. Those
    /// that somebody adds at the same moment stay as they are.
    pub async fn insert_all(
        &self,
        authors: Vec<(AuthorId, UserId, Permit<Create, NewAuthor>)>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows: Vec<_> = authors
            .iter()
            .map(|(id, owner, permit)| new_author(permit.subject(), id.clone(), owner.clone(), now))
            .collect();
        let inserted = Entity::insert_many(rows.iter().map(mapper::row))
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .exec_without_returning(self.0);
        inserted.await.map_err(internal)?;
        SEARCHED.index(self.0, rows.iter().map(searched)).await
    }

    /// Those of `ids` that are an author's already.
    pub async fn known(&self, ids: &[AuthorId]) -> Result<HashSet<AuthorId>> {
        let keys = ids.iter().map(|id| id.0.clone()).collect();
        let known: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(key_in(self.0.get_database_backend(), Column::Id, keys))
            .into_tuple()
            .all(self.0)
            .await
            .map_err(internal)?;
        Ok(known.into_iter().map(AuthorId).collect())
    }

    /// Gives the permitted author new content; `change` says what it is afterwards.
    /// Fails with `NOT_FOUND` when the author has gone.
    pub async fn update(
        &self,
        permit: Permit<Update, Author>,
        change: &NewAuthor,
        now: DateTime<Utc>,
    ) -> Result<Author> {
        let author = Author {
            name: change.name().to_owned(),
            bio: change.bio().map(str::to_owned),
            birth_year: change.birth_year(),
            death_year: change.death_year(),
            updated_at: version::after(permit.subject().updated_at, now),
            ..permit.subject().clone()
        };
        match mapper::row(&author).update_without_returning(self.0).await {
            Err(DbErr::RecordNotUpdated) => return Err(Error::NotFound { kind: Kind::Author }),
            result => result.map_err(internal)?,
        };
        SEARCHED.index(self.0, [searched(&author)]).await?;
        audit(&permit, author.id.as_str());
        Ok(author)
    }

    /// Gives all authors of the permitted user to another, as the migration to owners
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

    /// Removes the permitted author; their books stay. Fails with `NOT_FOUND` when
    /// the author has gone.
    pub async fn delete(&self, permit: Permit<Delete, Author>) -> Result<Author> {
        let id = permit.subject().id.as_str();
        let deleted = Entity::delete_by_id(id).exec(self.0).await.map_err(internal)?;
        if deleted.rows_affected == 0 {
            return Err(Error::NotFound { kind: Kind::Author });
        }
        audit(&permit, id);
        Ok(permit.subject().clone())
    }
}

fn new_author(new: &NewAuthor, id: AuthorId, owner_id: UserId, now: DateTime<Utc>) -> Author {
    Author {
        id,
        name: new.name().to_owned(),
        bio: new.bio().map(str::to_owned),
        birth_year: new.birth_year(),
        death_year: new.death_year(),
        owner_id,
        created_at: now,
        updated_at: now,
    }
}

fn read(row: &QueryResult) -> std::result::Result<Author, DbErr> {
    entity::Model::from_query_result(row, "").map(Author::from)
}
