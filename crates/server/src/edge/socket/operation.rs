//! The operations of a socket, each a task of its own.

use std::collections::HashMap;

use async_graphql::ServerError;
use axum::body::Bytes;
use graphql::is_request_error;
use serde_json::{Map, Value};
use tokio::{sync::mpsc, task::AbortHandle};
use tracing::Instrument;

use super::message;
use crate::{
    App,
    edge::{
        execute::Prepared,
        live::{Feed, Next, NotOpened, Party},
        request,
        response::{Refusal, Reporter},
    },
};

/// How many messages of all operations wait to be sent. Those that have more to say wait
/// as well, and fall behind.
const WAITING: usize = 16;

/// The operations under way.
pub(super) struct Operations {
    running: HashMap<String, Running>,
    /// One that is begun under an id that was used before is another one.
    begun: u64,
    sender: mpsc::Sender<Said>,
    receiver: mpsc::Receiver<Said>,
}

struct Running {
    number: u64,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What an operation has to say.
pub(super) struct Said {
    id: String,
    number: u64,
    what: What,
}

enum What {
    Answer(Bytes),
    Error(Vec<ServerError>),
    Complete,
    Behind,
}

/// What is to be done about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Send it.
    Send(String),
    /// Nothing: nobody waits for it any more.
    Nothing,
    /// Close the socket, whose client is too slow.
    TooSlow,
}

impl Operations {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { running: HashMap::new(), begun: 0, sender, receiver }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    pub(super) fn count(&self) -> usize {
        self.running.len()
    }

    /// What is said next.
    pub(super) async fn next(&mut self) -> Option<Said> {
        self.receiver.recv().await
    }

    /// Ends an operation that nobody wants any more.
    pub(super) fn stop(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// What to do about what an operation said.
    pub(super) fn due(&mut self, said: &Said) -> Due {
        let Said { id, number, what } = said;
        if self.running.get(id).is_none_or(|running| running.number != *number) {
            return Due::Nothing;
        }
        if !matches!(what, What::Answer(_)) {
            self.running.remove(id);
        }
        match what {
            What::Answer(json) => Due::Send(message::next(id, json)),
            What::Error(errors) => Due::Send(message::error(id, errors)),
            What::Complete => Due::Send(message::complete(id)),
            What::Behind => Due::TooSlow,
        }
    }

    /// Begins an operation. Fails with its errors.
    pub(super) async fn begin(
        &mut self,
        app: &App,
        id: &str,
        request: Map<String, Value>,
        caller: &Party,
    ) -> Result<(), Vec<ServerError>> {
        let Party { log, .. } = caller;
        let refused = |refusal: Refusal| vec![refusal.error(log)];
        let query = request::query(request).map_err(refused)?;
        let prepared = app.edge.prepare(query, true, log).await.map_err(refused)?;
        self.begun += 1;
        let voice = Voice { id: id.to_owned(), number: self.begun, sender: self.sender.clone() };
        let task = if prepared.is_subscription() {
            let feed = Feed::open(app, prepared, caller.clone()).await;
            let feed = feed.map_err(|error| not_opened(error, caller))?;
            tokio::spawn(voice.relay(feed).in_current_span())
        } else {
            let executed = voice.answer(app.clone(), prepared, caller.clone());
            tokio::spawn(executed.in_current_span())
        };
        let running = Running { number: self.begun, task: task.abort_handle() };
        self.running.insert(id.to_owned(), running);
        Ok(())
    }
}

fn not_opened(error: NotOpened, caller: &Party) -> Vec<ServerError> {
    let Party { presence, log, .. } = caller;
    match error {
        NotOpened::Refused(refusal) => vec![refusal.error(log)],
        NotOpened::Invalid(answer) => {
            let viewer = presence.viewer().unwrap_or_default();
            Reporter { viewer: &viewer, log }.errors(answer)
        }
    }
}

/// How one operation speaks.
struct Voice {
    id: String,
    number: u64,
    sender: mpsc::Sender<Said>,
}

impl Voice {
    /// Waits while the client does not read. Failing means that the socket is closed.
    async fn say(&self, what: What) {
        let said = Said { id: self.id.clone(), number: self.number, what };
        _ = self.sender.send(said).await;
    }

    /// Says what a subscription hears of.
    async fn relay(self, mut feed: Feed) {
        loop {
            match feed.next().await {
                Next::Answer(json) => self.say(What::Answer(json)).await,
                Next::Behind => return self.say(What::Behind).await,
                // The socket is about to be closed, and says why.
                Next::Over => return,
            }
        }
    }

    /// Executes a query or mutation and says what came of it.
    async fn answer(self, app: App, prepared: Prepared, caller: Party) {
        let Party { client, presence, log } = &caller;
        let Some(viewer) = presence.viewer() else { return };
        let executed = async {
            let _place = app.edge.admission.admit(client.clone(), prepared.points()).await?;
            app.edge.execute(prepared, &viewer).await
        };
        match executed.await {
            Ok(answer) if is_request_error(&answer) => {
                let errors = Reporter { viewer: &viewer, log }.errors(answer);
                self.say(What::Error(errors)).await;
            }
            Ok(answer) => {
                let (json, _) = Reporter { viewer: &viewer, log }.body(answer);
                self.say(What::Answer(json.into())).await;
                self.say(What::Complete).await;
            }
            Err(refusal) => self.say(What::Error(vec![refusal.error(log)])).await,
        }
    }
}
