//! Links without a callback URL: the server shows its own page of the result.

use axum::http::StatusCode;

use super::change_email::{NEW, OLD, email, signed_in_and_verified};
use crate::it::support::{ACCEPT_HTML, Client, Mail, Response, TestApp};

/// Opens a link with the `Accept` header of a browser.
async fn open_in_browser(client: &Client, link: &Mail) -> Response {
    client.get_with_headers(&link.link_path(), &ACCEPT_HTML).await
}

/// Submits the page of a link, and returns the next page.
async fn submit_in_browser(client: &Client, link: &Mail) -> Response {
    let fields = [("token", &*link.link_token()), ("callbackURL", "/")];
    client.post_form("/api/auth/verify-email", &fields, &ACCEPT_HTML).await
}

/// Asserts an HTML page with this heading.
fn assert_page(response: &Response, title: &str) {
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    assert!(response.header("content-type").starts_with("text/html"), "{}", response.text);
    assert!(response.text.contains(&format!("<h1>{title}</h1>")), "{}", response.text);
    assert_eq!(response.header("cache-control"), "no-store");
}

/// Asserts a redirect to the error page.
fn assert_error_page(response: &Response, code: &str) {
    let page = format!("http://localhost:3000/api/auth/error?error={code}");
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, &*page));
}

#[tokio::test]
async fn a_verification_link_shows_a_success_page() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("send-verification-email", &[("email", OLD)]).await.expect_ok();
    let link = app.newest_mail("verification", OLD).await;
    for _ in 0..2 {
        let page = open_in_browser(&app.anonymous(), &link).await;
        assert_page(&page, "Your address is confirmed");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.set_cookies().is_empty());
    }
    // Other clients are redirected as by better-auth.
    assert_eq!(app.anonymous().open_link(&link).await.header("location"), "/");
    let bad = link.link_path().replace("token=", "token=x");
    assert_error_page(&app.anonymous().get_with_headers(&bad, &ACCEPT_HTML).await, "INVALID_TOKEN");
    let without_callback = bad.replace("&callbackURL=%2F", "");
    assert_error_page(
        &app.anonymous().get_with_headers(&without_callback, &ACCEPT_HTML).await,
        "INVALID_TOKEN",
    );
    app.anonymous().get(&without_callback).await.assert_error(401, "INVALID_TOKEN");
    let navigates = [("sec-fetch-mode", "navigate")];
    assert_error_page(
        &app.anonymous().get_with_headers(&without_callback, &navigates).await,
        "INVALID_TOKEN",
    );
    app.clock.advance(chrono::TimeDelta::hours(1));
    assert_error_page(&open_in_browser(&ann, &link).await, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn links_of_an_email_change_show_the_next_step() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    ann.post_auth_strings("change-email", &[("newEmail", NEW)]).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    let reader = app.anonymous();
    assert_page(&open_in_browser(&reader, &first).await, "Change your address");
    for _ in 0..2 {
        let page = submit_in_browser(&reader, &first).await;
        assert_page(&page, "One more step");
        assert!(page.text.contains(NEW), "{}", page.text);
    }
    // The first page has no effect any more.
    assert_page(&open_in_browser(&reader, &first).await, "One more step");
    let second = app.newest_mail("change-email-verification", NEW).await;
    assert_page(&open_in_browser(&reader, &second).await, "Use your new address");
    assert_eq!(email(&ann).await, OLD);
    assert_page(&submit_in_browser(&reader, &second).await, "Your address was changed");
    assert_page(&open_in_browser(&reader, &second).await, "Your address was changed");
    assert_eq!(email(&ann).await, NEW);
    assert_eq!(app.mails("change-email-verification", NEW).await.len(), 1);
    assert_error_page(&open_in_browser(&app.signed_in("bob").await, &second).await, "INVALID_USER");
}

#[tokio::test]
async fn a_deletion_link_shows_success_or_its_requirement() {
    let app = TestApp::start_with(&["--auth-delete-user-verification", "true"]).await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("delete-user", &[]).await.expect_ok();
    let link = app.newest_mail("delete-account", OLD).await;
    assert_error_page(&open_in_browser(&app.anonymous(), &link).await, "FAILED_TO_GET_USER_INFO");
    let page = app.anonymous().get("/api/auth/error?error=FAILED_TO_GET_USER_INFO").await;
    assert!(page.text.contains("Sign in to your account in this browser"), "{}", page.text);
    assert_error_page(&open_in_browser(&app.signed_in("bob").await, &link).await, "INVALID_TOKEN");
    assert_page(&open_in_browser(&ann, &link).await, "Your account was deleted");
    assert!(ann.has_no_session());
    assert_page(&open_in_browser(&ann, &link).await, "Your account was deleted");
}
