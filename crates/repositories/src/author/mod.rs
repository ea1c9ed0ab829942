//! The repository of authors: statements that read authors by key and that write them.

pub(crate) mod row;
mod table;

use chrono::{DateTime, Utc};
use database::{internal, log_change};
use domain::{
    Author, AuthorId, BookId, Error, NewAuthor, Permit, Result, UserId,
    ability::{Actor, Create, Kind, Update},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, sea_query::OnConflict,
};

use self::row::{ActiveModel, Column, Entity, Model};
use crate::{
    repository::Repository,
    statement::Sql,
    table::{CHILD, ChildOf, ListedEntity},
};

/// The table `author` behind a connection or a transaction.
pub type AuthorRepository<'c, C> = Repository<'c, C, Author>;

impl<C: ConnectionTrait> AuthorRepository<'_, C> {
    /// The authors of a book, in the order of its title page.
    pub async fn of_book(&self, book: &BookId) -> Result<Vec<Author>> {
        let relation = <Author as ChildOf<BookId>>::RELATION;
        let mut sql = Sql::new(self.0.get_database_backend());
        sql.push(&["SELECT ", CHILD, ".*"]);
        relation.write_from(&mut sql);
        sql.bind(book.as_str());
        relation.write_order(&mut sql);
        let rows = self.0.query_all_raw(sql.into_statement()).await.map_err(internal)?;
        let authors = rows.iter().map(|row| Model::from_query_result(row, "").map(Author::from));
        authors.collect::<std::result::Result<_, _>>().map_err(internal)
    }

    /// Adds an author, owned by the permit's user.
    pub async fn insert(
        &self,
        permit: Permit<Create, NewAuthor>,
        now: DateTime<Utc>,
    ) -> Result<Author> {
        let Actor::User(user) = permit.by() else {
            return Err(Error::internal("an author needs an owner; seeding uses insert_all"));
        };
        let (id, content) = (AuthorId::generate(now), permit.subject().clone());
        let author = Author::new(id, user.id.clone(), content, now);
        let row = ActiveModel::from(&author);
        Entity::insert(row).exec_without_returning(self.0).await.map_err(internal)?;
        Author::SEARCH.index(self.0, [search_texts(&author)]).await?;
        log_change(&permit, author.id.as_str());
        Ok(author)
    }

    /// Adds authors with given ids and owners, as seeding does. An author whose id exists
    /// already stays unchanged.
    pub async fn insert_all(
        &self,
        authors: Vec<(AuthorId, UserId, Permit<Create, NewAuthor>)>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows: Vec<_> = authors
            .iter()
            .map(|(id, owner, permit)| {
                Author::new(id.clone(), owner.clone(), permit.subject().clone(), now)
            })
            .collect();
        let inserted = Entity::insert_many(rows.iter().map(ActiveModel::from))
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .exec_without_returning(self.0);
        inserted.await.map_err(internal)?;
        Author::SEARCH.index(self.0, rows.iter().map(search_texts)).await
    }

    /// Replaces the content of the permitted author by `change`. Fails with `NOT_FOUND` if the
    /// author no longer exists.
    pub async fn update(
        &self,
        permit: Permit<Update, Author>,
        change: &NewAuthor,
        now: DateTime<Utc>,
    ) -> Result<Author> {
        let author = permit.subject().clone().with(change.clone(), now);
        match ActiveModel::from(&author).update_without_returning(self.0).await {
            Err(DbErr::RecordNotUpdated) => return Err(Error::NotFound { kind: Kind::Author }),
            result => result.map_err(internal)?,
        };
        Author::SEARCH.index(self.0, [search_texts(&author)]).await?;
        log_change(&permit, author.id.as_str());
        Ok(author)
    }
}

/// The texts of an author that are searched.
fn search_texts(author: &Author) -> (&str, &str, Option<&str>) {
    (author.id.as_str(), &author.name, author.bio.as_deref())
}
