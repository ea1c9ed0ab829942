//! The page whose button changes an address.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use tokio::task::JoinSet;

use super::change_email::{NEW, OLD, change, email, verified};
use crate::it::support::{Client, Mail, TestApp};

/// The links of both steps, which nobody has opened; the second one's page counts too.
async fn steps(app: &TestApp, ann: &Client) -> [Mail; 2] {
    change(ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    ann.open_link(&first).await;
    let second = app.newest_mail("change-email-verification", NEW).await;
    change(ann, "third@example.com").await.expect_ok();
    [app.newest_mail("change-email-confirmation", OLD).await, second]
}

#[tokio::test]
async fn who_opens_a_link_without_pressing_the_button_changes_nothing() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    for link in steps(&app, &ann).await {
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
        // A program is told to post.
        let request = Request::get(link.link_path()).header("sec-fetch-mode", "cors");
        let refused = scanner.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.header("location"), "/changed?error=CONFIRMATION_REQUIRED");
        assert_eq!(app.mail_kinds().await, before);
        assert_eq!(email(&ann).await, OLD);
    }
}

#[tokio::test]
async fn a_press_of_the_last_button_signs_nobody_in() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    let [_, second] = steps(&app, &ann).await;
    let reader = app.anonymous();
    let response = reader.confirm_link(&second).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, "/changed"));
    assert!(response.set_cookies().is_empty() && !reader.is_signed_in().await);
    assert_eq!(email(&ann).await, NEW);
}

#[tokio::test]
async fn a_program_posts_what_the_button_posts() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    let [_, second] = steps(&app, &ann).await;
    let response =
        app.anonymous().post_auth_strings("verify-email", &[("token", &second.link_token())]).await;
    assert_eq!(response.expect_ok()["user"]["email"], NEW);
    assert!(response.set_cookies().is_empty());
}

#[tokio::test]
async fn of_many_who_press_a_button_at_once_one_has_an_effect() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    change(&ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    at_once(&app, &first).await;
    assert_eq!(app.mails("change-email-verification", NEW).await.len(), 1);
    let second = app.newest_mail("change-email-verification", NEW).await;
    at_once(&app, &second).await;
    assert_eq!(app.mails("email-changed", OLD).await.len(), 1);
    assert_eq!(email(&ann).await, NEW);
}

/// Eight readers press the button of a link at once, and end at the same place.
async fn at_once(app: &TestApp, link: &Mail) {
    let page = app.anonymous().open_link(link).await;
    let mut tries = JoinSet::new();
    for _ in 0..8 {
        let (client, page) = (app.anonymous(), page.clone());
        tries.spawn(async move { client.submit_page(&page).await.header("location").to_owned() });
    }
    let ends = tries.join_all().await;
    assert_eq!(ends, ["/changed"; 8]);
}
