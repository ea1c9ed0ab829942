//! Random sequences of writes that succeed, are refused, fail, or are dropped.

use std::{cell::Cell, collections::BTreeSet};

use domain::Result;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{RngSeed, TestRunner},
};
use tokio::runtime::Runtime;

use super::test_database::{TestDatabase, insert, polled, run};

/// How a write ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Done,
    /// A value conflicts.
    Refused,
    /// A statement is invalid.
    Failed,
    /// The database fails.
    Broken,
    /// COMMIT fails.
    Uncommitted,
    /// The future is dropped after so many polls.
    Dropped(usize),
    /// A single statement.
    DoneAlone,
    RefusedAlone,
    DroppedAlone(usize),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        3 => Just(End::Done),
        2 => Just(End::Refused),
        1 => Just(End::Failed),
        2 => Just(End::Broken),
        1 => Just(End::Uncommitted),
        3 => (1_usize..8).prop_map(End::Dropped),
        2 => Just(End::DoneAlone),
        1 => Just(End::RefusedAlone),
        2 => (1_usize..4).prop_map(End::DroppedAlone),
    ]
}

/// The expected content for another connection.
enum Outcome {
    Stored,
    Nothing,
    Unknown,
}

async fn write(database: &TestDatabase, id: i64, end: End) -> Outcome {
    let outcome =
        |result: Result<()>| if result.is_ok() { Outcome::Stored } else { Outcome::Nothing };
    let broken = if database.is_postgres() {
        "SELECT pg_terminate_backend(pg_backend_pid())"
    } else {
        "PRAGMA max_page_count = 1; INSERT INTO item (id, text) VALUES (-1, hex(zeroblob(50000)))"
    };
    let statement = match end {
        End::Done => return outcome(database.store(id).await),
        End::DoneAlone => return outcome(database.store_alone(id).await),
        End::RefusedAlone => return outcome(database.store_alone(0).await),
        End::Dropped(polls) => {
            return polled(database.store(id), polls).await.map_or(Outcome::Unknown, outcome);
        }
        End::DroppedAlone(polls) => {
            return polled(database.store_alone(id), polls).await.map_or(Outcome::Unknown, outcome);
        }
        End::Refused => "INSERT INTO item (id) VALUES (0)",
        End::Failed => "INSERT INTO nowhere VALUES (0)",
        End::Broken => broken,
        End::Uncommitted => "INSERT INTO item (id, parent) VALUES (-2, -3)",
    };
    let written = async {
        let tx = database.db.begin().await?;
        insert(&tx, id).await?;
        run(&tx, statement).await?;
        tx.commit().await
    };
    outcome(written.await)
}

/// Writes one after the other, from the number after `last`.
async fn run_and_check(database: &TestDatabase, last: &Cell<i64>, ends: &[End]) {
    let mut stored: BTreeSet<_> = database.seen().await.into_iter().collect();
    // A dropped write may have reached the server, which stores it later.
    let mut unknown = BTreeSet::new();
    for end in ends {
        let id = last.get() + 1;
        last.set(id);
        match write(database, id, *end).await {
            Outcome::Stored => _ = stored.insert(id),
            Outcome::Nothing => {
                let must_succeed = matches!(end, End::Done | End::DoneAlone);
                assert!(!must_succeed, "{end:?} of {ends:?} failed");
            }
            Outcome::Unknown => _ = unknown.insert(id),
        }
        let seen: BTreeSet<_> = database.seen().await.into_iter().collect();
        let missing: Vec<_> = stored.difference(&seen).collect();
        let others: Vec<_> = seen.difference(&stored).filter(|id| !unknown.contains(id)).collect();
        assert!(
            missing.is_empty() && others.is_empty(),
            "{missing:?} {others:?}: {end:?} of {ends:?}"
        );
    }
}

fn check(database: TestDatabase, runtime: &Runtime) {
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(11),
        ..ProptestConfig::default()
    };
    runtime.block_on(database.store(0)).unwrap();
    let last = Cell::new(0);
    let followed = TestRunner::new(config).run(&vec(end(), 1..12), |ends| {
        runtime.block_on(run_and_check(&database, &last, &ends));
        // Later writes never see a dropped one as theirs.
        runtime.block_on(database.assert_idle());
        Ok(())
    });
    followed.unwrap();
    runtime.block_on(database.remove());
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn acknowledged_writes_are_stored_in_sqlite() {
    let runtime = runtime();
    check(runtime.block_on(TestDatabase::sqlite()), &runtime);
}

#[test]
fn acknowledged_writes_are_stored_in_postgres() {
    let runtime = runtime();
    if let Some(database) = runtime.block_on(TestDatabase::postgres()) {
        check(database, &runtime);
    }
}
