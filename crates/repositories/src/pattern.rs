//! `LIKE` patterns for folded text.

use domain::text;
use sea_orm::sea_query::LikeExpr;

/// The pattern of folded text that contains `part`. `%` and `_` in `part` are escaped.
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
