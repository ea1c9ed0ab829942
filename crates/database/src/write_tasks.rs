//! Tasks that write continue when the client disconnects.
//!
//! When a client disconnects or a request times out, its future is dropped at any await: between
//! a change and its audit event, between Redis and the database, in the middle of a commit.
//! Mutations and the handlers under `/api/auth` therefore run as separate tasks; the request only
//! waits for the result.
//!
//! Such a task keeps its permits, memory and uploads until it ends, and shutdown waits for it. It
//! always ends, because statements, locks and calls of Redis have timeouts.
//!
//! Queries, and the rate limits before a handler, run in their request. Each of their writes is
//! one statement or one script, so it is atomic: the extension of a session, the deletion of an
//! expired one, a count.

use std::{future, panic, sync::Arc};

use tokio::sync::{Semaphore, watch};
use tracing::Instrument;

/// Runs the tasks that write. Cheap to clone; clones share the tasks.
#[derive(Clone, Debug)]
pub struct WriteTasks {
    /// One permit per allowed connection. A client that disconnects frees no permit.
    permits: Arc<Semaphore>,
    /// Each task has a receiver.
    running: watch::Sender<()>,
}

impl WriteTasks {
    /// Allows `limit` tasks at a time.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(limit)), running: watch::Sender::new(()) }
    }

    /// Runs `work` to its end, even if the caller is dropped. A panic in `work` reaches the
    /// caller.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        // The semaphore is never closed, so this cannot fail.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let running = self.running.subscribe();
        let task = async move {
            let done = work.await;
            drop((permit, running));
            done
        };
        match tokio::spawn(task.in_current_span()).await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => panic::resume_unwind(panic),
                // The runtime is shutting down, and with it the caller.
                Err(_) => future::pending().await,
            },
        }
    }

    /// Waits until all tasks have ended.
    pub async fn ended(&self) {
        self.running.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_continues_without_its_caller_and_shutdown_waits() {
        let writes = WriteTasks::new(1);
        let (sender, receiver) = oneshot::channel();
        assert!(writes.run(receiver).now_or_never().is_none());
        // The task holds its permit until it ends...
        assert!(writes.run(async {}).now_or_never().is_none());
        assert!(writes.ended().now_or_never().is_none());
        sender.send(()).unwrap();
        writes.ended().await;
        // ...and then releases it.
        writes.run(async {}).await;
    }

    #[tokio::test]
    async fn a_panic_reaches_the_caller_and_leaves_no_task() {
        let writes = WriteTasks::new(1);
        let run = writes.run(async { panic!("on purpose") });
        assert!(panic::AssertUnwindSafe(run).catch_unwind().await.is_err());
        writes.ended().await;
        writes.run(async {}).await;
    }
}
