//! Pages of others, redirect targets, and mail scanners.

use axum::http::StatusCode;
use serde_json::json;

use super::{EMAIL, link, request, start};
use crate::it::{
    auth::redirects::FOREIGN_URLS,
    support::{ACCEPT_HTML, BASE_URL},
};

#[tokio::test]
async fn foreign_targets_are_refused() {
    let app = start(&[]).await;
    let token = link(&app, EMAIL).await.link_token();
    for url in FOREIGN_URLS {
        for (name, code) in [
            ("callbackURL", "INVALID_CALLBACK_URL"),
            ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
            ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
        ] {
            let body = json!({ "email": EMAIL, name: url });
            request(&app, body).await.assert_error(403, code);
            let url = url::form_urlencoded::byte_serialize(url.as_bytes()).collect::<String>();
            let path = format!("magic-link/verify?token={token}&{name}={url}");
            let opened = app.anonymous().get_auth(&path).await;
            opened.assert_error(403, "INVALID_CALLBACK_URL");
        }
    }
    let path = format!("magic-link/verify?token={token}");
    app.anonymous().get_auth(&path).await.expect_ok();
}

#[tokio::test]
async fn another_site_cannot_sign_a_visitor_in() {
    let app = start(&[]).await;
    let mail = link(&app, EMAIL).await;
    let image = [("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "cross-site")];
    let refused = app.anonymous().get_with_headers(&mail.link_path(), &image).await;
    refused.assert_error(401, "CONFIRMATION_REQUIRED");
    let frame = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
    let shown = app.anonymous().get_with_headers(&mail.link_path(), &frame).await;
    assert!(shown.set_cookies().is_empty() && shown.text.contains("<button>"), "{}", shown.text);
    let body = json!({ "email": EMAIL });
    let headers = [("origin", "https://evil.example")];
    let path = "/api/auth/sign-in/magic-link";
    let refused = app.anonymous().post_with_headers(path, &headers, body).await;
    refused.assert_error(403, "INVALID_ORIGIN");
    // A click on the link.
    let click = [
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-dest", "document"),
    ];
    let browser = app.anonymous();
    let page = browser.get_with_headers(&mail.link_path(), &click).await;
    assert!(page.text.contains("You are signed in"), "{}", page.text);
    assert!(browser.is_signed_in().await);
    let error = app.anonymous().get_with_headers(&mail.link_path(), &click).await;
    assert_eq!(error.header("location"), format!("{BASE_URL}/api/auth/error?error=INVALID_TOKEN"));
}

#[tokio::test]
async fn where_it_must_be_confirmed_a_scanner_does_not_use_up_a_link() {
    let app = start(&["--auth-magic-link-confirm", "true"]).await;
    let mail = link(&app, EMAIL).await;
    let mut page = None;
    for headers in [&[][..], &ACCEPT_HTML] {
        let scanner = app.anonymous();
        let shown = scanner.get_with_headers(&mail.link_path(), headers).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        assert!(shown.set_cookies().is_empty() && !scanner.is_signed_in().await);
        page = Some(shown);
    }
    assert!(page.unwrap().text.contains(&mail.link_token()));
    let reader = app.anonymous();
    let fields = [("token", &*mail.link_token()), ("callbackURL", "/books")];
    let pressed = reader.post_form("/api/auth/magic-link/verify", &fields, &[]).await;
    assert_eq!(pressed.header("location"), format!("{BASE_URL}/books"));
    assert!(reader.is_signed_in().await);
    let late = app.anonymous().get_with_headers(&mail.link_path(), &ACCEPT_HTML).await;
    assert_eq!(late.header("location"), format!("{BASE_URL}/api/auth/error?error=INVALID_TOKEN"));
    // A program signs in at once.
    let path =
        format!("/api/auth/magic-link/verify?token={}", link(&app, EMAIL).await.link_token());
    let program = [("accept", "application/json")];
    app.anonymous().get_with_headers(&path, &program).await.expect_ok();
}
