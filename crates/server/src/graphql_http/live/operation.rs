//! The operations of one connection, each a task of its own.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::ServerError;
use axum::body::Bytes;
use futures_util::FutureExt;
use graphql::is_request_error;
use tokio::{sync::mpsc, task::AbortHandle};
use tracing::Instrument;

use super::{Feed, Loss, Next, NotOpened, Party};
use crate::{
    App,
    edge::{
        admission::Place,
        execute::Prepared,
        fields::Fields,
        request,
        response::{Refusal, Reporter},
    },
};

/// How many messages of all operations wait to be sent. Those that have more to say wait
/// as well, and fall behind.
const WAITING: usize = 16;

/// The operations under way.
pub(in crate::edge) struct Operations {
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
pub(in crate::edge) struct Said {
    id: String,
    number: u64,
    what: What,
    /// Of an answer that is in memory until the client has read it.
    place: Option<Arc<Place>>,
}

enum What {
    Words(Words),
    Lost(Loss),
}

/// What a client is told.
pub(in crate::edge) enum Words {
    /// An answer, as JSON; there may be more.
    Answer(Bytes),
    /// The operation is not executed, and over.
    Error(Vec<ServerError>),
    /// The operation is over.
    Complete,
}

/// What is to be done about it.
pub(in crate::edge) enum Due {
    /// Tell the client of this operation, and keep the place until that is sent.
    Send(String, Words, Option<Arc<Place>>),
    /// Nothing: nobody waits for it any more.
    Nothing,
    /// End the connection, whose client has missed something.
    End(Loss),
}

impl Operations {
    pub(in crate::edge) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { running: HashMap::new(), begun: 0, sender, receiver }
    }

    /// The ids of those under way.
    pub(in crate::edge) fn ids(&self) -> impl Iterator<Item = &str> {
        self.running.keys().map(String::as_str)
    }

    pub(in crate::edge) fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// What is said next.
    pub(in crate::edge) async fn next(&mut self) -> Option<Said> {
        self.receiver.recv().await
    }

    /// Ends an operation that nobody wants any more.
    pub(in crate::edge) fn stop(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// What to do about what an operation said.
    pub(in crate::edge) fn due(&mut self, said: Said) -> Due {
        let Said { id, number, what, place } = said;
        if self.running.get(&id).is_none_or(|running| running.number != number) {
            return Due::Nothing;
        }
        match what {
            What::Words(words) => {
                if !matches!(words, Words::Answer(_)) {
                    self.running.remove(&id);
                }
                Due::Send(id, words, place)
            }
            What::Lost(loss) => Due::End(loss),
        }
    }

    /// Begins an operation. Fails with its errors.
    pub(in crate::edge) async fn begin(
        &mut self,
        app: &App,
        id: &str,
        request: Fields,
        caller: &Party,
    ) -> Result<(), Vec<ServerError>> {
        let Party { log, .. } = caller;
        let refused = |refusal: Refusal| vec![refusal.error(log)];
        let most = app.edge.live.settings.per_socket;
        if self.running.len() >= most as usize {
            let setting = "GRAPHQL_SUBSCRIPTIONS_PER_SOCKET";
            let message = format!("more than {most} operations of one socket ({setting})");
            return Err(refused(Refusal::rate_limited(message, 1)));
        }
        let query = request::query(request).map_err(refused)?;
        let prepared = app.edge.prepare(query, true, log).map_err(refused)?;
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
    /// Waits while the client does not read. Failing means that the connection is closed.
    async fn say(&self, what: What, place: Option<Arc<Place>>) {
        let said = Said { id: self.id.clone(), number: self.number, what, place };
        _ = self.sender.send(said).await;
    }

    async fn tell(&self, words: Words) {
        self.say(What::Words(words), None).await;
    }

    /// Says what a subscription hears of.
    async fn relay(self, mut feed: Feed) {
        loop {
            match feed.next().await {
                Next::Answer(json) => self.tell(Words::Answer(json)).await,
                Next::Lost(loss) => return self.say(What::Lost(loss), None).await,
                // The connection is about to end, and says why.
                Next::Over => return,
            }
        }
    }

    /// Executes a query or mutation and says what came of it.
    async fn answer(self, app: App, prepared: Prepared, caller: Party) {
        let Party { client, presence, log } = &caller;
        let Some(viewer) = presence.viewer() else { return };
        let reservation = app.edge.engine.reservation();
        let executed = async {
            let place = app.edge.admission.admit(client.clone(), prepared.points()).await?;
            app.edge.execute(prepared, &viewer, place, reservation).await
        };
        // A panic must not leave the client waiting.
        let executed = AssertUnwindSafe(executed).catch_unwind().await;
        match executed.unwrap_or_else(|_| Err(Refusal::internal())) {
            Ok((answer, _)) if is_request_error(&answer) => {
                let errors = Reporter { viewer: &viewer, log }.errors(answer);
                self.tell(Words::Error(errors)).await;
            }
            Ok((answer, place)) => {
                let (json, _) = Reporter { viewer: &viewer, log }.body(answer);
                place.wait(json.len());
                let answer = What::Words(Words::Answer(json.into()));
                self.say(answer, Some(Arc::new(place))).await;
                self.tell(Words::Complete).await;
            }
            Err(refusal) => self.tell(Words::Error(vec![refusal.error(log)])).await,
        }
    }
}
