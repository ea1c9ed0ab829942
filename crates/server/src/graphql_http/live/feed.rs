//! What one client hears of: the answers of a subscription.

use std::sync::Arc;

use async_graphql::Response;
use axum::body::Bytes;
use domain::Change;
use services::events::Received;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    SessionWatch,
    answers::Audience,
    group::{Asker, Group, Key},
};
use crate::{
    App,
    graphql_http::{GraphqlHttp, admission::Client, execute::Prepared, response::Refusal},
    telemetry::RequestLog,
};

/// A subscription under way.
pub(in crate::graphql_http) struct SubscriptionStream {
    graphql: Arc<GraphqlHttp>,
    changes: broadcast::Receiver<Received>,
    group: Arc<Group>,
    caller: ClientContext,
    points: usize,
}

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(in crate::graphql_http) struct ClientContext {
    pub(in crate::graphql_http) client: Client,
    pub(in crate::graphql_http) presence: SessionWatch,
    pub(in crate::graphql_http) log: RequestLog,
}

/// What comes next.
#[derive(Debug)]
pub(in crate::graphql_http) enum StreamItem {
    /// An answer, as JSON.
    Answer(Bytes),
    /// The client has missed something, and hears no more.
    Lost(Lag),
    /// Nothing any more: the session has ended, or the server ends.
    Over,
}

/// Why a client has missed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graphql_http) enum Lag {
    /// It reads too slowly.
    TooSlow,
    /// This machine did not hear the others for a while.
    Unheard,
}

/// Why a subscription is not begun.
#[derive(Debug)]
pub(in crate::graphql_http) enum NotOpened {
    /// It was not looked at.
    Refused(Refusal),
    /// Its errors.
    Invalid(Response),
}

impl SubscriptionStream {
    /// Begins a subscription. Every change from now on is told.
    pub(in crate::graphql_http) async fn open(
        app: &App,
        prepared: Prepared,
        caller: ClientContext,
    ) -> Result<Self, NotOpened> {
        let graphql = Arc::clone(&app.graphql);
        let points = prepared.points();
        let admitted = graphql.admission.admit(caller.client.clone(), points).await;
        let _place = admitted.map_err(NotOpened::Refused)?;
        let changes = graphql.live.events.subscribe();
        let group = graphql.group(prepared).await?;
        Ok(Self { graphql, changes, group, caller, points })
    }

    /// The answer to the next change that this subscription wants to hear of.
    pub(in crate::graphql_http) async fn next(&mut self) -> StreamItem {
        loop {
            let change = match self.changes.recv().await {
                Ok(Received::Change(change)) => change,
                Ok(Received::Lagged) => return StreamItem::Lost(Lag::Unheard),
                Err(RecvError::Lagged(_)) => return StreamItem::Lost(Lag::TooSlow),
                Err(RecvError::Closed) => return StreamItem::Over,
            };
            if !self.group.source.filter().matches(&change) {
                continue;
            }
            match self.answer(&change).await {
                Some(Some(answer)) => return StreamItem::Answer(answer),
                Some(None) => {}
                None => return StreamItem::Over,
            }
        }
    }

    /// `None` once the session has ended, `Some(None)` if the client may not read the row that
    /// was changed.
    async fn answer(&self, change: &Arc<Change>) -> Option<Option<Bytes>> {
        let ClientContext { client, presence, log } = &self.caller;
        let (graphql, points) = (&*self.graphql, self.points);
        loop {
            let viewer = presence.viewer()?;
            if !graphql.engine.may_read(&viewer, change) {
                return Some(None);
            }
            let asker = Asker { graphql, client, points, viewer: &viewer, log };
            let answer = self.group.answer(change, &asker).await;
            // Meanwhile the session may have ended, or its user have got other rights.
            if Audience::of(&presence.viewer()?) == Audience::of(&viewer) {
                return Some(Some(answer));
            }
        }
    }
}

impl GraphqlHttp {
    async fn group(&self, prepared: Prepared) -> Result<Arc<Group>, NotOpened> {
        let Prepared { document, operation, variables, .. } = prepared;
        let key = Key::of(&operation, &variables);
        if let Some(group) = self.live.groups.find(&key) {
            return Ok(group);
        }
        let source = self.engine.prepare_subscription(&document, &operation, variables);
        let source = source.await.map_err(NotOpened::Invalid)?;
        Ok(self.live.groups.join(key, operation, source))
    }
}
