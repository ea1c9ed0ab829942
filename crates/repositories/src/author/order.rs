//! In which order authors come.

use domain::AuthorOrder;
use sea_orm::{
    IdenStatic, QueryOrder, Select,
    sea_query::{NullOrdering, Order},
};

use super::entity::{Column, Entity};

/// Sorted by `order`, then by id.
pub(super) fn sorted(mut query: Select<Entity>, order: &[AuthorOrder]) -> Select<Entity> {
    let mut sorted_by = Vec::new();
    for key in order {
        let (column, direction) = match key {
            AuthorOrder::NameAsc => (Column::NameFolded, Order::Asc),
            AuthorOrder::NameDesc => (Column::NameFolded, Order::Desc),
            AuthorOrder::BirthYearAsc => (Column::BirthYear, Order::Asc),
            AuthorOrder::BirthYearDesc => (Column::BirthYear, Order::Desc),
            AuthorOrder::CreatedAtAsc => (Column::CreatedAt, Order::Asc),
            AuthorOrder::CreatedAtDesc => (Column::CreatedAt, Order::Desc),
        };
        // A column sorts once: after its first mention it is the same in every tie.
        if !sorted_by.contains(&column.as_str()) {
            sorted_by.push(column.as_str());
            query = query.order_by_with_nulls(column, direction, NullOrdering::Last);
        }
    }
    query.order_by_asc(Column::Id)
}
