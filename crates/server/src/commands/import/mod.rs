//! `bookplate import better-auth`: imports users, accounts, sessions and verifications from
//! another server's database, whose tables and columns may have other names.
//!
//! The source database is only read, as a stream. Existing rows of the target database stay.
//! Ids, tokens and hashes are kept, so that users stay signed in with the same secret. A user
//! whose address exists in the target is reported, and never merged: an address proves no
//! identity. Nor does an id, as servers with numbered ids share ids. A user with the same id,
//! address and date of creation was imported before. Nothing of a different user is imported: no
//! account, no session and no link. Addresses and secrets are not shown.
//!
//! The report names the plugins that are off and that rows need: without them, second factors are
//! not asked for, and some users cannot sign in.

mod instant;
mod people;
mod plan;
mod report;
mod source;
mod table;
mod target;

use database::{Database, DatabaseUrl, internal};
use futures_util::TryStreamExt;
use migration::Structure;
use secrecy::ExposeSecret;

use self::{
    people::People,
    plan::{Plan, Refusal, Row},
    report::{Report, Tally},
    source::Source,
    table::{Names, Table},
};
use super::clock::clock;
use crate::{
    cli::Import, config::Config, database_setup::open_migrated, failure::Failure, output,
    plugin_check, progress::Progress,
};

/// Rows in one transaction.
const BATCH: usize = 500;
/// Rows between two lines of progress.
const STEP: u64 = 10_000;

pub(super) async fn run(config: &Config, from: Import) -> Result<(), Failure> {
    let Import::BetterAuth { from, plural, snake_case } = from;
    let url: DatabaseUrl = from
        .expose_secret()
        .parse()
        .map_err(|what| Failure(format!("--from {what}, e.g. --from sqlite://../other/auth.db")))?;
    if url == config.database_url && !plural {
        return Err(Failure("--from is DATABASE_URL itself: there is nothing to copy".to_owned()));
    }
    let db = open_migrated(config).await?;
    let mut source = Source::open(&url).await?;
    let (mut report, mut people) = (Report::default(), People::default());
    let plans = plans(&db, &mut source, Names { plural, snake_case }, &mut report).await?;
    for plan in &plans {
        report.tallies.push(copy(&db, &mut source, plan, &mut people).await?);
        report.left.extend(plan.left());
    }
    report.mismatched = people.mismatched;
    report.missing = plugin_check::missing(&db, &config.plugins).await?;
    report.advice = plugin_check::advice(&config.plugins, &report.missing);
    output::say(&report);
    db.close().await?;
    Ok(())
}

/// Makes the plan of every table before anything is written.
async fn plans(
    db: &Database,
    source: &mut Source,
    names: Names,
    report: &mut Report,
) -> Result<Vec<Plan>, Failure> {
    let here = Structure::found(db.reader()).await.map_err(internal)?;
    let mut plans = Vec::new();
    for table in Table::ALL {
        match Plan::of(table, names, source, &here).await? {
            Some(plan) => plans.push(plan),
            None if table == Table::User => {
                let name = table.source_names(names).swap_remove(0);
                let other = if names.plural { "do without --plural" } else { "try --plural" };
                return Err(Failure(format!("--from has no table {name}; {other}")));
            }
            None if table.is_core() => {
                report.absent.push(table.source_names(names).swap_remove(0));
            }
            None => {}
        }
    }
    Ok(plans)
}

async fn copy(
    db: &Database,
    source: &mut Source,
    plan: &Plan,
    people: &mut People,
) -> Result<Tally, Failure> {
    let now = clock().now();
    let progress = Progress::new(&plan.from, plan.total, STEP);
    let table = plan.table.name();
    let tally =
        Tally { table, total: 0, imported: 0, known: 0, conflicts: 0, invalid: 0, expired: 0 };
    let batch = Vec::with_capacity(BATCH);
    let mut copying = Copying { db, plan, people, progress, tally, batch };
    let mut rows = source.stream(&plan.from, &plan.there());
    while let Some(cells) = rows.try_next().await? {
        copying.tally.total += 1;
        match plan.read(&cells, now) {
            Ok(row) => copying.batch.push(row),
            Err(Refusal::Expired) => copying.tally.expired += 1,
            Err(Refusal::Invalid(id, why)) => copying.refuse(&id, why),
        }
        if copying.batch.len() == BATCH {
            copying.write().await?;
        }
    }
    copying.write().await?;
    copying.progress.finish();
    Ok(copying.tally)
}

/// A table that is being imported.
struct Copying<'a> {
    db: &'a Database,
    plan: &'a Plan,
    people: &'a mut People,
    progress: Progress,
    tally: Tally,
    batch: Vec<Row>,
}

impl Copying<'_> {
    async fn write(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        let written = target::write(self.db, self.plan, self.people, batch).await?;
        let target::Written { imported, known, conflicts, invalid } = written;
        self.tally.imported += imported;
        self.tally.known += known;
        for (id, why) in conflicts {
            self.tally.conflicts += 1;
            self.tell(&id, why);
        }
        for (id, why) in invalid {
            self.refuse(&id, why);
        }
        self.progress.reached(self.tally.total);
        Ok(())
    }

    fn refuse(&mut self, id: &str, why: &str) {
        self.tally.invalid += 1;
        self.tell(id, why);
    }

    fn tell(&self, id: &str, why: &str) {
        // An id of the source may have any form.
        self.progress.say(&format!("{} {} {why}: not imported", self.plan.from, id.escape_debug()));
    }
}
