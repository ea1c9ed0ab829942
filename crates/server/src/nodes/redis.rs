//! Over Redis: what a node has committed, it says on a channel that all listen to.

use auth::redis::Redis;
use services::Events;

use super::{Ear, Pauses};

/// After the prefix of keys: services that share a Redis differ in that.
const CHANNEL: &str = "bookplate:changes";

/// Says what waits to be said, for ever. What cannot be said is lost: nobody shall hear of
/// it long after. That something was lost, all shall hear.
pub(super) async fn say(redis: Redis, events: Events) {
    let Some(mut waiting) = events.outgoing() else { return };
    while let Some(text) = waiting.recv().await {
        let said = redis.publish(CHANNEL, &text).await.is_ok();
        if said && !events.take_unsaid() {
            continue;
        }
        tracing::warn!("other nodes do not hear of a change");
        let mut pauses = Pauses::new();
        loop {
            while waiting.try_recv().is_ok() {}
            if redis.publish(CHANNEL, &events.gap()).await.is_ok() {
                break;
            }
            pauses.pause().await;
        }
    }
}

/// Hears what other nodes say, for ever.
pub(super) async fn listen(redis: Redis, mut ear: Ear) {
    loop {
        if let Ok(mut listener) = redis.listen(CHANNEL).await {
            ear.open();
            while let Some(text) = listener.next().await {
                ear.events.hear(&text);
            }
        }
        tracing::warn!("other nodes cannot be heard; trying again");
        ear.deaf().await;
    }
}
