//! Sign-ups with an unverified address.

use sea_orm::{
    ColumnTrait, DbBackend, DeleteMany, EntityTrait, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    OwnedTable,
    address::has_address,
    entity::{Column, Entity},
};

/// Deletes the user who signed up with this address, unless verified, signed in before, or owner
/// of a row in `owned`.
pub(super) fn removal(backend: DbBackend, email: &str, owned: &[OwnedTable]) -> DeleteMany<Entity> {
    let removal = Entity::delete_many()
        .filter(has_address(backend, email))
        .filter(Column::Pending.eq(true))
        .filter(Column::EmailVerified.eq(false))
        .filter(Column::DeletedAt.is_null());
    // Another application on this database may have accepted the user, who then owns rows.
    owned.iter().fold(removal, |removal, table| removal.filter(Expr::exists(rows_of(table)).not()))
}

/// Rows of a table that belong to the user of the outer statement.
fn rows_of(OwnedTable { table, user_id }: &OwnedTable) -> SelectStatement {
    let (table, user_id) = (Alias::new(*table), Alias::new(*user_id));
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .from(table.clone())
        .and_where(Expr::col((table, user_id)).equals((Entity, Column::Id)));
    rows
}
