//! The command `user set-role`.

use crate::it::support::{TestApp, TestDatabase};

const ROLE: &str = "{ me { role } }";

#[tokio::test]
async fn a_changed_role_applies_to_the_next_request() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;

    for role in ["admin_rw", "admin_ro", "user"] {
        let printed = app.database.bookplate(&["user", "set-role", " Ann@example.com", role]).await;
        assert!(printed.expect_success().contains(role));
        assert_eq!(ann.query(ROLE).await.data()["me"]["role"], role);
    }
}

#[tokio::test]
async fn only_the_named_user_gets_the_role() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);

    app.database
        .bookplate(&["user", "set-role", "bob@example.com", "admin_ro"])
        .await
        .expect_success();

    assert_eq!(ann.query(ROLE).await.data()["me"]["role"], "user");
    assert_eq!(bob.query(ROLE).await.data()["me"]["role"], "admin_ro");
}

#[tokio::test]
async fn an_unknown_role_is_refused_with_the_valid_roles() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;

    for role in ["emperor", "", "users"] {
        let refused = app.database.bookplate(&["user", "set-role", "ann@example.com", role]).await;
        let refused = refused.expect_failure();
        for known in ["user", "admin_ro", "admin_rw"] {
            assert!(refused.contains(known), "{refused}");
        }
        assert_eq!(ann.query(ROLE).await.data()["me"]["role"], "user");
    }
}

#[tokio::test]
async fn an_unknown_address_is_refused() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.expect_success();

    let arguments = ["user", "set-role", "nobody@example.com", "admin_rw"];
    let refused = database.bookplate(&arguments).await.expect_failure();
    assert!(refused.contains("no user signs in as nobody@example.com"), "{refused}");
}
