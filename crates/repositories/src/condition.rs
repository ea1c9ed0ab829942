//! Combined filters as conditions in SQL.

use domain::Combinators;
use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Expr, Func, SimpleExpr},
};

/// The condition `own` and those of `combinators`. `condition` translates a single filter.
///
/// SQL has a third truth value, unknown: for a column that is null, neither `> 1` nor
/// `not > 1` is true. Here, unknown is false. `AND` and `OR` treat it so already; below `NOT`,
/// `coalesce` replaces it.
pub(crate) fn combined<F>(
    own: Condition,
    combinators: &Combinators<F>,
    condition: impl Fn(&F) -> Condition + Copy,
) -> Condition {
    let Combinators { and, or, not } = combinators;
    let mut all = and.iter().flatten().fold(own, |all, filter| all.add(condition(filter)));
    if let Some(or) = or {
        let none = Condition::any().add(Expr::cust("1 = 0"));
        all = all.add(or.iter().fold(none, |any, filter| any.add(non_empty(condition(filter)))));
    }
    if let Some(not) = not {
        let holds = SimpleExpr::from(non_empty(condition(not)));
        all = all.add(Func::coalesce([holds, Expr::cust("FALSE")]).not());
    }
    all
}

/// `condition`, which is `1 = 1` if it is empty: SQL has no empty operand.
fn non_empty(condition: Condition) -> Condition {
    Condition::all().add(Expr::cust("1 = 1")).add(condition)
}

#[cfg(test)]
mod tests {
    use domain::Combinators;
    use sea_orm::sea_query::{PostgresQueryBuilder, Query};

    use super::*;

    #[test]
    fn combined_conditions_are_in_brackets() {
        let filter = Combinators { and: None, or: Some(vec![1, 2]), not: Some(Box::new(3)) };
        let condition = |n: &i32| Condition::all().add(Expr::col("a").gt(*n));
        let own = Condition::all().add(Expr::col("b").is_null());
        let sql = Query::select().cond_where(combined(own, &filter, condition)).to_owned();
        assert_eq!(
            sql.to_string(PostgresQueryBuilder).trim_start_matches("SELECT  WHERE "),
            r#""b" IS NULL AND ((1 = 0) OR ((1 = 1) AND "a" > 1) OR ((1 = 1) AND "a" > 2)) AND (NOT COALESCE((1 = 1) AND "a" > 3, FALSE))"#
        );
    }
}
