//! Which authors are wanted.

use domain::AuthorFilter;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use super::entity::{Column, Entity};
use crate::pattern::contains;

/// The authors that match `filter`.
pub(super) fn filtered(filter: &AuthorFilter) -> Select<Entity> {
    let AuthorFilter { name, birth_year, owner_id } = filter;
    let mut query = Entity::find();
    if let Some(name) = name {
        query = query.filter(Column::NameFolded.like(contains(name)));
    }
    if let Some(min) = birth_year.min {
        query = query.filter(Column::BirthYear.gte(min));
    }
    if let Some(max) = birth_year.max {
        query = query.filter(Column::BirthYear.lte(max));
    }
    if let Some(owner) = owner_id {
        query = query.filter(Column::UserId.eq(owner.as_str()));
    }
    query
}
