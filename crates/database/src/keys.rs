//! Lists of keys as one parameter of a statement.

use sea_orm::{
    ColumnTrait, DbBackend,
    sea_query::{Expr, SimpleExpr},
};

use crate::is_postgres;

/// The condition that `column` is one of `keys`. All keys are one parameter, so the statement's
/// text, and with it the cached plan, is the same for any number of keys.
#[must_use]
pub fn key_in(backend: DbBackend, column: impl ColumnTrait, keys: Vec<String>) -> SimpleExpr {
    let column = Expr::col(column.as_column_ref());
    if is_postgres(backend) {
        Expr::cust_with_exprs("$1 = ANY($2)", [column, Expr::value(keys)])
    } else {
        let keys = Expr::value(json_keys(&keys));
        Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [column, keys])
    }
}

/// The keys as a JSON array, SQLite's form of a list parameter.
#[must_use]
pub fn json_keys(keys: &[String]) -> String {
    serde_json::Value::from(keys.to_vec()).to_string()
}
