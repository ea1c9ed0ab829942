//! The server's own form for a new password.

use axum::http::StatusCode;
use tokio::task::JoinSet;

use crate::it::support::{ACCEPT_HTML, Client, PASSWORD, Response, TestApp, without_unavailable};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";

/// Returns the path of a new reset link for Ann without a callback URL.
async fn link(app: &TestApp) -> String {
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let path = app.newest_mail("reset", EMAIL).await.link_path();
    assert!(path.ends_with("?callbackURL="), "{path}");
    path
}

/// Posts the form of a reset link.
async fn post(client: &Client, path: &str, password: &str, repeated: &str) -> Response {
    let fields = [("newPassword", password), ("repeatedPassword", repeated)];
    client.post_form(path, &fields, &ACCEPT_HTML).await
}

/// Returns the code of the error page to which a response redirects, and the page's text.
async fn error_page(client: &Client, response: &Response) -> (String, String) {
    assert_eq!(response.status, StatusCode::FOUND, "{}", response.text);
    let location = response.header("location");
    let (page, code) = location.split_once("?error=").unwrap();
    assert_eq!(page, "http://localhost:3000/api/auth/error");
    let page = client.get(&format!("/api/auth/error?error={code}")).await.text;
    (code.to_owned(), page)
}

#[tokio::test]
async fn a_reset_link_without_a_callback_shows_a_form() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let path = link(&app).await;
    let browser = app.anonymous();
    for _ in 0..2 {
        let page = browser.get_with_headers(&path, &ACCEPT_HTML).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "strict-origin");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.ends_with("form-action 'self'"), "{policy}");
        for part in ["noindex", "<form method=\"post\">", "for=\"newPassword\"", "8 to 128"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert_eq!(page.text.matches("autocomplete=\"new-password\" required").count(), 2);
        assert!(!page.text.contains("<script") && !page.text.contains("aria-invalid"));
    }

    let changed = post(&browser, &path, NEW, NEW).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert!(changed.text.contains("Sign in with the new one."), "{}", changed.text);
    assert_eq!(changed.header("referrer-policy"), "no-referrer");
    assert!(changed.set_cookies().is_empty());
    assert!(!ann.is_signed_in().await);
    app.anonymous().sign_in(EMAIL, NEW).await.expect_ok();
    assert_eq!(app.mails("password-changed", EMAIL).await.len(), 1);
}

