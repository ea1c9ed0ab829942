//! The reserve: connections for which there is no place. They have little time, and one
//! request each, which is answered if it is a health probe.

use std::{collections::VecDeque, time::Duration};

use tokio::task::{AbortHandle, yield_now};

use crate::config::ConnectionLimits;

/// How many there are. When there is another one, the oldest ends: whoever asks at once
/// is answered before so many others have come.
const MOST: usize = 128;
/// How long one may take for its request.
const TIME: Duration = Duration::from_secs(1);

/// The limits of a connection of the reserve.
pub(super) fn limits(limits: ConnectionLimits) -> ConnectionLimits {
    ConnectionLimits { head: TIME, body: TIME, send: TIME, ..limits }
}

/// The tasks of the connections, the oldest first.
#[derive(Default)]
pub(super) struct Reserve(VecDeque<AbortHandle>);

impl Reserve {
    /// Adds a connection, which may end the oldest.
    pub(super) fn add(&mut self, task: AbortHandle) {
        self.0.push_back(task);
        for oldest in self.0.iter().take(self.0.len().saturating_sub(MOST)) {
            oldest.abort();
        }
    }

    /// Waits until those that were ended are closed, too: on busy cores they would pile up,
    /// and take all files that the process may open.
    pub(super) async fn closed(&mut self) {
        self.0.retain(|task| !task.is_finished());
        while self.0.len() > MOST {
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
    async fn the_oldest_makes_room() {
        let mut reserve = Reserve::default();
        let mut tasks: Vec<_> = (0..=MOST)
            .map(|_| tokio::spawn(pending::<()>()))
            .inspect(|task| {
                reserve.add(task.abort_handle());
            })
            .collect();
        assert!(tasks.swap_remove(0).await.unwrap_err().is_cancelled());
        reserve.closed().await;
        assert!(tasks.iter().all(|task| !task.is_finished()));
        assert_eq!(reserve.0.len(), MOST);
    }
}
