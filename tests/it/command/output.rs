//! Commands that only print: `schema`, `secret`.

use std::fs;

use crate::it::support::{TestDatabase, run};

/// Settings with which no server would start.
const NONSENSE: [(&str, &str); 3] =
    [("DATABASE_URL", "mysql://nowhere"), ("PORT", "many"), ("APP_ENV", "production")];

#[tokio::test]
async fn schema_and_secret_need_no_settings_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["schema", "secret"] {
        run(folder.path(), &[command], &[]).await.ok();
        run(folder.path(), &[command], &NONSENSE).await.ok();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_printed_schema_is_the_servers() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &["schema"], &[]).await.ok();
    assert_eq!(printed, server::schema_text());
}

#[tokio::test]
async fn a_secret_is_long_and_new_each_time_and_good_enough_for_production() {
    let database = TestDatabase::create().await;
    let mut secrets = Vec::new();
    for _ in 0..5 {
        let printed = run(&database.folder(), &["secret"], &[]).await.ok();
        let secret = printed.strip_suffix('\n').unwrap().to_owned();
        assert!(
            secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_graphic()),
            "{secret}"
        );

        let production = [("APP_ENV", "production"), ("BETTER_AUTH_SECRET", &secret)];
        database.bookplate_with(&["migrate", "status"], &production).await.ok();
        secrets.push(secret);
    }
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 5);
}
