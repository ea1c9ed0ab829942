//! The state of a sign-in in an encrypted cookie.

use serde_json::json;
use tokio::task::JoinSet;

use super::{BOOKS, UNKNOWN_STATE, location, sorry, start, start_with};
use crate::it::support::TestApp;

const COOKIE: &str = "better-auth.oauth_state";
const FLAGS: [&str; 1] = ["--auth-oauth-state=cookie"];

#[tokio::test]
async fn an_answer_signs_in_the_browser_that_has_the_cookie() {
    let (app, providers) = TestApp::start_with_providers(&["github", "acme"], &FLAGS).await;
    let (ann, mallory) = (app.anonymous(), app.anonymous());
    let answer = providers.authorize("github", &start(&ann, "github").await);
    assert_eq!(super::count(&app, "verification").await, 0);
    assert_eq!(location(&mallory.get(&answer).await), UNKNOWN_STATE);
    start(&mallory, "github").await;
    assert_eq!(location(&mallory.get(&answer).await), sorry("state_mismatch"));
    let sealed = ann.cookies()[COOKIE].clone();
    let changed = format!("{}0", &sealed[..sealed.len() - 1]);
    for forged in [changed, "00".to_owned(), "$ba$1$00".to_owned()] {
        if forged == sealed {
            continue;
        }
        mallory.cookies().insert(COOKIE.to_owned(), forged);
        let page = "http://localhost:3000/api/auth/error?error=state_invalid";
        assert_eq!(location(&mallory.get(&answer).await), page);
    }
    let swapped = answer.replace("/callback/github", "/callback/acme");
    assert_eq!(location(&ann.duplicate().get(&swapped).await), sorry("state_mismatch"));
    assert!(!mallory.is_signed_in().await);
}

#[tokio::test]
async fn one_of_fifty_concurrent_answers_is_accepted() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &FLAGS).await;
    let ann = app.anonymous();
    let answer = providers.authorize("github", &start(&ann, "github").await);
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let (copy, answer) = (ann.duplicate(), answer.clone());
        requests.spawn(async move { location(&copy.get(&answer).await) });
    }
    let locations = requests.join_all().await;
    let accepted = locations.iter().filter(|location| *location == BOOKS).count();
    assert_eq!(accepted, 1, "{locations:?}");
    assert_eq!(location(&ann.get(&answer).await), sorry("state_mismatch"));
    assert_eq!(providers.requests("github", "token").len(), 1);
}

#[tokio::test]
async fn data_that_does_not_fit_into_a_cookie_is_refused() {
    let (app, _providers) = TestApp::start_with_providers(&["github"], &FLAGS).await;
    let client = app.anonymous();
    let data = |len| json!({ "additionalData": { "a": "b".repeat(len) } });
    start_with(&client, "github", data(1_000)).await;
    let mut body = data(2_000);
    body["provider"] = json!("github");
    client.post_auth("sign-in/social", body).await.assert_error(413, "PAYLOAD_TOO_LARGE");
}
