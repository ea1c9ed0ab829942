//! How much a user can store.

use serde_json::json;
use tokio::task::JoinSet;

use super::{ON, count, creation_options, register, sign_in, verify_registration, with_passkey};
use crate::it::support::{Answer, Authenticator, Client, Response, TestApp};

const TOO_LONG: &str = "Too big: expected string to have <=";

#[track_caller]
fn assert_too_long(response: &Response, field: &str, max: usize) {
    response.assert_error(400, "VALIDATION_ERROR");
    let expected = format!("[{field}] {TOO_LONG}{max} characters");
    assert_eq!(response.json()["message"], expected);
}

#[tokio::test]
async fn names_and_contexts_have_a_maximum_length() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let (fits, long) = ("n".repeat(200), "n".repeat(201));
    let options = async |query: String| {
        ann.get_auth(&format!("passkey/generate-register-options?{query}")).await
    };
    assert_too_long(&options(format!("name={long}")).await, "query.name", 200);
    let context = "c".repeat(1_025);
    assert_too_long(&options(format!("context={context}")).await, "query.context", 1_024);
    let allowed = options(format!("name={fits}&context={}", &context[1..])).await.expect_ok();

    let response = Authenticator::new().attest(&Answer::creation(&allowed));
    let name = format!(" {long}");
    let body = json!({ "response": response, "name": name });
    let refused = ann.post_auth("passkey/verify-registration", body).await;
    assert_too_long(&refused, "body.name", 200);
    // The challenge is not used up.
    let body = json!({ "response": response, "name": format!(" {fits} ") });
    let passkey = ann.post_auth("passkey/verify-registration", body).await.expect_ok();
    assert_eq!(passkey["name"], fits);

    let rename = async |name: &str| {
        let body = json!({ "id": passkey["id"], "name": name });
        ann.post_auth("passkey/update-passkey", body).await
    };
    assert_too_long(&rename(&long).await, "body.name", 200);
    rename(&"é".repeat(200)).await.expect_ok();
}

/// A browser of the same user, with the answer to a challenge of its own.
async fn begun(client: &Client) -> (Client, Answer) {
    let browser = client.duplicate();
    let answer = Answer::creation(&creation_options(&browser).await);
    (browser, answer)
}

#[tokio::test]
async fn a_user_has_at_most_100_passkeys() {
    let (app, ann, authenticator) = with_passkey().await;
    let user = ann.user_id().await;
    let row = |n: u32| {
        format!(
            "('p{n}', 'k', '{user}', 'c{n}', 0, 'singleDevice', false, '2026-11-20T12:00:00.000Z')"
        )
    };
    let rows: Vec<_> = (0..98).map(row).collect();
    app.database
        .execute(&format!(
            r#"insert into "passkey" ("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp", "createdAt")
               values {}"#,
            rows.join(", ")
        ))
        .await;
    let mut begun_ones = Vec::new();
    for _ in 0..5 {
        begun_ones.push(begun(&ann).await);
    }
    let mut requests = JoinSet::new();
    for (browser, answer) in begun_ones {
        let response = Authenticator::new().attest(&answer);
        requests
            .spawn(async move { verify_registration(&browser, response).await.status_and_code() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.remove(0), (200, String::new()));
    for outcome in outcomes {
        assert_eq!(outcome, (400, "TOO_MANY_PASSKEYS".to_owned()));
    }
    assert_eq!(count(&app, "passkey").await, 100);
    let options = ann.get_auth("passkey/generate-register-options").await;
    options.assert_error(400, "TOO_MANY_PASSKEYS");
    sign_in(&app.anonymous(), &authenticator).await.expect_ok();

    // Of one user alone, and until they delete one.
    register(&app.signed_in("bob").await, &Authenticator::new()).await;
    ann.post_auth_strings("passkey/delete-passkey", &[("id", "p0")]).await.expect_ok();
    register(&ann, &Authenticator::new()).await;
}
