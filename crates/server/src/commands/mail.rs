//! `bookplate mail`: lists mails, and lets failed ones be sent again.

use std::fmt::Write;

use chrono::TimeDelta;
use mailer::{Entry, Outbox, State};

use super::clock;
use crate::{cli::MailWork, config::Config, database::open_migrated, failure::Failure, output};

/// How many mails are listed at most.
const LISTED: u64 = 1_000;

pub(super) async fn run(config: &Config, work: MailWork) -> Result<(), Failure> {
    let outbox = Outbox::new(open_migrated(config).await?, clock());
    match work {
        MailWork::List { failed } => list(&outbox, failed.then_some(State::Failed)).await,
        MailWork::Retry { id, .. } => retry(&outbox, id.as_deref()).await,
    }
}

async fn list(outbox: &Outbox, state: Option<State>) -> Result<(), Failure> {
    let mails = outbox.list(state, LISTED).await?;
    let mut table = String::new();
    for Entry { id, kind, state, attempts, recipient, created_at, error } in &mails {
        let state = state.map_or("unknown", State::as_str);
        let age = age((clock().now() - *created_at).max(TimeDelta::zero()));
        // Writing to a text does not fail.
        _ = write!(table, "{id}  {kind:<25}  {state:<9}  {attempts}  {age:>4}  {recipient}");
        if let Some(error) = error {
            _ = write!(table, "  {error}");
        }
        table.push('\n');
    }
    let mailer::Stats { waiting, sent, failed, delivered } = outbox.stats().await?;
    _ = writeln!(
        table,
        "{waiting} waiting, {sent} sent, {failed} failed, {delivered} in the mailbox"
    );
    output::print(table)
}

async fn retry(outbox: &Outbox, id: Option<&str>) -> Result<(), Failure> {
    let retried = outbox.retry(id).await?;
    match id {
        Some(id) if retried == 0 => Err(Failure(format!("no mail that failed has the id {id}"))),
        _ => {
            let mails = if retried == 1 { "mail" } else { "mails" };
            output::say(format_args!("{retried} {mails} will be sent again\n"));
            Ok(())
        }
    }
}

/// In the largest unit of which there is at least one: `5s`, `10m`, `3h`, `2d`.
fn age(age: TimeDelta) -> String {
    let units = [(age.num_days(), 'd'), (age.num_hours(), 'h'), (age.num_minutes(), 'm')];
    let unit = units.into_iter().find(|(count, _)| *count > 0);
    let (count, unit) = unit.unwrap_or((age.num_seconds(), 's'));
    format!("{count}{unit}")
}
