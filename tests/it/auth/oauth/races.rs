//! Concurrent sign-ins with providers.

use tokio::task::JoinSet;

use super::{BOOKS, EMAIL, location, start};
use crate::it::support::TestApp;

#[tokio::test]
async fn concurrent_first_sign_ins_of_one_identity_create_one_user() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let client = app.anonymous();
        let answer = providers.authorize("github", &start(&client, "github").await);
        requests.spawn(async move {
            assert_eq!(location(&client.get(&answer).await), BOOKS);
            client.user_id().await
        });
    }
    let mut ids = requests.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(super::count(&app, "account").await, 1);
    assert_eq!(super::count(&app, "session").await, 8);
    assert_eq!(super::count(&app, "user").await, 1);
}

#[tokio::test]
async fn concurrent_first_sign_ins_with_one_address_sign_one_user_in() {
    let (app, providers) = TestApp::start_with_providers(&["acme", "umbrella"], &[]).await;
    let mut requests = JoinSet::new();
    for provider in ["acme", "umbrella"] {
        let client = app.anonymous();
        let answer = providers.authorize(provider, &start(&client, provider).await);
        requests.spawn(async move {
            assert_eq!(location(&client.get(&answer).await), BOOKS);
            client.user_id().await
        });
    }
    let mut ids = requests.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(super::count(&app, "account").await, 2);
    let users = app.database.first_column(r#"select "email" from "user""#).await;
    assert_eq!(users, [EMAIL]);
}
