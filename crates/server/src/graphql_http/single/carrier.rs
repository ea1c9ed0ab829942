//! The stream that carries the answers to a client's operations.

use std::{future::pending, mem};

use axum::body::Bytes;
use graphql::json;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Order, Token};
use crate::{
    App,
    graphql_http::{
        live::{
            Action, ClientContext, ConnectionQuota, Lag, Operations, OutboundMessage, SessionWatch,
        },
        response::Refusal,
        sending, sse,
        stream::{Chunk, Lost, over, send, signs_of_life, too_slow},
    },
};

/// A stream, reserved or open.
pub(super) struct Carrier {
    pub(super) app: App,
    pub(super) party: ClientContext,
    pub(super) presence: SessionWatch,
    pub(super) operations: Operations,
    /// Until it is opened; then the response has them.
    pub(super) seats: Vec<ConnectionQuota>,
    /// Once it is open.
    pub(super) sender: Option<mpsc::Sender<Chunk>>,
}

impl Carrier {
    pub(super) async fn serve(mut self, orders: mpsc::Receiver<Order>, _token: Token) {
        let mut ending = self.app.graphql.live.ending();
        tokio::select! {
            _ = self.talk(orders) => {}
            _ = ending.wait_for(|ending| *ending) => {}
        }
    }

    /// Talks until the end. A stream that is not opened as soon as a socket must say who
    /// it is ends, too.
    async fn talk(&mut self, mut orders: mpsc::Receiver<Order>) -> Result<(), Lost> {
        let settings = self.app.graphql.live.settings;
        let deadline = Instant::now() + settings.init_timeout;
        let mut signs = signs_of_life(settings.keep_alive);
        loop {
            let open = self.sender.clone();
            tokio::select! {
                standing = self.presence.over() => return self.refuse(&over(&standing)).await,
                () = sleep_until(deadline), if open.is_none() => return Ok(()),
                () = closed(open.as_ref()) => return Ok(()),
                Some(order) = orders.recv() => self.obey(order).await?,
                Some(said) = self.operations.next(), if open.is_some() => {
                    match self.operations.due(said) {
                        // The loop is about to end.
                        Action::Send(..) if self.presence.is_over() => {}
                        Action::Send(id, OutboundMessage::Answer(json), Some(place)) => {
                            for piece in sending::pieces(sse::answer_to(&id, &json), &place) {
                                self.send(piece).await?;
                            }
                        }
                        Action::Send(id, words, _) => self.say(&id, &words).await?,
                        Action::Nothing => {}
                        Action::End(Lag::TooSlow) => return self.refuse(&too_slow()).await,
                        Action::End(Lag::Unheard) => return Ok(()),
                    }
                }
                _ = signs.tick() => self.send(sse::SIGN).await?,
            }
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), Lost> {
        match order {
            Order::Open(opened) if self.sender.is_none() => {
                // One waits while the connection takes another.
                let (sender, receiver) = mpsc::channel(1);
                self.sender = Some(sender);
                opened.send((receiver, mem::take(&mut self.seats))).map_err(|_| Lost)?;
                self.send(sse::SIGN).await?;
            }
            Order::Begin(id, request, begun) if !self.operations.has(&id) => {
                let Self { operations, app, party, .. } = self;
                // Failing means that the client is gone, which the stream notices.
                _ = begun.send(operations.begin(app, &id, *request, party).await);
            }
            // Whoever waits for an answer is told by not having one.
            Order::Open(_) | Order::Begin(..) => {}
            Order::Stop(id) => self.operations.stop(&id),
        }
        Ok(())
    }

    async fn say(&self, id: &str, words: &OutboundMessage) -> Result<(), Lost> {
        match words {
            OutboundMessage::Answer(json) => self.send(sse::answer_to(id, json)).await,
            OutboundMessage::Error(errors) => {
                self.send(sse::answer_to(id, &json::response(errors, None))).await?;
                self.send(sse::end_of(id)).await
            }
            OutboundMessage::Complete => self.send(sse::end_of(id)).await,
        }
    }

    /// Ends every operation with the reason.
    async fn refuse(&self, refusal: &Refusal) -> Result<(), Lost> {
        let errors = OutboundMessage::Error(vec![refusal.error(&self.party.log)]);
        for id in self.operations.ids() {
            self.say(id, &errors).await?;
        }
        Ok(())
    }

    async fn send(&self, chunk: Bytes) -> Result<(), Lost> {
        match &self.sender {
            Some(sender) => send(sender, chunk).await,
            None => Ok(()),
        }
    }
}

/// Waits until the client is gone; for ever before it has come.
async fn closed(sender: Option<&mpsc::Sender<Chunk>>) {
    match sender {
        Some(sender) => sender.closed().await,
        None => pending().await,
    }
}
