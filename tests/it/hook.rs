//! The hook of embedding programs that changes or refuses new users.

use axum::http::StatusCode;
use domain::{AbilityFactory, Clock, Error, NewUser, Result, UserId};
use serde_json::json;
use server::{App, Config};

use crate::it::support::{Client, PASSWORD, TestDatabase, cli, noon};

/// Assigns ids, and refuses one domain.
fn assign_id(mut user: NewUser) -> Result<NewUser> {
    if user.email.ends_with("@rival.example") {
        return Err(Error::invalid("email", "belongs to a rival"));
    }
    user.id = UserId(format!("user-{}", user.name));
    Ok(user)
}

#[tokio::test]
async fn a_hook_changes_or_refuses_new_users() {
    let database = TestDatabase::create().await;
    let mut config = Config::new(cli(&database, &[]).settings).unwrap();
    config.before_create = Some(assign_id);
    let (app, _) = App::open(&config, Clock::manual(noon()), AbilityFactory::default(), 3000, true)
        .await
        .unwrap();
    let client = Client::new(app.router());

    let response = client.sign_up("ann").await;
    assert_eq!(response.json()["user"]["id"], "user-ann");
    assert_eq!(client.user_id().await, "user-ann");

    let rival = json!({ "name": "Bob", "email": "bob@rival.example", "password": PASSWORD });
    let refused = client.post("/api/auth/sign-up/email", rival).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["code"], "BAD_USER_INPUT");
}
