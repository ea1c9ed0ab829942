//! The table `author` for lists: its search index, filters and relations.

use domain::{Author, AuthorField, AuthorFilter, BookId, UserId};
use sea_orm::{ColumnTrait, Condition};

use super::row::{self, Column, Entity};
use crate::{
    condition::combined,
    pattern::contains,
    search::SearchIndex,
    table::{ChildOf, ListedEntity, Relation},
};

impl ListedEntity for Author {
    type Related = Self;

    type Rows = Entity;
    type Column = Column;

    const TABLE: &'static str = "author";
    const ID: Column = Column::Id;
    const OWNER: Column = Column::UserId;

    const SEARCH: SearchIndex =
        SearchIndex { table: Self::TABLE, id: "authorId", title: "nameFolded", body: Some("bio") };

    const NESTED_RELATION: Option<Relation> = None;

    fn column(field: AuthorField) -> Column {
        row::column(field)
    }

    fn condition(filter: &AuthorFilter) -> Condition {
        let AuthorFilter { name, birth_year, owner_id, search: _, combinators } = filter;
        let mut all = Condition::all();
        if let Some(name) = name {
            all = all.add(Column::NameFolded.like(contains(name)));
        }
        if let Some(min) = birth_year.min {
            all = all.add(Column::BirthYear.gte(min));
        }
        if let Some(max) = birth_year.max {
            all = all.add(Column::BirthYear.lte(max));
        }
        if let Some(owner) = owner_id {
            all = all.add(Column::UserId.eq(owner.as_str()));
        }
        combined(all, combinators, Self::condition)
    }
}

/// In the order of the title page.
impl ChildOf<BookId> for Author {
    const RELATION: Relation = Relation {
        table: Self::TABLE,
        via: "bookAuthor",
        child: "authorId",
        parent: "bookId",
        has_position: true,
    };
}

impl ChildOf<UserId> for Author {
    const RELATION: Relation = Relation::by_column(Self::TABLE, "userId");
}
