//! Execution of one operation, for every transport.

use std::sync::Arc;

use async_graphql::Response;
use graphql::{Reservation, Viewer};
use tokio::time::timeout;

use super::{
    concurrency::ConcurrencyPermit, prepared::Prepared, response::Refusal, state::GraphqlHttp,
};

/// Executes a query or mutation for `viewer`. Fails if the execution times out or the response is
/// too long.
pub(super) async fn execute(
    graphql: &Arc<GraphqlHttp>,
    prepared: Prepared,
    viewer: &Viewer,
    permit: ConcurrencyPermit,
    reservation: Arc<Reservation>,
) -> Result<(Response, ConcurrencyPermit), Refusal> {
    if prepared.is_subscription() {
        return Err(Refusal::needs_a_stream());
    }
    if prepared.is_mutation() {
        let viewer = viewer.clone();
        return Box::pin(execute_mutation(graphql, prepared, viewer, permit, reservation)).await;
    }
    let Prepared { document, operation, variables, .. } = prepared;
    let viewer = viewer.clone();
    let engine = &graphql.engine;
    let executed = engine.execute_query(&document, &operation, variables, viewer, &reservation);
    let response = executed.await?;
    Ok((response, permit.holding(reservation)))
}

/// Executes a mutation, which continues when its client disconnects or its request times out.
async fn execute_mutation(
    graphql: &Arc<GraphqlHttp>,
    prepared: Prepared,
    viewer: Viewer,
    permit: ConcurrencyPermit,
    reservation: Arc<Reservation>,
) -> Result<(Response, ConcurrencyPermit), Refusal> {
    let shared = Arc::clone(graphql);
    let work = async move {
        let Prepared { document, operation, variables, .. } = prepared;
        let engine = &shared.engine;
        let executed =
            engine.execute_mutation(&document, &operation, variables, viewer, &reservation);
        let response = executed.await?;
        Ok((response, permit.holding(reservation)))
    };
    match timeout(graphql.engine.limits().time(), graphql.writes.run(work)).await {
        Ok(done) => done,
        Err(_) => Err(graphql.engine.overdue().into()),
    }
}
