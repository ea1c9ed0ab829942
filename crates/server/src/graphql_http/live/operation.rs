//! The operations of one connection, each a task of its own.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::ServerError;
use axum::body::Bytes;
use futures_util::FutureExt;
use graphql::is_request_error;
use tokio::{sync::mpsc, task::AbortHandle};
use tracing::Instrument;

use super::{ClientContext, Lag, NotOpened, StreamItem, SubscriptionStream};
use crate::{
    App,
    graphql_http::{
        admission::ConcurrencyPermit,
        execute::Prepared,
        fields::GraphqlParams,
        request,
        response::{Refusal, Reporter},
    },
};

/// How many messages of all operations wait to be sent. Those that have more to say wait
/// as well, and fall behind.
const WAITING: usize = 16;

/// The operations under way.
pub(in crate::graphql_http) struct Operations {
    running: HashMap<String, Running>,
    /// One that is begun under an id that was used before is another one.
    begun: u64,
    sender: mpsc::Sender<TaggedMessage>,
    receiver: mpsc::Receiver<TaggedMessage>,
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
pub(in crate::graphql_http) struct TaggedMessage {
    id: String,
    number: u64,
    what: TaggedContent,
    /// Of an answer that is in memory until the client has read it.
    place: Option<Arc<ConcurrencyPermit>>,
}

enum TaggedContent {
    OutboundMessage(OutboundMessage),
    Lost(Lag),
}

/// What a client is told.
pub(in crate::graphql_http) enum OutboundMessage {
    /// An answer, as JSON; there may be more.
    Answer(Bytes),
    /// The operation is not executed, and over.
    Error(Vec<ServerError>),
    /// The operation is over.
    Complete,
}

/// What is to be done about it.
pub(in crate::graphql_http) enum Action {
    /// Tell the client of this operation, and keep the place until that is sent.
    Send(String, OutboundMessage, Option<Arc<ConcurrencyPermit>>),
    /// Nothing: nobody waits for it any more.
    Nothing,
    /// End the connection, whose client has missed something.
    End(Lag),
}

impl Operations {
    pub(in crate::graphql_http) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { running: HashMap::new(), begun: 0, sender, receiver }
    }

    /// The ids of those under way.
    pub(in crate::graphql_http) fn ids(&self) -> impl Iterator<Item = &str> {
        self.running.keys().map(String::as_str)
    }

    pub(in crate::graphql_http) fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// What is said next.
    pub(in crate::graphql_http) async fn next(&mut self) -> Option<TaggedMessage> {
        self.receiver.recv().await
    }

    /// Ends an operation that nobody wants any more.
    pub(in crate::graphql_http) fn stop(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// What to do about what an operation said.
    pub(in crate::graphql_http) fn due(&mut self, said: TaggedMessage) -> Action {
        let TaggedMessage { id, number, what, place } = said;
        if self.running.get(&id).is_none_or(|running| running.number != number) {
            return Action::Nothing;
        }
        match what {
            TaggedContent::OutboundMessage(words) => {
                if !matches!(words, OutboundMessage::Answer(_)) {
                    self.running.remove(&id);
                }
                Action::Send(id, words, place)
            }
            TaggedContent::Lost(loss) => Action::End(loss),
        }
    }

    /// Begins an operation. Fails with its errors.
    pub(in crate::graphql_http) async fn begin(
        &mut self,
        app: &App,
        id: &str,
        request: GraphqlParams,
        caller: &ClientContext,
    ) -> Result<(), Vec<ServerError>> {
        let ClientContext { log, .. } = caller;
        let refused = |refusal: Refusal| vec![refusal.error(log)];
        let most = app.graphql.live.settings.per_socket;
        if self.running.len() >= most as usize {
            let setting = "GRAPHQL_SUBSCRIPTIONS_PER_SOCKET";
            let message = format!("more than {most} operations of one socket ({setting})");
            return Err(refused(Refusal::rate_limited(message, 1)));
        }
        let query = request::query(request).map_err(refused)?;
        let prepared = app.graphql.prepare(query, true, log).map_err(refused)?;
        self.begun += 1;
        let voice =
            OperationSender { id: id.to_owned(), number: self.begun, sender: self.sender.clone() };
        let task = if prepared.is_subscription() {
            let feed = SubscriptionStream::open(app, prepared, caller.clone()).await;
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

fn not_opened(error: NotOpened, caller: &ClientContext) -> Vec<ServerError> {
    let ClientContext { presence, log, .. } = caller;
    match error {
        NotOpened::Refused(refusal) => vec![refusal.error(log)],
        NotOpened::Invalid(answer) => {
            let viewer = presence.viewer().unwrap_or_default();
            Reporter { viewer: &viewer, log }.errors(answer)
        }
    }
}

/// How one operation speaks.
struct OperationSender {
    id: String,
    number: u64,
    sender: mpsc::Sender<TaggedMessage>,
}

impl OperationSender {
    /// Waits while the client does not read. Failing means that the connection is closed.
    async fn say(&self, what: TaggedContent, place: Option<Arc<ConcurrencyPermit>>) {
        let said = TaggedMessage { id: self.id.clone(), number: self.number, what, place };
        _ = self.sender.send(said).await;
    }

    async fn tell(&self, words: OutboundMessage) {
        self.say(TaggedContent::OutboundMessage(words), None).await;
    }

    /// Says what a subscription hears of.
    async fn relay(self, mut feed: SubscriptionStream) {
        loop {
            match feed.next().await {
                StreamItem::Answer(json) => self.tell(OutboundMessage::Answer(json)).await,
                StreamItem::Lost(loss) => return self.say(TaggedContent::Lost(loss), None).await,
                // The connection is about to end, and says why.
                StreamItem::Over => return,
            }
        }
    }

    /// Executes a query or mutation and says what came of it.
    async fn answer(self, app: App, prepared: Prepared, caller: ClientContext) {
        let ClientContext { client, presence, log } = &caller;
        let Some(viewer) = presence.viewer() else { return };
        let reservation = app.graphql.engine.reservation();
        let executed = async {
            let place = app.graphql.admission.admit(client.clone(), prepared.points()).await?;
            app.graphql.execute(prepared, &viewer, place, reservation).await
        };
        // A panic must not leave the client waiting.
        let executed = AssertUnwindSafe(executed).catch_unwind().await;
        match executed.unwrap_or_else(|_| Err(Refusal::internal())) {
            Ok((answer, _)) if is_request_error(&answer) => {
                let errors = Reporter { viewer: &viewer, log }.errors(answer);
                self.tell(OutboundMessage::Error(errors)).await;
            }
            Ok((answer, place)) => {
                let (json, _) = Reporter { viewer: &viewer, log }.body(answer);
                place.wait(json.len());
                let answer = TaggedContent::OutboundMessage(OutboundMessage::Answer(json.into()));
                self.say(answer, Some(Arc::new(place))).await;
                self.tell(OutboundMessage::Complete).await;
            }
            Err(refusal) => self.tell(OutboundMessage::Error(vec![refusal.error(log)])).await,
        }
    }
}
