//! The confirmation page of an email change.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use tokio::task::JoinSet;

use super::change_email::{NEW, OLD, email, request_change, signed_in_and_verified};
use crate::it::support::{Client, Mail, TestApp};

/// Returns unopened links of both steps of a change.
async fn links_of_both_steps(app: &TestApp, ann: &Client) -> [Mail; 2] {
    request_change(ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    ann.open_link(&first).await;
    let second = app.newest_mail("change-email-verification", NEW).await;
    request_change(ann, "third@example.com").await.expect_ok();
    [app.newest_mail("change-email-confirmation", OLD).await, second]
}

#[tokio::test]
async fn opening_a_link_without_submitting_its_page_changes_nothing() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    for link in links_of_both_steps(&app, &ann).await {
        let before = app.mail_kinds().await;
        let scanner = app.anonymous();
        for _ in 0..3 {
            let page = scanner.open_link(&link).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.set_cookies().is_empty());
            let policy = page.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("script"), "{policy}");
            assert_eq!(page.header("referrer-policy"), "strict-origin");
            assert_eq!(page.header("cache-control"), "no-store");
            assert!(page.text.contains("@example.com") && !page.text.contains("<script"));
        }
        // A client that is no browser is redirected with an error.
        let request = Request::get(link.link_path()).header("sec-fetch-mode", "cors");
        let refused = scanner.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.header("location"), "/changed?error=CONFIRMATION_REQUIRED");
        assert_eq!(app.mail_kinds().await, before);
        assert_eq!(email(&ann).await, OLD);
    }
}

#[tokio::test]
async fn submitting_the_last_page_starts_no_session() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    let [_, second] = links_of_both_steps(&app, &ann).await;
    let reader = app.anonymous();
    let response = reader.confirm_link(&second).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, "/changed"));
    assert!(response.set_cookies().is_empty() && !reader.is_signed_in().await);
    assert_eq!(email(&ann).await, NEW);
}

#[tokio::test]
async fn a_client_can_post_the_token_itself() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    let [_, second] = links_of_both_steps(&app, &ann).await;
    let response =
        app.anonymous().post_auth_strings("verify-email", &[("token", &second.link_token())]).await;
    assert_eq!(response.expect_ok()["user"]["email"], NEW);
    assert!(response.set_cookies().is_empty());
}

#[tokio::test]
async fn concurrent_submissions_take_effect_once() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    request_change(&ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    submit_concurrently(&app, &first).await;
    assert_eq!(app.mails("change-email-verification", NEW).await.len(), 1);
    let second = app.newest_mail("change-email-verification", NEW).await;
    submit_concurrently(&app, &second).await;
    assert_eq!(app.mails("email-changed", OLD).await.len(), 1);
    assert_eq!(email(&ann).await, NEW);
}

/// Submits the page of a link 8 times at once; every request is redirected to the same page.
async fn submit_concurrently(app: &TestApp, link: &Mail) {
    let page = app.anonymous().open_link(link).await;
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let (client, page) = (app.anonymous(), page.clone());
        requests
            .spawn(async move { client.submit_page(&page).await.header("location").to_owned() });
    }
    let locations = requests.join_all().await;
    assert_eq!(locations, ["/changed"; 8]);
}
