//! Several requests in one body, answered by a list in their order.
//!
//! Each is answered as if it had come alone, so that one that fails takes no other with
//! it; the status is 200. Queries are executed together, but as soon as one of them
//! changes something, all one after the other, as they are listed.

use std::sync::Arc;

use axum::{body::to_bytes, http::StatusCode, response::Response};
use futures_util::future::join_all;

use super::{
    Call, Caller, Outcome,
    execute::Prepared,
    request::GraphqlRequest,
    response::{Refusal, internal_error, written},
};

/// Answers all of `queries`.
pub(super) async fn answer(
    call: &Call<'_>,
    queries: Vec<Result<GraphqlRequest, Refusal>>,
    caller: Option<Caller>,
) -> Result<Response, Refusal> {
    let prepare = |query| call.app.graphql.prepare(query, true, call.log);
    let prepared: Vec<_> = queries.into_iter().map(|query| query.and_then(prepare)).collect();
    let caller = call.known(caller).await?;
    let changes = prepared.iter().flatten().any(Prepared::changes);
    let memory = call.app.graphql.engine.reservation();
    let executed = prepared.into_iter().map(async |prepared: Result<Prepared, Refusal>| {
        let outcome = call.execute(prepared?, &caller, memory.another()).await?;
        let place = outcome.place.holding(Arc::clone(&memory));
        Ok(Outcome { place, ..outcome })
    });
    let outcomes = if changes {
        let mut one_by_one = Vec::new();
        for outcome in executed {
            one_by_one.push(outcome.await);
        }
        one_by_one
    } else {
        join_all(executed).await
    };
    let mut response = list(call, outcomes).await;
    caller.keep_cookies(&mut response);
    Ok(response)
}

/// One answer of several: `[…, …]`, which together are no longer than one may be. It
/// keeps a place, and the memory of all, until it is sent.
async fn list(call: &Call<'_>, outcomes: Vec<Result<Outcome, Refusal>>) -> Response {
    let (mut content, mut place) = (Vec::new(), None);
    for outcome in outcomes {
        let response = match outcome {
            Ok(outcome) => {
                place = place.or(Some(outcome.place));
                outcome.response
            }
            Err(refusal) => call.refuse(refusal),
        };
        // It is in memory: there is nothing to fail.
        let Ok(mut bytes) = to_bytes(response.into_body(), usize::MAX).await else {
            return internal_error();
        };
        if content.len() + bytes.len() > call.app.graphql.longest_answer {
            let refused = call.refuse(too_long(call.app.graphql.longest_answer));
            bytes = to_bytes(refused.into_body(), usize::MAX).await.unwrap_or_default();
        }
        content.push(if content.is_empty() { b'[' } else { b',' });
        content.extend_from_slice(&bytes);
    }
    content.push(b']');
    let response = written(StatusCode::OK, call.media_type, content);
    match place {
        Some(place) => place.with(response),
        None => response,
    }
}

fn too_long(most: usize) -> Refusal {
    let message = format!(
        "the answers to a list have together more than {most} bytes \
         (GRAPHQL_MAX_RESPONSE_BYTES); what it changed is changed"
    );
    Refusal::of_request("RESPONSE_TOO_LARGE", &message)
}
