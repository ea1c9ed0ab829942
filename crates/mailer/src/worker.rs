//! The worker: sends waiting mails and SMS, and retries until a message is sent or given up.
//!
//! The channels have separate limits, so that a slow webhook delays no mail.

use std::{future::Future, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Error, Result};
use tokio::{pin, select, task::JoinSet, time::sleep};

use crate::{
    Channel, Mailer, Sms,
    causes::causes,
    outbox::{Leased, Model, State},
    sms::{Delivery, EXPIRED, SmsTransport},
    transport::{Envelope, Outcome, Transport},
};

/// The interval of polling the table.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The number of messages of a channel that are sent concurrently.
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

/// Messages that are being sent, by channel.
#[derive(Default)]
struct Sending {
    mails: JoinSet<Result<()>>,
    sms: JoinSet<Result<()>>,
}

impl Sending {
    fn of(&mut self, channel: Channel) -> &mut JoinSet<Result<()>> {
        match channel {
            Channel::Mail => &mut self.mails,
            Channel::Sms => &mut self.sms,
        }
    }

    fn is_empty(&self) -> bool {
        self.mails.is_empty() && self.sms.is_empty()
    }

    /// Waits for the end of a message.
    async fn join_next(&mut self) -> Option<Result<()>> {
        if self.is_empty() {
            return None;
        }
        let ended = select! {
            Some(ended) = self.mails.join_next() => ended,
            Some(ended) = self.sms.join_next() => ended,
            else => return None,
        };
        Some(ended.map_err(Error::internal).flatten())
    }
}

impl Mailer {
    /// Sends mails until `shutdown`, then finishes those that are being sent. If the future is
    /// dropped, other workers send them after the lease.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        pin!(shutdown);
        let (mut sending, mut healthy) = (Sending::default(), true);
        loop {
            let worked = self.work(&mut sending).await;
            if let Err(error) = &worked
                && healthy
            {
                tracing::error!(error = %causes(error), "the outbox cannot be read; mails wait");
            }
            healthy = worked.is_ok();
            // More mails are due; other workers leased some of those found.
            let has_more = worked.is_ok_and(|more| more);
            select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = sending.join_next() => report(ended),
                () = self.0.wakeup.notified() => {}
                () = sleep(if has_more { Duration::ZERO } else { POLL_INTERVAL }) => {}
            }
        }
        while let Some(ended) = sending.join_next().await {
            report(ended);
        }
    }

    /// Begins to send messages. Returns whether more are due that can be sent now.
    async fn work(&self, sending: &mut Sending) -> Result<bool> {
        if sending.mails.is_empty() {
            self.0.transport.close_idle().await;
        }
        let mut has_more = false;
        for channel in self.channels() {
            let sending = sending.of(channel);
            let free = CONCURRENCY.saturating_sub(sending.len());
            let is_full = free > 0 && self.begin(channel, sending, free).await? == free;
            has_more |= is_full && sending.len() < CONCURRENCY;
        }
        Ok(has_more)
    }

    /// The channels that may have rows.
    fn channels(&self) -> impl Iterator<Item = Channel> {
        let has_sms = self.has_sms();
        Channel::ALL.into_iter().filter(move |channel| *channel != Channel::Sms || has_sms)
    }

    /// Deletes old mails in batches: sent and delivered ones created before `sent`, failed ones
    /// created before `failed`. Returns their number. Also makes mails due that wait for too long
    /// because the clock was set back, and gives SMS up that wait for a webhook.
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
        self.give_up_expired_sms().await?;
        Ok(outbox.sweep(State::Sent, sent).await?
            + outbox.sweep(State::Delivered, sent).await?
            + outbox.sweep(State::Failed, failed).await?)
    }

    /// Sends a batch of due messages, and deletes simulated ones. Returns the number of due ones, some
    /// of which other workers may have leased.
    pub async fn run_once(&self) -> Result<usize> {
        let mut sending = Sending::default();
        let mut worked = Ok(0);
        for channel in self.channels() {
            let begun = self.begin(channel, sending.of(channel), CONCURRENCY).await;
            worked = worked.and_then(|found| Ok(found + begun?));
        }
        while let Some(ended) = sending.join_next().await {
            // An error does not stop the other messages.
            if let Err(error) = ended {
                worked = Err(error);
            }
        }
        worked
    }

    /// Leases at most `limit` due messages of a channel and begins to send them. Returns the number of
    /// due ones.
    async fn begin(
        &self,
        channel: Channel,
        sending: &mut JoinSet<Result<()>>,
        limit: usize,
    ) -> Result<usize> {
        let is_off = match channel {
            Channel::Mail => matches!(self.0.transport, Transport::Off),
            Channel::Sms => matches!(self.0.sms, SmsTransport::Off),
        };
        let states: &[State] =
            if is_off { &[State::Simulated] } else { &[State::Waiting, State::Simulated] };
        let due = self.0.outbox.due(channel, states, limit).await?;
        let found = due.len();
        let (simulated, messages): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|row| row.state == State::Simulated.as_str());
        if !simulated.is_empty() {
            self.0.outbox.delete_simulated().await?;
        }
        for row in messages {
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
        let sent = match row.channel() {
            Channel::Mail => self.send_mail(row).await,
            Channel::Sms => self.send_sms(row).await,
        };
        sent.unwrap_or_else(|error| Outcome::Refused(causes(&error)))
    }

    async fn send_mail(&self, row: &Model) -> Result<Outcome> {
        let content = self.0.renderer.render(&self.open(row)?)?;
        let Model { id, recipient, created_at, .. } = row;
        let envelope = Envelope { id, to: recipient, date: *created_at, content: &content };
        Ok(self.0.transport.send(&envelope, &self.0.config).await)
    }

    async fn send_sms(&self, row: &Model) -> Result<Outcome> {
        let message: Sms = self.open(row)?;
        if self.is_expired(row, &message) {
            return Ok(Outcome::Refused(EXPIRED.to_owned()));
        }
        let at = self.0.outbox.clock.now();
        let text = message.text(self.0.renderer.product());
        let Model { id, recipient: to, kind, .. } = row;
        Ok(self.0.sms.send(&Delivery { id, to, text: &text, kind, at }).await)
    }

    async fn store(&self, leased: &Leased, outcome: &Outcome) -> Result<()> {
        let outbox = &self.0.outbox;
        let Model { id, kind, .. } = &leased.row;
        let (channel, attempt) = (leased.row.channel().as_str(), leased.attempt);
        match outcome {
            Outcome::Sent => {
                outbox.store_sent(leased).await?;
                tracing::info!(mail = id, channel, kind, attempt, "mail sent");
            }
            Outcome::Delivered => outbox.store_delivered(leased).await?,
            Outcome::Delayed(reason) => {
                if let Some(delay) = delay_after(attempt) {
                    outbox.store_delayed(leased, outbox.clock.now() + delay, reason).await?;
                    let seconds = delay.num_seconds();
                    tracing::warn!(
                        mail = id,
                        channel,
                        kind,
                        attempt,
                        seconds,
                        reason,
                        "mail delayed"
                    );
                } else {
                    outbox.store_failed(leased, reason).await?;
                    tracing::error!(mail = id, channel, kind, attempt, reason, "mail given up");
                }
            }
            Outcome::Refused(reason) => {
                outbox.store_failed(leased, reason).await?;
                tracing::error!(mail = id, channel, kind, attempt, reason, "mail refused");
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
