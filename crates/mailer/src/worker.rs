//! The worker: sends what waits, again and again until it is sent or given up.

use std::{future::Future, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Error, Result};
use tokio::{pin, select, task::JoinSet, time::sleep};

use crate::{
    Mailer,
    outbox::{Leased, Model, State},
    transport::{Exit, Letter, Outcome},
};

/// How often the table is looked at when nobody calls.
const POLL: Duration = Duration::from_secs(1);
/// How many mails are sent at a time.
const AT_A_TIME: usize = 8;
/// How long to wait after each failed attempt; after the last of them, no more.
/// Together about 22 hours.
const PAUSES: [TimeDelta; 8] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::hours(1),
    TimeDelta::hours(3),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
];
/// How often a mail's end is noted, in case the database is busy.
const NOTES: usize = 10;

/// Mails that are being sent.
type Sending = JoinSet<Result<()>>;

impl Mailer {
    /// Sends mails until `shutdown`, then finishes those that it is sending. Dropped
    /// midway, it leaves them to the next worker, in this process or another.
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
            // There are more, and others took some of those that were seen.
            let hurry = worked.is_ok_and(|more| more) && sending.len() < AT_A_TIME;
            select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = sending.join_next() => report(ended.map_err(Error::internal).flatten()),
                () = self.0.called.notified() => {}
                () = sleep(if hurry { Duration::ZERO } else { POLL }) => {}
            }
        }
        while let Some(ended) = sending.join_next().await {
            report(ended.map_err(Error::internal).flatten());
        }
    }

    /// Whether more may be due than was begun.
    async fn work(&self, sending: &mut Sending) -> Result<bool> {
        if sending.is_empty() {
            self.0.exit.rest().await;
        }
        let free = AT_A_TIME.saturating_sub(sending.len());
        Ok(free > 0 && self.begin(sending, free).await? == free)
    }

    /// Removes mails that were written before this, some at a time: `sent` ones, which the
    /// development mailbox has, too, and `failed` ones. Returns how many that were. Mails that
    /// would wait for a clock that went back do not.
    pub async fn sweep(&self, sent: DateTime<Utc>, failed: DateTime<Utc>) -> Result<u64> {
        let outbox = &self.0.outbox;
        let pauses = [TimeDelta::zero()].into_iter().chain(PAUSES);
        let late = outbox.catch_up(pauses).await?;
        if late > 0 {
            tracing::warn!(mails = late, "the clock went back; mails that waited for it are due");
        }
        Ok(outbox.sweep(State::Sent, sent).await?
            + outbox.sweep(State::Delivered, sent).await?
            + outbox.sweep(State::Failed, failed).await?)
    }

    /// Sends the mails that are due, some at a time, and removes decoys. Returns how
    /// many were due; other workers may have taken some of them.
    pub async fn run_once(&self) -> Result<usize> {
        let mut sending = Sending::new();
        let mut worked = self.begin(&mut sending, AT_A_TIME).await;
        while let Some(ended) = sending.join_next().await {
            // The others finish, whatever happens to one.
            if let Err(error) = ended.map_err(Error::internal).flatten() {
                worked = Err(error);
            }
        }
        worked
    }

    /// Takes at most `limit` mails that are due and begins to send them. Returns how
    /// many were due.
    async fn begin(&self, sending: &mut Sending, limit: usize) -> Result<usize> {
        let states: &[State] = match self.0.exit {
            Exit::Off => &[State::Decoy],
            Exit::Smtp(_) | Exit::Inbox => &[State::Waiting, State::Decoy],
        };
        let due = self.0.outbox.due(states, limit).await?;
        let found = due.len();
        let (decoys, mails): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|row| row.state == State::Decoy.as_str());
        if !decoys.is_empty() {
            self.0.outbox.remove_decoys().await?;
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
        let mut left = NOTES;
        loop {
            left -= 1;
            // A mail that was sent and not noted would be sent again.
            match self.note(leased, &outcome).await {
                Err(_) if left > 0 => sleep(POLL).await,
                noted => return noted,
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
                let letter = Letter { id, to: recipient, date: *created_at, content: &content };
                self.0.exit.send(&letter, &self.0.config).await
            }
            Err(error) => Outcome::Refused(causes(&error)),
        }
    }

    async fn note(&self, leased: &Leased, outcome: &Outcome) -> Result<()> {
        let outbox = &self.0.outbox;
        let (id, kind, attempt) = (&leased.row.id, &leased.row.kind, leased.attempt);
        match outcome {
            Outcome::Sent => {
                outbox.note_sent(leased).await?;
                tracing::info!(mail = id, kind, attempt, "mail sent");
            }
            Outcome::Kept => outbox.note_delivered(leased).await?,
            Outcome::Delayed(why) => {
                if let Some(pause) = pause_after(attempt) {
                    outbox.note_delayed(leased, outbox.clock.now() + pause, why).await?;
                    let seconds = pause.num_seconds();
                    tracing::warn!(mail = id, kind, attempt, seconds, why, "mail delayed");
                } else {
                    outbox.note_failed(leased, why).await?;
                    tracing::error!(mail = id, kind, attempt, why, "mail given up");
                }
            }
            Outcome::Refused(why) => {
                outbox.note_failed(leased, why).await?;
                tracing::error!(mail = id, kind, attempt, why, "mail refused");
            }
        }
        Ok(())
    }
}

/// How long to wait after this attempt, the first being 1.
fn pause_after(attempt: i32) -> Option<TimeDelta> {
    PAUSES.get(usize::try_from(attempt).ok()?.checked_sub(1)?).copied()
}

/// A mail whose end cannot be noted is sent again once its lease is over.
fn report(ended: Result<()>) {
    if let Err(error) = ended {
        tracing::error!(error = %causes(&error), "what became of a mail cannot be noted");
    }
}

/// What lies behind an error, for the log.
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
    fn pauses_grow_and_end_within_a_day() {
        let pauses: Vec<_> = (1..).map_while(pause_after).collect();
        assert_eq!(pauses.first(), Some(&TimeDelta::seconds(5)));
        assert!(pauses.is_sorted());
        let all: TimeDelta = pauses.iter().sum();
        assert!(TimeDelta::hours(20) < all && all < TimeDelta::hours(24), "{all}");
        assert_eq!(pause_after(0), None);
    }
}
