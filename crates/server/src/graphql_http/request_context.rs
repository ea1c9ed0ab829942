//! One HTTP request, and the steps that single requests and lists share.

use std::sync::Arc;

use axum::{http::request::Parts, response::Response};
use graphql::Reservation;

use super::{
    accept::MediaType,
    caller::Caller,
    concurrency::{Client, ConcurrencyPermit},
    execute::execute,
    prepared::Prepared,
    response::{Refusal, Reporter},
    state::GraphqlHttp,
    stream_format::StreamFormat,
};
use crate::telemetry::RequestLog;

/// One HTTP request.
pub(super) struct RequestContext<'a> {
    pub(super) graphql: &'a Arc<GraphqlHttp>,
    pub(super) parts: &'a Parts,
    pub(super) media_type: MediaType,
    /// The format of a subscription's response.
    pub(super) stream: Option<StreamFormat>,
    pub(super) log: &'a RequestLog,
}

/// The result of an operation.
pub(super) struct Outcome {
    pub(super) response: Response,
    pub(super) has_errors: bool,
    /// Held until the response is sent.
    pub(super) permit: ConcurrencyPermit,
}

impl RequestContext<'_> {
    /// Identifies the caller, unless that is done.
    pub(super) async fn known(&self, caller: Option<Caller>) -> Result<Caller, Refusal> {
        match caller {
            Some(caller) => Ok(caller),
            None => self.identify().await,
        }
    }

    pub(super) async fn identify(&self) -> Result<Caller, Refusal> {
        Caller::identify(&self.graphql.auth, &self.parts.headers, self.log).await
    }

    /// Executes a query or mutation, once the caller has a permit.
    pub(super) async fn execute(
        &self,
        prepared: Prepared,
        caller: &Caller,
        reservation: Arc<Reservation>,
    ) -> Result<Outcome, Refusal> {
        let Self { graphql, parts, log, .. } = self;
        let client = Client::of(&graphql.auth, parts, &caller.viewer);
        let permit = graphql.limiter.acquire(client, prepared.points()).await?;
        let executed = execute(graphql, prepared, &caller.viewer, permit, reservation);
        let (result, permit) = executed.await?;
        let has_errors = !result.errors.is_empty();
        let reporter = Reporter { viewer: &caller.viewer, log };
        Ok(Outcome { response: reporter.respond(result, self.media_type), has_errors, permit })
    }

    pub(super) fn refuse(&self, refusal: Refusal) -> Response {
        refusal.into_response(self.media_type, self.log)
    }
}
