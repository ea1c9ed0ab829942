//! The worker: sends waiting mails, and retries until a mail is sent or given up.

use std::{future::Future, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Error, Result};
use tokio::{pin, select, task::JoinSet, time::sleep};

use crate::{
    Mailer,
    outbox::{Leased, Model, State},
    transport::{Envelope, Outcome, Transport},
};

/// The interval of polling the table.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The number of mails that are sent concurrently.
const CONCURRENCY: usize = 8;
/// The delay after each failed attempt, about 22 hours in total. After the last one the mail is
/// given up.
const RETRY_DELAYS: [TimeDelta; 8] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::hours(1),
    TimeDelta::hours(3),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
];
/// How often storing an outcome is tried, in case the database is busy.
const STORE_ATTEMPTS: usize = 10;

/// Mails that are being sent.
type Sending = JoinSet<Result<()>>;

impl Mailer {
    /// Sends mails until `shutdown`, then finishes those that are being sent. If the future is
    /// dropped, other workers send them after the lease.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        pin!(shutdown);
        let (mut sending, mut healthy) = (Sending::new(), true);
        loop {
            let worked = self.work(&mut sending).await;
            if let Err(error) = &worked
                && healthy
            {
                tracing::error!(error = %causes(error), "the outbox cannot be read; mails wait");
            }
            healthy = worked.is_ok();
            // More mails are due; other workers leased some of those found.
            let has_more = worked.is_ok_and(|more| more) && sending.len() < CONCURRENCY;
            select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = sending.join_next() => report(ended.map_err(Error::internal).flatten()),
                () = self.0.wakeup.notified() => {}
                () = sleep(if has_more { Duration::ZERO } else { POLL_INTERVAL }) => {}
            }
        }
        while let Some(ended) = sending.join_next().await {
            report(ended.map_err(Error::internal).flatten());
        }
    }

    /// Begins to send mails. Returns whether more may be due.
    async fn work(&self, sending: &mut Sending) -> Result<bool> {
        if sending.is_empty() {
            self.0.transport.close_idle().await;
        }
        let free = CONCURRENCY.saturating_sub(sending.len());
        Ok(free > 0 && self.begin(sending, free).await? == free)
    }

    /// Deletes old mails in batches: sent and delivered ones created before `sent`, failed ones
    /// created before `failed`. Returns their number. Also makes mails due that wait for too long
    /// because the clock was set back.
    pub async fn sweep(&self, sent: DateTime<Utc>, failed: DateTime<Utc>) -> Result<u64> {
        let outbox = &self.0.outbox;
        let delays = [TimeDelta::zero()].into_iter().chain(RETRY_DELAYS);
        let late = outbox.catch_up(delays).await?;
        if late > 0 {
            tracing::warn!(
                mails = late,
                "the clock was set back; mails that waited for it are due"
            );
        }
        Ok(outbox.sweep(State::Sent, sent).await?
            + outbox.sweep(State::Delivered, sent).await?
            + outbox.sweep(State::Failed, failed).await?)
    }

    /// Sends a batch of due mails, and deletes simulated mails. Returns the number of due mails, some of
    /// which other workers may have leased.
    pub async fn run_once(&self) -> Result<usize> {
        let mut sending = Sending::new();
        let mut worked = self.begin(&mut sending, CONCURRENCY).await;
        while let Some(ended) = sending.join_next().await {
            // An error does not stop the other mails.
            if let Err(error) = ended.map_err(Error::internal).flatten() {
                worked = Err(error);
            }
        }
        worked
    }

    /// Leases at most `limit` due mails and begins to send them. Returns the number of due mails.
    async fn begin(&self, sending: &mut Sending, limit: usize) -> Result<usize> {
        let states: &[State] = match self.0.transport {
            Transport::Off => &[State::Simulated],
            Transport::Smtp(_) | Transport::Inbox => &[State::Waiting, State::Simulated],
        };
        let due = self.0.outbox.due(states, limit).await?;
        let found = due.len();
        let (simulated, mails): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|row| row.state == State::Simulated.as_str());
        if !simulated.is_empty() {
            self.0.outbox.delete_simulated().await?;
        }
        for row in mails {
            if let Some(leased) = self.0.outbox.lease(row).await? {
                let mailer = self.clone();
                sending.spawn(async move { mailer.finish(&leased).await });
            }
        }
        Ok(found)
    }

    async fn finish(&self, leased: &Leased) -> Result<()> {
        let outcome = self.send(&leased.row).await;
        let mut left = STORE_ATTEMPTS;
        loop {
            left -= 1;
            // If the outcome is not stored, a sent mail is sent again.
            match self.store(leased, &outcome).await {
                Err(_) if left > 0 => sleep(POLL_INTERVAL).await,
                stored => return stored,
            }
        }
    }

    async fn send(&self, row: &Model) -> Outcome {
        let message = match self.open(row) {
            Ok(message) => message,
            Err(error) => return Outcome::Refused(causes(&error)),
        };
        match self.0.renderer.render(&message) {
            Ok(content) => {
                let Model { id, recipient, created_at, .. } = row;
                let envelope = Envelope { id, to: recipient, date: *created_at, content: &content };
                self.0.transport.send(&envelope, &self.0.config).await
            }
            Err(error) => Outcome::Refused(causes(&error)),
        }
    }

    async fn store(&self, leased: &Leased, outcome: &Outcome) -> Result<()> {
        let outbox = &self.0.outbox;
        let (id, kind, attempt) = (&leased.row.id, &leased.row.kind, leased.attempt);
        match outcome {
            Outcome::Sent => {
                outbox.store_sent(leased).await?;
                tracing::info!(mail = id, kind, attempt, "mail sent");
            }
            Outcome::Delivered => outbox.store_delivered(leased).await?,
            Outcome::Delayed(reason) => {
                if let Some(delay) = delay_after(attempt) {
                    outbox.store_delayed(leased, outbox.clock.now() + delay, reason).await?;
                    let seconds = delay.num_seconds();
                    tracing::warn!(mail = id, kind, attempt, seconds, reason, "mail delayed");
                } else {
                    outbox.store_failed(leased, reason).await?;
                    tracing::error!(mail = id, kind, attempt, reason, "mail given up");
                }
            }
            Outcome::Refused(reason) => {
                outbox.store_failed(leased, reason).await?;
                tracing::error!(mail = id, kind, attempt, reason, "mail refused");
            }
        }
        Ok(())
    }
}

/// The delay after an attempt, the first being 1.
fn delay_after(attempt: i32) -> Option<TimeDelta> {
    RETRY_DELAYS.get(usize::try_from(attempt).ok()?.checked_sub(1)?).copied()
}

/// Logs that an outcome was not stored: the mail is sent again after its lease.
fn report(ended: Result<()>) {
    if let Err(error) = ended {
        tracing::error!(error = %causes(&error), "the outcome of a mail cannot be stored");
    }
}

/// An error with all its causes, for the log.
fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end_within_a_day() {
        let delays: Vec<_> = (1..).map_while(delay_after).collect();
        assert_eq!(delays.first(), Some(&TimeDelta::seconds(5)));
        assert!(delays.is_sorted());
        let all: TimeDelta = delays.iter().sum();
        assert!(TimeDelta::hours(20) < all && all < TimeDelta::hours(24), "{all}");
        assert_eq!(delay_after(0), None);
    }
}
