//! Removes what was kept for long enough: audit events, mails, expired sessions and links,
//! counts of limits that are over.
//!
//! Each process looks once a minute. Rows go in portions, each in a transaction of its own,
//! and no process waits for the rows of another's portion.

use std::{future::Future, pin::pin, time::Duration};

use database::audit;
use domain::Result;
use tokio::{select, time::sleep};

use crate::{App, config::Retention};

/// How long until old rows are looked for again.
const PAUSE: Duration = Duration::from_mins(1);

impl App {
    /// Removes what was kept for long enough, some at a time. Returns how many rows that
    /// were.
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

    /// Does so again and again until `shutdown`.
    pub(crate) async fn sweep_until(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        loop {
            let swept = async {
                // Boxed, as it is idle most of the time.
                match Box::pin(self.sweep()).await {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(rows, "old rows removed"),
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
