//! Rows of other servers that violate assumptions: `doctor` finds and `repair` corrects them.

use axum::http::StatusCode;

use crate::it::support::{Backend, PASSWORD, ServerProcess, TestApp};

#[tokio::test]
async fn addresses_with_capitals_are_found_and_corrected() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.signed_in("bob").await;
    app.signed_in("eve").await;
    // Eve's address equals Bob's.
    app.database
        .execute(
            r#"update "user" set "email" = 'Ann@Example.com' where "name" = 'ann';
            update "user" set "email" = 'Bob@example.com' where "name" = 'eve'"#,
        )
        .await;
    let found = "1 users have an address with capitals; `bookplate repair` corrects that";
    let shared = "1 addresses belong to several users";

    let doctor = app.database.bookplate(&["doctor"]).await.stdout;
    assert!(doctor.contains(&format!("warning  rows of another server: {found}")), "{doctor}");
    assert!(doctor.contains(shared), "{doctor}");
    assert!(!doctor.contains("@example"), "{doctor}");
    let server = ServerProcess::start(&app.database).await;
    let mut ann = server.http();
    assert_eq!(ann.sign_in("ann@example.com", PASSWORD).await.status, StatusCode::OK);
    let ended = server.terminate().await;
    assert!((ended.stdout + &ended.stderr).contains(found));

    let repaired = app.database.bookplate(&["repair"]).await.expect_success();
    assert!(repaired.contains("corrected: 1 users have an address with capitals\n"), "{repaired}");
    assert!(repaired.contains(&format!("left: {shared}")), "{repaired}");
    let emails = r#"select "email" from "user" order by "name""#;
    let expected = ["ann@example.com", "bob@example.com", "Bob@example.com"];
    assert_eq!(app.database.first_column(emails).await, expected);

    app.database
        .execute(r#"update "user" set "email" = 'eve@example.com' where "name" = 'eve'"#)
        .await;
    assert_eq!(
        app.database.bookplate(&["repair"]).await.expect_success(),
        "nothing needs to be corrected\n"
    );
    let doctor = app.database.bookplate(&["doctor"]).await.stdout;
    assert!(doctor.contains("ok       rows are as they should be"), "{doctor}");
}

#[tokio::test]
async fn passwords_under_another_id_are_found_and_corrected() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.database.execute(r#"update "account" set "accountId" = 'ann@example.com'"#).await;

    let repaired = app.database.bookplate(&["repair"]).await.expect_success();
    assert!(
        repaired.contains("corrected: 1 passwords are stored under another account id"),
        "{repaired}"
    );
    app.anonymous().sign_in("ann@example.com", PASSWORD).await.expect_ok();
}

/// SQLite stores any text and compares it literally.
#[tokio::test]
async fn dates_in_other_formats_are_found_and_corrected() {
    if Backend::current() == Backend::Postgres {
        return;
    }
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.database
        .execute(
            r#"update "user" set "createdAt" = 1795176000123, "updatedAt" = '2026-11-20 12:00:00';
            update "session" set "expiresAt" = 1795176000, "createdAt" = '2026-11-20T14:00:00+02:00',
                "updatedAt" = 'soon'"#,
        )
        .await;

    let doctor = app.database.bookplate(&["doctor"]).await.stdout;
    assert!(doctor.contains("1 users have dates that are not in ISO 8601"), "{doctor}");
    let repaired = app.database.bookplate(&["repair"]).await.expect_success();
    assert!(repaired.contains("corrected: 1 users have dates"), "{repaired}");
    assert!(repaired.contains("left: 1 sessions have dates"), "{repaired}");
    let dates = r#"select "createdAt" || ' ' || "updatedAt" from "user" union all
        select "expiresAt" || ' ' || "createdAt" from "session""#;
    let expected = [
        "2026-11-20T12:00:00.123Z 2026-11-20T12:00:00.000Z",
        "2026-11-20T12:00:00.000Z 2026-11-20T12:00:00.000Z",
    ];
    assert_eq!(app.database.first_column(dates).await, expected);
}
