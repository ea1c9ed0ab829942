//! Rows that need plugins.

use super::import;
use crate::it::support::{ServerProcess, TestApp, TestDatabase};

/// A database with a user who has a second factor, a name and a passkey.
async fn source() -> TestApp {
    let source = TestApp::start().await;
    let id = source.signed_in("ann").await.user_id().await;
    let update = r#"update "user" set "twoFactorEnabled" = true, "username" = 'ann'"#;
    source.database.execute(update).await;
    let passkey = format!(
        r#"insert into "passkey" ("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp")
        values ('p1', 'key', '{id}', 'credential', 0, 'multiDevice', false)"#
    );
    source.database.execute(&passkey).await;
    source
}

#[tokio::test]
async fn the_report_names_plugins_that_rows_need_and_that_are_off() {
    let (source, target) = (source().await, TestDatabase::migrated().await);
    let from = import(source.database.url(), &[]);
    let report = target.bookplate(&from).await.expect_success();
    assert!(report.contains("need: two-factor (1), passkey (1), username (1);"), "{report}");
    assert!(report.contains("set AUTH_PLUGINS=two-factor,passkey,username"), "{report}");
    let some = [("AUTH_PLUGINS", "siwe,two-factor")];
    let report = target.bookplate_with(&from, &some).await.expect_success();
    assert!(report.contains("need: passkey (1), username (1);"), "{report}");
    assert!(report.contains("set AUTH_PLUGINS=siwe,two-factor,passkey,username"), "{report}");
    let all = [("AUTH_PLUGINS", "all")];
    let report = target.bookplate_with(&from, &all).await.expect_success();
    assert!(!report.contains("AUTH_PLUGINS"), "{report}");
}

#[tokio::test]
async fn the_start_and_doctor_warn_of_second_factors_that_are_not_asked_for() {
    let source = source().await;
    let warning = "AUTH_PLUGINS lacks two-factor, but users have a second factor (1): one factor \
                   signs them in; set AUTH_PLUGINS=two-factor";
    let on = [("AUTH_PLUGINS", "two-factor")];
    let doctor = source.database.bookplate(&["doctor"]).await.expect_success();
    assert!(doctor.contains(warning), "{doctor}");
    let doctor = source.database.bookplate_with(&["doctor"], &on).await.expect_success();
    assert!(!doctor.contains("AUTH_PLUGINS"), "{doctor}");
    let server = ServerProcess::start(&source.database).await;
    assert!(server.process.stdout().contains(warning), "{}", server.process.stdout());
    server.terminate().await;
    let server = ServerProcess::start_with(&source.database, &["serve"], &on).await;
    assert!(!server.process.stdout().contains("AUTH_PLUGINS"), "{}", server.process.stdout());
}