#[tokio::test]
async fn invalid_input_is_shown_in_the_form_and_does_not_consume_the_link() {
    let app = TestApp::start_with(&["--auth-password-min-score", "2"]).await;
    app.signed_in("ann").await;
    let path = link(&app).await;
    let browser = app.anonymous();
    let long = "x".repeat(129);
    for (password, repeated, wrong, field) in [
        (NEW, "Another horse battery", "The two passwords differ.", "repeatedPassword"),
        ("short", "short", "Password too short.", "newPassword"),
        (&long, &long, "Password too long.", "newPassword"),
        ("password1", "password1", "Password is too easy to guess.", "newPassword"),
        ("", "", "Password too short.", "newPassword"),
    ] {
        let page = post(&browser, &path, password, repeated).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{wrong}: {}", page.text);
        let (_, message) = page.text.split_once(&format!("id=\"{field}\"")).unwrap();
        let message = message.split_once("</p>").unwrap().0;
        assert!(message.contains("aria-invalid=\"true\"") && message.contains(wrong), "{message}");
        assert_eq!(page.text.matches("aria-invalid").count(), 1, "{}", page.text);
        assert!(!page.text.contains(NEW) && !page.text.contains("password1"), "{}", page.text);
    }
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert_eq!(post(&browser, &path, NEW, NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn used_links_and_invalid_links_have_different_messages() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let (void, used) = (link(&app).await, link(&app).await);
    let browser = app.anonymous();
    assert_eq!(post(&browser, &used, NEW, NEW).await.status, StatusCode::OK);
    for second_use in [browser.get(&used).await, post(&browser, &used, NEW, NEW).await] {
        let (code, page) = error_page(&browser, &second_use).await;
        assert_eq!(code, "RESET_LINK_USED");
        assert!(page.contains("was used already"), "{page}");
    }
    let unknown = "/api/auth/reset-password/none?callbackURL=";
    for path in [&*void, unknown] {
        for response in [browser.get(path).await, post(&browser, path, NEW, NEW).await] {
            assert_eq!(error_page(&browser, &response).await.0, "INVALID_TOKEN", "{path}");
        }
    }

    // Events that void other reset links void this one as well.
    let path = link(&app).await;
    ann.sign_in(EMAIL, NEW).await.expect_ok();
    ann.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok();
    let late = post(&browser, &path, "evil horse battery", "evil horse battery").await;
    assert_eq!(error_page(&browser, &late).await.0, "INVALID_TOKEN");
    app.anonymous().sign_in(EMAIL, NEW).await.expect_ok();
}

#[tokio::test]
async fn one_of_many_concurrent_form_posts_sets_the_password() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let path = link(&app).await;
    let mut requests = JoinSet::new();
    for index in 0..8 {
        let (client, path) = (app.anonymous(), path.clone());
        requests.spawn(async move {
            let password = format!("horse number {index}");
            let response = post(&client, &path, &password, &password).await;
            let outcome = (response.status.as_u16(), response.status_and_code().1);
            (outcome, response.header("location").to_owned(), password)
        });
    }
    let (done, late): (Vec<_>, Vec<_>) =
        requests.join_all().await.into_iter().partition(|(outcome, ..)| outcome.0 == 200);
    assert_eq!(done.len(), 1);
    let outcomes = without_unavailable(late.iter().map(|(outcome, ..)| outcome.clone()).collect());
    assert!(outcomes.iter().all(|(status, _)| *status == 302), "{late:?}");
    let mut pages = late.iter().map(|(_, page, _)| page).filter(|page| !page.is_empty());
    assert!(pages.all(|page| page.ends_with("?error=RESET_LINK_USED")), "{late:?}");
    app.anonymous().sign_in(EMAIL, &done[0].2).await.expect_ok();
    assert_eq!(app.mails("password-changed", EMAIL).await.len(), 1);
}

#[tokio::test]
async fn a_form_posted_by_another_site_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let path = link(&app).await;
    let fields = [("newPassword", NEW), ("repeatedPassword", NEW)];
    let refused = ann.post_form(&path, &fields, &[("origin", "https://evil.example")]).await;
    refused.assert_error(403, "INVALID_ORIGIN");
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn a_reset_link_with_a_callback_redirects_to_it() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let fields = [("email", EMAIL), ("redirectTo", "/reset")];
    app.anonymous().post_auth_strings("request-password-reset", &fields).await.expect_ok();
    let mail = app.newest_mail("reset", EMAIL).await;
    let response = app.anonymous().get_with_headers(&mail.link_path(), &ACCEPT_HTML).await;
    let page = format!("http://localhost:3000/reset?token={}", mail.link_token());
    assert_eq!(response.header("location"), page);
}

/// The form offers the same operation as the route.
#[tokio::test]
async fn the_form_is_disabled_with_the_route() {
    let app = TestApp::start_with(&["--auth-disabled-paths", "/reset-password"]).await;
    app.signed_in("ann").await;
    let path = link(&app).await;
    let browser = app.anonymous();
    let page = browser.get_with_headers(&path, &ACCEPT_HTML).await;
    assert_eq!((page.status, &*page.text), (StatusCode::NOT_FOUND, ""));
    assert_eq!(post(&browser, &path, NEW, NEW).await.status, StatusCode::NOT_FOUND);
    browser.sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn a_token_that_is_not_utf_8_is_invalid() {
    let app = TestApp::start().await;
    let browser = app.anonymous();
    let path = "/api/auth/reset-password/%ff?callbackURL=";
    let (code, _) = error_page(&browser, &browser.get(path).await).await;
    assert_eq!(code, "INVALID_TOKEN");
    let (code, _) = error_page(&browser, &post(&browser, path, NEW, NEW).await).await;
    assert_eq!(code, "INVALID_TOKEN");
    let led = browser.get(&format!("{path}/done")).await;
    assert_eq!(led.header("location"), "http://localhost:3000/done?error=INVALID_TOKEN");
    let file = browser.get("/api/auth/reference/%ff/page.js").await;
    assert_eq!((file.status, &*file.text), (StatusCode::NOT_FOUND, ""));
}
