//! Waiting for the end of the server.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

/// Resolves when shutdown begins.
pub(super) async fn until(ended: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which ends the server, too.
    _ = ended.wait_for(|ended| *ended).await;
}

/// Resolves when shutdown has lasted for `time`.
pub(crate) async fn ended_for(mut ended: watch::Receiver<bool>, time: Duration) {
    until(&mut ended).await;
    sleep(time).await;
}
