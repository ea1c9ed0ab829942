//! Which books are wanted.

use domain::{BookFilter, isbn};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select, sea_query::Query};

use super::{
    author_link,
    entity::{Column, Entity},
};
use crate::pattern::contains;

/// The books that match `filter`.
pub(super) fn filtered(filter: &BookFilter) -> Select<Entity> {
    let BookFilter { title, isbn: number, release_year, author_id, owner_id } = filter;
    let mut query = Entity::find();
    if let Some(title) = title {
        query = query.filter(Column::TitleFolded.like(contains(title)));
    }
    if let Some(number) = number {
        // What is no ISBN is no book's ISBN.
        let number = isbn::parse(number).unwrap_or_default();
        query = query.filter(Column::Isbn.eq(number));
    }
    if let Some(min) = release_year.min {
        query = query.filter(Column::ReleaseYear.gte(min));
    }
    if let Some(max) = release_year.max {
        query = query.filter(Column::ReleaseYear.lte(max));
    }
    if let Some(author) = author_id {
        let books = Query::select()
            .column(author_link::Column::BookId)
            .from(author_link::Entity)
            .and_where(author_link::Column::AuthorId.eq(author.as_str()))
            .take();
        query = query.filter(Column::Id.in_subquery(books));
    }
    if let Some(owner) = owner_id {
        query = query.filter(Column::UserId.eq(owner.as_str()));
    }
    query
}
