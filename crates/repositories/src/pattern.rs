//! Patterns for text that was folded.

use domain::text;
use sea_orm::sea_query::LikeExpr;

/// A pattern for folded text that contains `part`, in which `%` and `_` mean themselves.
pub(crate) fn contains(part: &str) -> LikeExpr {
    let mut pattern = String::from("%");
    for c in text::fold(part).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}
