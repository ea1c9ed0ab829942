//! Stream of the results of one client's subscription.

use std::sync::Arc;

use async_graphql::{Response, ServerError};
use axum::body::Bytes;
use domain::Change;
use services::events::Received;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    SessionWatch,
    answer_cache::Audience,
    group::{Group, Listener},
};
use crate::{
    graphql_http::{
        concurrency::Client,
        prepared::Prepared,
        response::{Refusal, Reporter},
        state::GraphqlHttp,
    },
    telemetry::RequestLog,
};

/// An open subscription.
pub(crate) struct SubscriptionStream {
    graphql: Arc<GraphqlHttp>,
    changes: broadcast::Receiver<Received>,
    group: Arc<Group>,
    context: ClientContext,
    points: usize,
}

/// The client of a connection.
#[derive(Clone)]
pub(crate) struct ClientContext {
    pub(crate) client: Client,
    pub(crate) session: SessionWatch,
    pub(crate) log: RequestLog,
}

/// An item of a subscription's stream.
#[derive(Debug)]
pub(crate) enum StreamItem {
    /// A result, as JSON.
    Result(Bytes),
    /// The client has missed changes; the stream ends.
    Lagged(Lag),
    /// The session has ended, or the server shuts down.
    Ended,
}

/// Reason why a client missed changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lag {
    /// The client reads too slowly.
    SlowReader,
    /// This process may have missed changes of other processes.
    MissedChanges,
}

/// The outcome of one change for one client.
enum Delivery {
    /// The result, as JSON.
    Result(Bytes),
    /// The viewer may not read the changed row: the change is skipped.
    NotReadable,
    /// The client's session has ended.
    SessionEnded,
}

/// Reason why a subscription is not opened.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// The client may not open the subscription.
    Refused(Refusal),
    /// The operation has these errors.
    Invalid(Response),
}

impl NotOpened {
    pub(crate) fn into_errors(self, context: &ClientContext) -> Vec<ServerError> {
        let ClientContext { session, log, .. } = context;
        match self {
            Self::Refused(refusal) => vec![refusal.error(log)],
            Self::Invalid(response) => {
                let viewer = session.viewer().unwrap_or_default();
                Reporter { viewer: &viewer, log }.errors(response)
            }
        }
    }
}

impl SubscriptionStream {
    /// Opens a subscription to `changes`.
    pub(crate) async fn open(
        graphql: &Arc<GraphqlHttp>,
        changes: broadcast::Receiver<Received>,
        prepared: Prepared,
        context: ClientContext,
    ) -> Result<Self, NotOpened> {
        let graphql = Arc::clone(graphql);
        let points = prepared.points();
        let permit = graphql.limiter.acquire(context.client.clone(), points).await;
        let _permit = permit.map_err(NotOpened::Refused)?;
        let Prepared { document, operation, variables, .. } = prepared;
        let groups = &graphql.subscriptions.groups;
        let group = groups.find_or_open(&graphql.engine, &document, operation, variables).await;
        let group = group.map_err(NotOpened::Invalid)?;
        Ok(Self { graphql, changes, group, context, points })
    }

    /// Waits for the next change that matches the subscription's filter.
    pub(crate) async fn next(&mut self) -> StreamItem {
        loop {
            let change = match self.changes.recv().await {
                Ok(Received::Change(change)) => change,
                Ok(Received::Lagged) => return StreamItem::Lagged(Lag::MissedChanges),
                Err(RecvError::Lagged(_)) => return StreamItem::Lagged(Lag::SlowReader),
                Err(RecvError::Closed) => return StreamItem::Ended,
            };
            if !self.group.source.filter().matches(&change) {
                continue;
            }
            match self.result(&change).await {
                Delivery::Result(result) => return StreamItem::Result(result),
                Delivery::NotReadable => {}
                Delivery::SessionEnded => return StreamItem::Ended,
            }
        }
    }

    async fn result(&self, change: &Arc<Change>) -> Delivery {
        let ClientContext { client, session, log } = &self.context;
        let GraphqlHttp { engine, limiter, .. } = &*self.graphql;
        loop {
            let Some(viewer) = session.viewer() else { return Delivery::SessionEnded };
            let viewer = &viewer;
            if !engine.may_read(viewer, change) {
                return Delivery::NotReadable;
            }
            let listener = Listener { engine, limiter, client, points: self.points, viewer, log };
            let result = self.group.answer(change, &listener).await;
            // The session may have ended meanwhile, or the user's role changed.
            match session.viewer() {
                Some(now) if Audience::for_viewer(&now) == Audience::for_viewer(viewer) => {
                    return Delivery::Result(result);
                }
                Some(_) => {}
                None => return Delivery::SessionEnded,
            }
        }
    }
}
