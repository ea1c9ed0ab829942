//! Discovery of absent providers while the server runs.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use crate::context::Context;

/// The pause after the first failure; it doubles up to the maximum.
const INITIAL_RETRY_INTERVAL: Duration = Duration::from_secs(5);
const MAX_RETRY_INTERVAL: Duration = Duration::from_mins(5);

/// Discovers all absent providers, with growing pauses after failures. Returns when all are
/// present.
pub(crate) async fn discover_providers(context: &Arc<Context>) {
    let mut running = JoinSet::new();
    for id in context.providers.undiscovered() {
        let (context, id) = (Arc::clone(context), id.to_owned());
        running.spawn(async move {
            let mut pause = INITIAL_RETRY_INTERVAL;
            while context.providers.find(&context.http, &id).await.is_none() {
                sleep(pause).await;
                pause = (pause * 2).min(MAX_RETRY_INTERVAL);
            }
        });
    }
    while running.join_next().await.is_some() {}
}
