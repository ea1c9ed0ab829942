//! Lists of keys as one parameter, so that the statement's text, and with it the plan that is
//! kept, is the same for any number of keys.

use sea_orm::{
    ColumnTrait, DbBackend,
    sea_query::{Expr, SimpleExpr},
};

use crate::database::is_postgres;

/// `column` is one of `keys`.
#[must_use]
pub fn key_in(backend: DbBackend, column: impl ColumnTrait, keys: Vec<String>) -> SimpleExpr {
    let column = Expr::col(column.as_column_ref());
    if is_postgres(backend) {
        Expr::cust_with_exprs("$1 = ANY($2)", [column, Expr::value(keys)])
    } else {
        let keys = Expr::value(json(&keys));
        Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [column, keys])
    }
}

/// The keys as a JSON array, SQLite's form of a list parameter.
pub(crate) fn json(keys: &[String]) -> String {
    serde_json::Value::from(keys.to_vec()).to_string()
}
