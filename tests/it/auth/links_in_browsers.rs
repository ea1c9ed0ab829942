//! Where a link ends that names no page of the team's: at a page that says what happened.

use axum::http::StatusCode;

use super::change_email::{NEW, OLD, email, verified};
use crate::it::support::{ACCEPT_HTML, Client, Mail, Response, TestApp};

async fn open(client: &Client, link: &Mail) -> Response {
    client.get_with_headers(&link.link_path(), &ACCEPT_HTML).await
}

/// Presses the button of a page, and ends at another one.
async fn press(client: &Client, link: &Mail) -> Response {
    let fields = [("token", &*link.link_token()), ("callbackURL", "/")];
    client.post_form("/api/auth/verify-email", &fields, &ACCEPT_HTML).await
}

fn is_page(response: &Response, title: &str) {
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    assert!(response.header("content-type").starts_with("text/html"), "{}", response.text);
    assert!(response.text.contains(&format!("<h1>{title}</h1>")), "{}", response.text);
    assert_eq!(response.header("cache-control"), "no-store");
}

fn is_error(response: &Response, code: &str) {
    let page = format!("http://localhost:3000/api/auth/error?error={code}");
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, &*page));
}

#[tokio::test]
async fn a_link_that_verifies_says_that_it_did() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("send-verification-email", &[("email", OLD)]).await.expect_ok();
    let link = app.newest_mail("verification", OLD).await;
    for _ in 0..2 {
        let page = open(&app.anonymous(), &link).await;
        is_page(&page, "Your address is confirmed");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.set_cookies().is_empty());
    }
    // To a program it leads where better-auth's leads.
    assert_eq!(app.anonymous().open_link(&link).await.header("location"), "/");
    let bad = link.link_path().replace("token=", "token=x");
    is_error(&app.anonymous().get_with_headers(&bad, &ACCEPT_HTML).await, "INVALID_TOKEN");
    let bare = bad.replace("&callbackURL=%2F", "");
    is_error(&app.anonymous().get_with_headers(&bare, &ACCEPT_HTML).await, "INVALID_TOKEN");
    app.anonymous().get(&bare).await.assert_error(401, "INVALID_TOKEN");
    let navigates = [("sec-fetch-mode", "navigate")];
    is_error(&app.anonymous().get_with_headers(&bare, &navigates).await, "INVALID_TOKEN");
    app.clock.advance(chrono::TimeDelta::hours(1));
    is_error(&open(&ann, &link).await, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn both_links_that_change_an_address_say_what_is_next() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    ann.post_auth_strings("change-email", &[("newEmail", NEW)]).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    let reader = app.anonymous();
    is_page(&open(&reader, &first).await, "Change your address");
    for _ in 0..2 {
        let page = press(&reader, &first).await;
        is_page(&page, "One more step");
        assert!(page.text.contains(NEW), "{}", page.text);
    }
    // Its button is of no use any more.
    is_page(&open(&reader, &first).await, "One more step");
    let second = app.newest_mail("change-email-verification", NEW).await;
    is_page(&open(&reader, &second).await, "Use your new address");
    assert_eq!(email(&ann).await, OLD);
    is_page(&press(&reader, &second).await, "Your address was changed");
    is_page(&open(&reader, &second).await, "Your address was changed");
    assert_eq!(email(&ann).await, NEW);
    assert_eq!(app.mails("change-email-verification", NEW).await.len(), 1);
    is_error(&open(&app.signed_in("bob").await, &second).await, "INVALID_USER");
}

#[tokio::test]
async fn a_link_that_deletes_says_that_it_did_or_what_it_needs() {
    let app = TestApp::start_with(&["--auth-delete-user-verification", "true"]).await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("delete-user", &[]).await.expect_ok();
    let link = app.newest_mail("delete-account", OLD).await;
    is_error(&open(&app.anonymous(), &link).await, "FAILED_TO_GET_USER_INFO");
    let told = app.anonymous().get("/api/auth/error?error=FAILED_TO_GET_USER_INFO").await;
    assert!(told.text.contains("Sign in to your account in this browser"), "{}", told.text);
    is_error(&open(&app.signed_in("bob").await, &link).await, "INVALID_TOKEN");
    is_page(&open(&ann, &link).await, "Your account was deleted");
    assert!(ann.has_no_session());
    is_page(&open(&ann, &link).await, "Your account was deleted");
}
