//! Which authors are wanted.

use domain::AuthorFilter;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

use super::entity::{Column, Entity};
use crate::{condition::joined, pattern::contains};

/// The authors that match `filter`.
pub(super) fn filtered(filter: &AuthorFilter) -> Select<Entity> {
    Entity::find().filter(condition(filter))
}

fn condition(filter: &AuthorFilter) -> Condition {
    let AuthorFilter { name, birth_year, owner_id, joined: others } = filter;
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
