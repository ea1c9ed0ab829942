//! In which order books come.

use domain::BookOrder;
use sea_orm::{
    IdenStatic, QueryOrder, Select,
    sea_query::{NullOrdering, Order},
};

use super::entity::{Column, Entity};

/// Sorted by `order`, then by id.
pub(super) fn sorted(mut query: Select<Entity>, order: &[BookOrder]) -> Select<Entity> {
    let mut sorted_by = Vec::new();
    for key in order {
        let (column, direction) = match key {
            BookOrder::TitleAsc => (Column::TitleFolded, Order::Asc),
            BookOrder::TitleDesc => (Column::TitleFolded, Order::Desc),
            BookOrder::ReleaseYearAsc => (Column::ReleaseYear, Order::Asc),
            BookOrder::ReleaseYearDesc => (Column::ReleaseYear, Order::Desc),
            BookOrder::CreatedAtAsc => (Column::CreatedAt, Order::Asc),
            BookOrder::CreatedAtDesc => (Column::CreatedAt, Order::Desc),
        };
        // A column sorts once: after its first mention it is the same in every tie.
        if !sorted_by.contains(&column.as_str()) {
            sorted_by.push(column.as_str());
            query = query.order_by_with_nulls(column, direction, NullOrdering::Last);
        }
    }
    query.order_by_asc(Column::Id)
}
