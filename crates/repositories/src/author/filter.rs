//! Which authors are wanted.

use domain::{Author, AuthorFilter};
use sea_orm::{
    ColumnTrait, Condition, DbBackend,
    sea_query::{Query, SelectStatement},
};

use super::entity::{Column, Entity};
use crate::{condition::joined, pattern::contains, search::Searched};

pub(super) const SEARCHED: Searched =
    Searched { table: "author", id: "authorId", title: "nameFolded", body: "bio" };

/// What is searched of an author.
pub(super) fn searched(author: &Author) -> (&str, &str, Option<&str>) {
    (author.id.as_str(), &author.name, author.bio.as_deref())
}

/// The authors that match `filter`; of those that were searched with a rank each.
/// No columns are selected yet.
pub(super) fn filtered(backend: DbBackend, filter: &AuthorFilter) -> SelectStatement {
    let mut query = Query::select().from(Entity).cond_where(condition(filter)).take();
    if let Some(search) = &filter.search {
        SEARCHED.narrow(backend, &mut query, search);
    }
    query
}

fn condition(filter: &AuthorFilter) -> Condition {
    let AuthorFilter { name, birth_year, owner_id, search: _, joined: others } = filter;
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
    joined(all, others, condition)
}
