//! `bookplate mail`: lists mails, and retries failed ones.

use std::fmt::Write;

use chrono::TimeDelta;
use mailer::{Entry, Outbox, State};

use super::clock::clock;
use crate::{
    cli::MailAction, config::Config, database_setup::open_migrated, failure::Failure, output,
};

/// The number of listed mails at most.
const MAX_LISTED: u64 = 1_000;

pub(super) async fn run(config: &Config, action: MailAction) -> Result<(), Failure> {
    let outbox = Outbox::new(open_migrated(config).await?, clock());
    match action {
        MailAction::List { failed } => list(&outbox, failed.then_some(State::Failed)).await,
        MailAction::Retry { id, .. } => retry(&outbox, id.as_deref()).await,
    }
}

async fn list(outbox: &Outbox, state: Option<State>) -> Result<(), Failure> {
    let mails = outbox.list(state, MAX_LISTED).await?;
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

/// Formats a duration in its largest unit: `5s`, `10m`, `3h`, `2d`.
fn age(age: TimeDelta) -> String {
    let units = [(age.num_days(), 'd'), (age.num_hours(), 'h'), (age.num_minutes(), 'm')];
    let unit = units.into_iter().find(|(count, _)| *count > 0);
    let (count, unit) = unit.unwrap_or((age.num_seconds(), 's'));
    format!("{count}{unit}")
}
