//! Deletes old rows: audit events, mails, expired sessions and links, and counts of past windows
//! of rate limits.
//!
//! Each process sweeps once a minute. It deletes rows in batches, each in its own transaction; no
//! process waits for another's batch.

use std::{future::Future, pin::pin, time::Duration};

use database::audit;
use domain::Result;
use tokio::{select, time::sleep};

use crate::{App, config::Retention};

/// The interval between two sweeps.
const PAUSE: Duration = Duration::from_mins(1);

impl App {
    /// Deletes a batch of each kind of old rows. Returns the number of rows.
    pub async fn sweep(&self) -> Result<u64> {
        let Retention { audit, mails, failed_mails, expired } = self.retention;
        let now = self.clock.now();
        let swept = [
            audit::sweep(&self.db, now - audit).await?,
            self.mailer.sweep(now - mails, now - failed_mails).await?,
            self.auth.sweep(now - expired).await?,
        ];
        Ok(swept.iter().sum())
    }

    /// Sweeps repeatedly until `shutdown`.
    pub(crate) async fn sweep_until(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        loop {
            let swept = async {
                // Boxed, as this future is idle most of the time.
                match Box::pin(self.sweep()).await {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(rows, "old rows deleted"),
                    Err(error) => tracing::warn!(%error, "old rows stay for now"),
                }
                sleep(PAUSE).await;
            };
            select! {
                biased;
                () = &mut shutdown => return,
                () = swept => {}
            }
        }
    }
}
