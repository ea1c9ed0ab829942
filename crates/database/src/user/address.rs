//! Whose an address is. Ours are stored in lower case, of which the unique key decides;
//! rows of a Node server may have capitals, and are found and taken just as well.

use domain::User;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, Iterable, Order, QueryFilter,
    QueryOrder, Select,
    sea_query::{Expr, ExprTrait, InsertStatement, Query, SimpleExpr},
};

use super::{
    entity::{Column, Entity},
    mapper,
};
use crate::is_postgres;

/// The users of this address, in lower case, among `users`. Of several, who has it as it
/// is comes first.
#[must_use]
pub fn of_address<E: EntityTrait>(
    users: Select<E>,
    backend: DbBackend,
    address: &str,
) -> Select<E> {
    users
        .filter(has_address(backend, address))
        .order_by(Column::Email.eq(address), Order::Desc)
        .order_by_asc(Column::Id)
}

/// Whether a user has this address, in lower case.
pub(super) fn has_address(backend: DbBackend, address: &str) -> SimpleExpr {
    in_lower_case(backend).eq(address)
}

/// A user's address in lower case, by which both databases have an index.
pub(super) fn in_lower_case(backend: DbBackend) -> SimpleExpr {
    Expr::cust(if is_postgres(backend) {
        r#"lower("user"."email" collate "C")"#
    } else {
        r#"lower("user"."email")"#
    })
}

/// Adds the user unless somebody has the address with capitals, of which the unique key
/// knows nothing.
pub(super) fn insertion(backend: DbBackend, user: &User) -> InsertStatement {
    let row = mapper::new_row(user);
    let mut taken = Query::select();
    taken.expr(Expr::val(1)).from(Entity).and_where(has_address(backend, &user.email));
    let (mut columns, mut values) = (Vec::new(), Query::select());
    for column in Column::iter() {
        if let Some(value) = row.get(column).into_value() {
            columns.push(column);
            values.expr(Expr::value(value));
        }
    }
    values.and_where(Expr::exists(taken).not());
    let mut insert = Query::insert();
    // There are as many columns as values.
    _ = insert.into_table(Entity).columns(columns).select_from(values);
    insert
}
