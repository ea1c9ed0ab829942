//! Lookup of users by email address. This server stores addresses in lower case, and the unique
//! key compares them so. Rows of a Node server may have capitals; they are found, and their
//! addresses are taken, too.

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

/// Users of this lower-case address among `users`. If several match, the one with exactly this
/// spelling comes first.
#[must_use]
pub fn with_address<E: EntityTrait>(
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

/// A user's address in lower case; both databases have an index on this expression.
pub(super) fn in_lower_case(backend: DbBackend) -> SimpleExpr {
    Expr::cust(if is_postgres(backend) {
        r#"lower("user"."email" collate "C")"#
    } else {
        r#"lower("user"."email")"#
    })
}

/// Inserts the user unless another row has the address with capitals, which the unique key does
/// not compare.
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
    // There are as many columns as values, so this cannot fail.
    _ = insert.into_table(Entity).columns(columns).select_from(values);
    insert
}
