//! What one client hears of: the answers of a subscription.

use std::sync::Arc;

use async_graphql::Response;
use axum::body::Bytes;
use domain::Change;
use services::events::Heard;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    Presence,
    answers::Audience,
    group::{Asker, Group, Key},
};
use crate::{
    App,
    edge::{Edge, admission::Client, execute::Prepared, response::Refusal},
    telemetry::RequestLog,
};

/// A subscription under way.
pub(in crate::edge) struct Feed {
    edge: Arc<Edge>,
    changes: broadcast::Receiver<Heard>,
    group: Arc<Group>,
    caller: Party,
    points: usize,
}

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(in crate::edge) struct Party {
    pub(in crate::edge) client: Client,
    pub(in crate::edge) presence: Presence,
    pub(in crate::edge) log: RequestLog,
}

/// What comes next.
#[derive(Debug)]
pub(in crate::edge) enum Next {
    /// An answer, as JSON.
    Answer(Bytes),
    /// The client has missed something, and hears no more.
    Lost(Loss),
    /// Nothing any more: the session has ended, or the server ends.
    Over,
}

/// Why a client has missed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edge) enum Loss {
    /// It reads too slowly.
    TooSlow,
    /// This machine did not hear the others for a while.
    Unheard,
}

/// Why a subscription is not begun.
#[derive(Debug)]
pub(in crate::edge) enum NotOpened {
    /// It was not looked at.
    Refused(Refusal),
    /// Its errors.
    Invalid(Response),
}

impl Feed {
    /// Begins a subscription. Every change from now on is told.
    pub(in crate::edge) async fn open(
        app: &App,
        prepared: Prepared,
        caller: Party,
    ) -> Result<Self, NotOpened> {
        let edge = Arc::clone(&app.edge);
        let points = prepared.points();
        let admitted = edge.admission.admit(caller.client.clone(), points).await;
        let _place = admitted.map_err(NotOpened::Refused)?;
        let changes = edge.live.events.subscribe();
        let group = edge.group(prepared).await?;
        Ok(Self { edge, changes, group, caller, points })
    }

    /// The answer to the next change that this subscription wants to hear of.
    pub(in crate::edge) async fn next(&mut self) -> Next {
        loop {
            let change = match self.changes.recv().await {
                Ok(Heard::Change(change)) => change,
                Ok(Heard::Gap) => return Next::Lost(Loss::Unheard),
                Err(RecvError::Lagged(_)) => return Next::Lost(Loss::TooSlow),
                Err(RecvError::Closed) => return Next::Over,
            };
            if !self.group.source.filter().matches(&change) {
                continue;
            }
            match self.answer(&change).await {
                Some(Some(answer)) => return Next::Answer(answer),
                Some(None) => {}
                None => return Next::Over,
            }
        }
    }

    /// `None` once the session has ended, `Some(None)` if the client may not read the row that
    /// was changed.
    async fn answer(&self, change: &Arc<Change>) -> Option<Option<Bytes>> {
        let Party { client, presence, log } = &self.caller;
        let (edge, points) = (&*self.edge, self.points);
        loop {
            let viewer = presence.viewer()?;
            if !edge.engine.may_read(&viewer, change) {
                return Some(None);
            }
            let asker = Asker { edge, client, points, viewer: &viewer, log };
            let answer = self.group.answer(change, &asker).await;
            // Meanwhile the session may have ended, or its user have got other rights.
            if Audience::of(&presence.viewer()?) == Audience::of(&viewer) {
                return Some(Some(answer));
            }
        }
    }
}

impl Edge {
    async fn group(&self, prepared: Prepared) -> Result<Arc<Group>, NotOpened> {
        let Prepared { document, operation, variables, .. } = prepared;
        let key = Key::of(&operation, &variables);
        if let Some(group) = self.live.groups.find(&key) {
            return Ok(group);
        }
        let source = self.engine.source(&document, &operation, variables);
        let source = source.await.map_err(NotOpened::Invalid)?;
        Ok(self.live.groups.join(key, operation, source))
    }
}
