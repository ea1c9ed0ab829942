//! Sign-ups that nobody has proved yet.

use sea_orm::{
    ColumnTrait, DbBackend, DeleteMany, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    address::has_address,
    entity::{Column, Entity},
};
use crate::{author, book};

/// Removes the user who signed up with this address, and has neither proved it nor signed
/// in.
pub(super) fn removal(backend: DbBackend, email: &str) -> DeleteMany<Entity> {
    Entity::delete_many()
        .filter(has_address(backend, email))
        .filter(Column::Pending.eq(true))
        .filter(Column::EmailVerified.eq(false))
        .filter(Column::DeletedAt.is_null())
        // Another server may have let them in.
        .filter(Expr::exists(owned(book::entity::Entity, book::entity::Column::UserId)).not())
        .filter(Expr::exists(owned(author::entity::Entity, author::entity::Column::UserId)).not())
}

/// The rows of a table that belong to the user of the statement around it.
fn owned(table: impl EntityTrait, owner: impl ColumnTrait) -> SelectStatement {
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .from(table)
        .and_where(Expr::col((table, owner)).equals((Entity, Column::Id)));
    rows
}
