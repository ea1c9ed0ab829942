//! Several requests in one body, answered by a list in their order.
//!
//! Each is answered as if it had come alone, so that one that fails takes no other with
//! it; the status is 200. Queries are executed together, but as soon as one of them
//! changes something, all one after the other, as they are listed.

use axum::{body::to_bytes, http::StatusCode, response::Response};
use futures_util::future::join_all;

use super::{
    Call, Caller,
    accept::MediaType,
    execute::Prepared,
    request::Query,
    response::{Refusal, internal_error, written},
};

/// Answers all of `queries`.
pub(super) async fn answer(
    call: &Call<'_>,
    queries: Vec<Result<Query, Refusal>>,
    caller: Option<Caller>,
) -> Result<Response, Refusal> {
    let mut prepared = Vec::with_capacity(queries.len());
    for query in queries {
        prepared.push(match query {
            Ok(query) => call.app.edge.prepare(query, true, call.log).await,
            Err(refusal) => Err(refusal),
        });
    }
    let caller = call.known(caller).await?;
    let changes = prepared.iter().flatten().any(Prepared::changes);
    let answers =
        prepared.into_iter().map(async |prepared: Result<Prepared, Refusal>| match prepared {
            Ok(operation) => call.execute(operation, &caller).await.response,
            Err(refusal) => call.refuse(refusal),
        });
    let answers = if changes {
        let mut one_by_one = Vec::new();
        for answer in answers {
            one_by_one.push(answer.await);
        }
        one_by_one
    } else {
        join_all(answers).await
    };
    let mut response = list(answers, call.media_type).await;
    caller.keep_cookies(&mut response);
    Ok(response)
}

/// One answer of several: `[…, …]`.
async fn list(answers: Vec<Response>, media_type: MediaType) -> Response {
    let mut content = Vec::new();
    for answer in answers {
        content.push(if content.is_empty() { b'[' } else { b',' });
        // It is in memory: there is nothing to fail.
        let Ok(bytes) = to_bytes(answer.into_body(), usize::MAX).await else {
            return internal_error();
        };
        content.extend_from_slice(&bytes);
    }
    content.push(b']');
    written(StatusCode::OK, media_type, content)
}
