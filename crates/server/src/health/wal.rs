//! Keeps SQLite's write-ahead log small, which grows during long reads.

use std::{future::Future, pin::pin, time::Duration};

use database::Database;
use tokio::{select, time::sleep};

/// The interval between two checks.
const PAUSE: Duration = Duration::from_secs(10);
/// The size in bytes from which on the log is reported.
pub(crate) const LARGE: u64 = 256 << 20;

/// Checks the log repeatedly until `shutdown`.
pub(crate) async fn keep_log_small(db: &Database, shutdown: impl Future<Output = ()>) {
    let (mut shutdown, mut was_large) = (pin!(shutdown), false);
    loop {
        select! {
            biased;
            () = &mut shutdown => return,
            () = sleep(PAUSE) => was_large = shrink_wal(db, was_large).await,
        }
    }
}

/// Shrinks the log if possible. Returns whether it is still large.
async fn shrink_wal(db: &Database, was_large: bool) -> bool {
    if let Err(error) = db.shrink_wal().await {
        tracing::warn!(%error, "the write-ahead log stays as it is for now");
    }
    let bytes = db.wal_bytes();
    let is_large = bytes > LARGE;
    if is_large != was_large {
        let megabytes = bytes >> 20;
        if is_large {
            tracing::warn!(
                megabytes,
                "the write-ahead log is large: something reads the database for long, and keeps \
                 it from shrinking"
            );
        } else {
            tracing::info!(megabytes, "the write-ahead log has shrunk");
        }
    }
    is_large
}
