//! The reserve: connections for which there is no place. They have little time, and one
//! request each, which is answered if it is a health probe.

use std::{collections::VecDeque, time::Duration};

use tokio::task::AbortHandle;

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
        self.0.retain(|task| !task.is_finished());
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.abort();
        }
        self.0.push_back(task);
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
        assert!(tasks.iter().all(|task| !task.is_finished()));
        assert_eq!(reserve.0.len(), MOST);
    }
}
