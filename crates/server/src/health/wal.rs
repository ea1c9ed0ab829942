//! Keeps SQLite's write-ahead log small: a read that takes long lets it grow.

use std::{future::Future, pin::pin, time::Duration};

use tokio::{select, time::sleep};

use crate::App;

/// How often it is looked at.
const PAUSE: Duration = Duration::from_secs(10);
/// More bytes than this deserve a word.
pub(crate) const LARGE: u64 = 256 << 20;

impl App {
    /// Looks at the log again and again until `shutdown`.
    pub(crate) async fn shrink_log_until(&self, shutdown: impl Future<Output = ()>) {
        let (mut shutdown, mut was_large) = (pin!(shutdown), false);
        loop {
            select! {
                biased;
                () = &mut shutdown => return,
                () = sleep(PAUSE) => was_large = self.shrink_log(was_large).await,
            }
        }
    }

    /// Shrinks the log if it can be. Whether it is large still.
    async fn shrink_log(&self, was_large: bool) -> bool {
        if let Err(error) = self.db.shrink_log().await {
            tracing::warn!(%error, "the write-ahead log stays as it is for now");
        }
        let bytes = self.db.log_bytes();
        let is_large = bytes > LARGE;
        if is_large != was_large {
            let megabytes = bytes >> 20;
            if is_large {
                tracing::warn!(
                    megabytes,
                    "the write-ahead log is large: something reads the database for long, and \
                     keeps it from shrinking"
                );
            } else {
                tracing::info!(megabytes, "the write-ahead log has shrunk");
            }
        }
        is_large
    }
}
