//! Concurrent commands on one database.

use super::structure::{migrations, rows, structure};
use crate::it::support::{Process, ProcessOutput, TestDatabase, bookplate_command, cli};

const CONCURRENT: usize = 8;

/// Asserts that each migration was applied once.
async fn assert_migrated_once(database: &TestDatabase) {
    let recorded = r#"select "version" from "bookplateMigration" order by "version""#;
    assert_eq!(database.first_column(recorded).await, migrations());
    let alone = TestDatabase::create().await;
    alone.bookplate(&["migrate", "up"]).await.expect_success();
    assert_eq!(structure(database).await, structure(&alone).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_concurrent_tasks_migrate_one_database() {
    let database = TestDatabase::create().await;

    let command = || server::commands::run(cli(&database, &["migrate", "up"]));
    let tasks: Vec<_> = (0..CONCURRENT).map(|_| tokio::spawn(command())).collect();

    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_migrated_once(&database).await;
}

#[tokio::test]
async fn eight_concurrent_processes_migrate_one_database() {
    let database = TestDatabase::create().await;

    let settings = [("DATABASE_URL", database.url())];
    let command = || bookplate_command(&database.folder(), &["migrate", "up"], &settings);
    let processes: Vec<_> = (0..CONCURRENT).map(|_| Process::spawn(command())).collect();

    for process in processes {
        assert!(process.wait().await.expect_success().ends_with(" applied, 0 pending\n"));
    }
    assert_migrated_once(&database).await;
}

#[tokio::test]
async fn eight_concurrent_processes_seed_one_database() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.expect_success();

    let settings = [("DATABASE_URL", database.url())];
    let command = || bookplate_command(&database.folder(), &["seed"], &settings);
    let processes: Vec<_> = (0..CONCURRENT).map(|_| Process::spawn(command())).collect();
    let mut outputs = Vec::new();
    for process in processes {
        outputs.push(process.wait().await);
    }

    let added = |outputs: &ProcessOutput| -> usize {
        let (_, count) = outputs.stdout.split_once("users: ").unwrap();
        count.split(' ').next().unwrap().parse().unwrap()
    };
    assert!(outputs.iter().all(|outputs| outputs.exit_code() == Some(0)), "{outputs:#?}");
    assert_eq!(outputs.iter().map(added).sum::<usize>(), 3, "each user is added once");
    assert_eq!(rows(&database, "user").await.len(), 3);
    assert_eq!(rows(&database, "account").await.len(), 3);
    let printed = database.bookplate(&["seed"]).await.expect_success();
    for line in ["users: 0 added", "authors: 0 added", "books: 0 added"] {
        assert!(printed.contains(line), "{printed}");
    }
}
