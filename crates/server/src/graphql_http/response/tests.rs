use std::sync::Arc;

use async_graphql::{Name, indexmap::IndexMap};

use super::*;

fn answer(data: Value, errors: Vec<Error>) -> Answer {
    let error = |error| ServerError { source: Some(Arc::new(error)), ..ServerError::new("", None) };
    let mut answer = Answer::new(data);
    answer.errors = errors.into_iter().map(error).collect();
    answer
}

#[test]
fn a_response_without_data_and_database_is_unavailable() {
    let field = |value| Value::Object(IndexMap::from([(Name::new("book"), value)]));
    for (data, errors, expected) in [
        (Value::Null, vec![Error::Busy], true),
        (field(Value::Null), vec![Error::Busy, Error::Busy], true),
        (field(Value::from(1)), vec![Error::Busy], false),
        (Value::Null, vec![Error::Busy, Error::Unauthenticated], false),
        (field(Value::Null), Vec::new(), false),
    ] {
        assert_eq!(is_unavailable(&answer(data, errors)), expected);
    }
}
