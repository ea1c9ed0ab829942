//! What a list shows of its rows, if the database can write it.

use async_graphql::{
    Positioned,
    parser::types::{Field, SelectionSet},
};
use graphql_engine::fields;
use services::Shape;

/// What a database can write as the answer to `selected`, which is not empty, if `shown`
/// knows what each field shows of a row: what everybody may see, and without arguments. A
/// field that is wanted under several keys is not for the database, which would not see
/// that the answer becomes too long.
pub(crate) fn shape<S>(
    selected: &SelectionSet,
    shown: impl Fn(&Field) -> Option<S>,
) -> Option<Shape<S>> {
    let mut names = Vec::new();
    let pairs = fields(selected).map(|Positioned { node: field, .. }| {
        if names.contains(&&field.name.node) {
            return None;
        }
        names.push(&field.name.node);
        Some((field.response_key().node.to_string(), shown(field)?))
    });
    let pairs = pairs.collect::<Option<Vec<_>>>()?;
    if pairs.is_empty() { None } else { Shape::new(pairs) }
}
