//! Compares the machine's clock with known past instants, and with the database's clock.

use std::{fs, path::PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use migration::{Migrator, MigratorTrait};

use super::report::Finding;
use crate::{commands::clock::clock, config::Config};

const SUBJECT: &str = "clock";
const ADVICE: &str =
    "set the clock of this machine, and keep it right with NTP: sessions and links expire by it";
/// The tolerated difference of clocks.
const TOLERATED: TimeDelta = TimeDelta::seconds(5);
/// The difference from which on codes and tokens fail.
const BEARABLE: TimeDelta = TimeDelta::seconds(60);

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let now = clock().now();
    if newest_migration().is_some_and(|written| now < written) {
        let message = format!("is {now}, before this program was built");
        return vec![Finding::wrong(SUBJECT, message, ADVICE)];
    }
    let written = config.database_url.file().and_then(last_written);
    match written.filter(|written| *written - now > TOLERATED) {
        Some(written) => {
            let message = format!("is {now}, but the database was written at {written}");
            vec![Finding::wrong(SUBJECT, message, ADVICE)]
        }
        None => vec![Finding::ok(SUBJECT, format!("is {now}"))],
    }
}

/// Compares the machine's clock with the database's.
pub(super) fn compare(database: DateTime<Utc>) -> Finding {
    let apart = (clock().now() - database).abs();
    let seconds = apart.num_seconds();
    let message = format!("and the database's differ by {seconds} seconds");
    if apart > BEARABLE {
        Finding::wrong(SUBJECT, message, ADVICE)
    } else if apart > TOLERATED {
        Finding::warning(SUBJECT, message, ADVICE)
    } else {
        Finding::ok(SUBJECT, "and the database's agree")
    }
}

/// The day in the newest migration's name, less one for time zones.
fn newest_migration() -> Option<DateTime<Utc>> {
    let migrations = Migrator::migrations();
    let day = migrations.last()?.name().get(1..9)?.to_owned();
    let day = NaiveDate::parse_from_str(&day, "%Y%m%d").ok()?.pred_opt()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// When an SQLite database, or its write-ahead log, was last written.
fn last_written(file: &std::path::Path) -> Option<DateTime<Utc>> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let times = [file.to_owned(), PathBuf::from(log)];
    let times = times.iter().filter_map(|file| fs::metadata(file).ok()?.modified().ok());
    times.map(DateTime::from).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::report::State;

    #[test]
    fn clocks_may_differ_a_little() {
        let now = clock().now();
        for (seconds, state) in
            [(0, State::Ok), (30, State::Warning), (-30, State::Warning), (3_600, State::Wrong)]
        {
            let found = compare(now + TimeDelta::seconds(seconds));
            assert_eq!(found.state, state, "{}", found.message);
        }
    }
}
