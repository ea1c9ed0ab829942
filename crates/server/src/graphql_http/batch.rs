//! Batches: several requests in one body. The response is a list in their order.
//!
//! Each request is executed as if it were sent alone, and a failed one does not affect the
//! others; the status is 200. Queries are executed concurrently. If one request is a mutation,
//! all are executed one after the other.

use std::sync::Arc;

use axum::{body::to_bytes, http::StatusCode, response::Response};
use futures_util::future::join_all;

use super::{
    caller::Caller,
    prepared::{Prepared, prepare},
    request::GraphqlRequest,
    request_context::{Outcome, RequestContext},
    response::{Refusal, internal_error, written},
};

/// Executes all of `requests`.
pub(super) async fn answer(
    context: &RequestContext<'_>,
    requests: Vec<Result<GraphqlRequest, Refusal>>,
    caller: Option<Caller>,
) -> Result<Response, Refusal> {
    let graphql = context.graphql;
    let prepare = |request| prepare(graphql, request, true, context.log);
    let prepared: Vec<_> = requests.into_iter().map(|request| request.and_then(prepare)).collect();
    let caller = context.known(caller).await?;
    let has_mutation = prepared.iter().flatten().any(Prepared::is_mutation);
    let memory = graphql.engine.reservation();
    let executed = prepared.into_iter().map(async |prepared: Result<Prepared, Refusal>| {
        let outcome = context.execute(prepared?, &caller, memory.sibling()).await?;
        let permit = outcome.permit.holding(Arc::clone(&memory));
        Ok(Outcome { permit, ..outcome })
    });
    let outcomes = if has_mutation {
        let mut outcomes = Vec::new();
        for outcome in executed {
            outcomes.push(outcome.await);
        }
        outcomes
    } else {
        join_all(executed).await
    };
    let mut response = write_list(context, outcomes).await;
    caller.append_cookies(&mut response);
    Ok(response)
}

/// Writes all outcomes as one response, whose length is limited as that of any other. It holds
/// one permit, and the memory of all, until it is sent.
async fn write_list(
    context: &RequestContext<'_>,
    outcomes: Vec<Result<Outcome, Refusal>>,
) -> Response {
    let limit = context.graphql.max_response_bytes;
    let (mut list, mut permit) = (Vec::new(), None);
    for outcome in outcomes {
        let response = match outcome {
            Ok(outcome) => {
                permit = permit.or(Some(outcome.permit));
                outcome.response
            }
            Err(refusal) => context.refuse(refusal),
        };
        // The body is in memory, so reading cannot fail.
        let Ok(mut bytes) = to_bytes(response.into_body(), usize::MAX).await else {
            return internal_error();
        };
        if list.len() + bytes.len() > limit {
            let refused = context.refuse(too_long(limit));
            bytes = to_bytes(refused.into_body(), usize::MAX).await.unwrap_or_default();
        }
        list.push(if list.is_empty() { b'[' } else { b',' });
        list.extend_from_slice(&bytes);
    }
    list.push(b']');
    let response = written(StatusCode::OK, context.media_type, list);
    match permit {
        Some(permit) => permit.attach(response),
        None => response,
    }
}

fn too_long(limit: usize) -> Refusal {
    let message = format!(
        "the answers to a list have together more than {limit} bytes \
         (GRAPHQL_MAX_RESPONSE_BYTES); what it changed is changed"
    );
    Refusal::of_request("RESPONSE_TOO_LARGE", &message)
}
