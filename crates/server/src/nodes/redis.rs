//! Over Redis: what a node has committed, it says on a channel that all listen to.

use auth::redis::Redis;
use futures_util::StreamExt;
use services::Events;
use tokio::{pin, sync::mpsc};

use super::Pauses;

/// After the prefix of keys: services that share a Redis differ in that.
const CHANNEL: &str = "bookplate:changes";

/// Says what waits to be said, for ever. What cannot be said is lost: nobody shall hear of
/// it long after.
pub(super) async fn say(redis: Redis, waiting: Option<mpsc::Receiver<String>>) {
    let Some(mut waiting) = waiting else { return };
    while let Some(text) = waiting.recv().await {
        if redis.publish(CHANNEL, &text).await.is_err() {
            tracing::warn!("other nodes do not hear of a change");
        }
    }
}

/// Hears what other nodes say, for ever.
pub(super) async fn listen(redis: Redis, events: Events) {
    let mut pauses = Pauses::new();
    loop {
        if let Ok(said) = redis.listen(CHANNEL).await {
            tracing::debug!("other nodes are heard");
            pauses = Pauses::new();
            pin!(said);
            while let Some(text) = said.next().await {
                events.hear(&text);
            }
        }
        tracing::warn!("other nodes cannot be heard; trying again");
        pauses.pause().await;
    }
}
