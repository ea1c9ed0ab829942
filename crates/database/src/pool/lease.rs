//! The use of one connection by one caller.

use std::{fmt, time::Duration};

use tokio::{runtime::Handle, sync::OwnedSemaphorePermit, time::timeout};

use super::{BusyGuard, Pooled};

/// Timeout for resetting a connection.
const RESET_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection in use.
pub(crate) struct Lease<C: Pooled> {
    /// `None` after the lease has ended.
    pub(super) held: Option<(C, BusyGuard<C>, OwnedSemaphorePermit)>,
}

impl<C: Pooled> fmt::Debug for Lease<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

impl<C: Pooled> Lease<C> {
    /// Returns the connection. Fails after the lease has ended.
    pub(crate) fn connection(&mut self) -> sqlx::Result<&mut C> {
        self.held.as_mut().map(|(connection, ..)| connection).ok_or(sqlx::Error::PoolClosed)
    }

    /// Returns the connection to the pool. All its statements were answered, and it is in no
    /// transaction.
    pub(crate) fn finish(mut self) {
        if let Some((connection, guard, permit)) = self.held.take() {
            guard.put_back(connection);
            drop((guard, permit));
        }
    }

    /// Closes the connection, without waiting for the database.
    pub(crate) fn discard(mut self) {
        self.held = None;
    }

    /// As [`Lease::discard`], for a connection that the database or the network ended. Idle
    /// connections are closed, too: they probably ended as well.
    pub(crate) fn discard_with_idle(self) {
        if let Some((_, BusyGuard(Some(pool)), _)) = &self.held {
            pool.lock().clear();
        }
        self.discard();
    }
}

impl<C: Pooled> Drop for Lease<C> {
    fn drop(&mut self) {
        let Some((mut connection, guard, permit)) = self.held.take() else { return };
        // Without a runtime the process is ending: no caller uses the connection again.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Ok(true) = timeout(RESET_TIMEOUT, connection.reset()).await {
                guard.put_back(connection);
            } else {
                drop(connection);
            }
            drop((guard, permit));
        });
    }
}
