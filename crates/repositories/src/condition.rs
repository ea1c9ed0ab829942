//! Filters as conditions of SQL.

use domain::Combinators;
use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Expr, Func, SimpleExpr},
};

/// `own` and the filters that it is combined with. `condition` is that of a single filter.
///
/// SQL knows a third truth value: of a column that is null, neither `> 1` nor
/// `not > 1` is true. A condition that is unknown counts as false wherever it stands;
/// `and` and `or` keep it so, and only `not` must say it.
pub(crate) fn combined<F>(
    own: Condition,
    combinators: &Combinators<F>,
    condition: impl Fn(&F) -> Condition + Copy,
) -> Condition {
    let Combinators { and, or, not } = combinators;
    let mut all = and.iter().flatten().fold(own, |all, filter| all.add(condition(filter)));
    if let Some(or) = or {
        let none = Condition::any().add(Expr::cust("1 = 0"));
        all = all.add(or.iter().fold(none, |any, filter| any.add(stated(condition(filter)))));
    }
    if let Some(not) = not {
        let holds = SimpleExpr::from(stated(condition(not)));
        all = all.add(Func::coalesce([holds, Expr::cust("FALSE")]).not());
    }
    all
}

/// `condition` in words that are there even when it asks for nothing.
fn stated(condition: Condition) -> Condition {
    Condition::all().add(Expr::cust("1 = 1")).add(condition)
}

#[cfg(test)]
mod tests {
    use domain::Combinators;
    use sea_orm::sea_query::{PostgresQueryBuilder, Query};

    use super::*;

    #[test]
    fn whatever_is_joined_stands_in_brackets() {
        let filter = Combinators { and: None, or: Some(vec![1, 2]), not: Some(Box::new(3)) };
        let asked = |n: &i32| Condition::all().add(Expr::col("a").gt(*n));
        let own = Condition::all().add(Expr::col("b").is_null());
        let sql = Query::select().cond_where(combined(own, &filter, asked)).to_owned();
        assert_eq!(
            sql.to_string(PostgresQueryBuilder).trim_start_matches("SELECT  WHERE "),
            r#""b" IS NULL AND ((1 = 0) OR ((1 = 1) AND "a" > 1) OR ((1 = 1) AND "a" > 2)) AND (NOT COALESCE((1 = 1) AND "a" > 3, FALSE))"#
        );
    }
}
