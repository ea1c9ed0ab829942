//! The command `migrate`.

use super::structure::{TABLES, count, migrations, structure, tables};
use crate::it::support::{SECRET, TestDatabase};

/// Returns the output of `migrate status` with this number of applied migrations.
fn status(applied: usize) -> String {
    let names = migrations();
    let line = |(n, name)| format!("{}  {name}\n", if n < applied { "applied" } else { "pending" });
    let lines: String = names.iter().enumerate().map(line).collect();
    format!("{lines}{applied} applied, {} pending\n", names.len() - applied)
}

#[tokio::test]
async fn migrations_go_up_and_down_and_status_shows_them() {
    let database = TestDatabase::create().await;
    let all = migrations().len();

    for (arguments, applied) in [
        (&["status"][..], 0),
        (&["up", "--steps", "1"], 1),
        (&["status"], 1),
        (&["up"], all),
        (&["up"], all),
        (&["status"], all),
        (&["down"], all - 1),
        (&["down", "--steps", "2"], all - 3),
        (&["up", "--steps", "2"], all - 1),
        (&["fresh"], all),
        (&["down", "--steps", &all.to_string()], 0),
        (&["down"], 0),
    ] {
        let printed =
            database.bookplate(&[&["migrate"], arguments].concat()).await.expect_success();
        assert_eq!(printed, status(applied), "{arguments:?}");
    }
}

#[tokio::test]
async fn migrating_down_and_up_restores_the_schema() {
    let database = TestDatabase::create().await;
    let mut stages = Vec::new();
    for _ in migrations() {
        database.bookplate(&["migrate", "up", "--steps", "1"]).await.expect_success();
        stages.push(structure(&database).await);
    }
    let made = tables(&database).await;
    assert!(TABLES.iter().all(|table| made.iter().any(|name| name == table)), "{made:?}");

    for stage in stages.iter().rev() {
        assert_eq!(structure(&database).await, *stage);
        database.bookplate(&["migrate", "down"]).await.expect_success();
    }
    assert_eq!(tables(&database).await, ["bookplateMigration"]);

    for stage in &stages {
        database.bookplate(&["migrate", "up", "--steps", "1"]).await.expect_success();
        assert_eq!(structure(&database).await, *stage);
    }
}

#[tokio::test]
async fn migrate_fresh_removes_all_rows() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "fresh"]).await.expect_success();
    database.bookplate(&["seed"]).await.expect_success();
    let before = structure(&database).await;
    assert!(count(&database, "book").await > 0);

    database.bookplate(&["migrate", "fresh"]).await.expect_success();

    assert_eq!(structure(&database).await, before);
    for table in TABLES {
        assert_eq!(count(&database, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn destructive_commands_are_refused_in_production_unless_forced() {
    let database = TestDatabase::create().await;
    let all = migrations().len();
    let production = [("APP_ENV", "production"), ("BETTER_AUTH_SECRET", SECRET)];
    database.bookplate_with(&["migrate", "up"], &production).await.expect_success();

    for command in ["down", "fresh"] {
        let refused =
            database.bookplate_with(&["migrate", command], &production).await.expect_failure();
        assert!(refused.contains("--force"), "{refused}");
        assert_eq!(database.bookplate(&["migrate", "status"]).await.expect_success(), status(all));
    }
    for (command, applied) in [("down", all - 1), ("fresh", all)] {
        let arguments = ["migrate", command, "--force"];
        let printed = database.bookplate_with(&arguments, &production).await.expect_success();
        assert_eq!(printed, status(applied));
    }
}

#[tokio::test]
async fn commands_without_tables_name_the_remedy() {
    for applied in ["0", "3"] {
        let database = TestDatabase::create().await;
        if applied != "0" {
            database.bookplate(&["migrate", "up", "--steps", applied]).await.expect_success();
        }
        for command in [
            &["serve", "--no-migrate"][..],
            &["seed"],
            &["seed", "--books", "10"],
            &["user", "set-role", "alice@example.com", "admin_rw"],
        ] {
            let refused = database.bookplate_with(command, &[("PORT", "0")]).await.expect_failure();
            assert!(refused.contains("run `bookplate migrate up` first"), "{command:?}: {refused}");
        }
        let status_now = database.bookplate(&["migrate", "status"]).await.expect_success();
        assert_eq!(status_now, status(applied.parse().unwrap()));
    }
}
