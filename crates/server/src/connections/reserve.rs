//! The reserve: connections without a slot. Each has little time and one request, which is
//! answered if it is a health probe.

use std::{collections::VecDeque, time::Duration};

use tokio::task::{AbortHandle, yield_now};

use crate::config::ConnectionLimits;

/// The number of connections. One more ends the oldest: a client that sends its probe at once
/// is answered before that.
const CAPACITY: usize = 128;
/// The time limit of a connection's request.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The limits of a connection of the reserve.
pub(super) fn limits(limits: ConnectionLimits) -> ConnectionLimits {
    ConnectionLimits { head: TIMEOUT, body: TIMEOUT, send: TIMEOUT, ..limits }
}

/// The tasks of the connections, the oldest first.
#[derive(Default)]
pub(super) struct Reserve(VecDeque<AbortHandle>);

impl Reserve {
    /// Adds a connection, which may end the oldest.
    pub(super) fn add(&mut self, task: AbortHandle) {
        self.0.push_back(task);
        for oldest in self.0.iter().take(self.0.len().saturating_sub(CAPACITY)) {
            oldest.abort();
        }
    }

    /// Waits until aborted connections are closed. On busy cores they would pile up, and use all
    /// file descriptors of the process.
    pub(super) async fn closed(&mut self) {
        self.0.retain(|task| !task.is_finished());
        while self.0.len() > CAPACITY {
            yield_now().await;
            self.0.retain(|task| !task.is_finished());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn one_connection_too_many_ends_the_oldest() {
        let mut reserve = Reserve::default();
        let mut tasks: Vec<_> = (0..=CAPACITY)
            .map(|_| tokio::spawn(pending::<()>()))
            .inspect(|task| {
                reserve.add(task.abort_handle());
            })
            .collect();
        assert!(tasks.swap_remove(0).await.unwrap_err().is_cancelled());
        reserve.closed().await;
        assert!(tasks.iter().all(|task| !task.is_finished()));
        assert_eq!(reserve.0.len(), CAPACITY);
    }
}
