//! Mail scanners: they open links, possibly as browsers do, but submit no forms.

use axum::http::{Request, StatusCode};

use crate::it::support::{ACCEPT_HTML, Client, Mail, TestApp};

const SIGNS_IN: [&str; 4] = [
    "--auth-send-verification-on-sign-up",
    "true",
    "--auth-auto-sign-in-after-verification",
    "true",
];

/// Signs Ann up and returns the link that verifies her address and signs in.
async fn ann(app: &TestApp) -> (Client, Mail) {
    let ann = app.signed_in("ann").await;
    (ann, app.newest_mail("verification", "ann@example.com").await)
}

#[tokio::test]
async fn a_scanner_gets_no_session_from_a_link_that_signs_in() {
    let app = TestApp::start_with(&SIGNS_IN).await;
    let (ann, link) = ann(&app).await;
    let navigates = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "none")];
    for headers in [&[][..], &[("accept", "*/*")], &ACCEPT_HTML, &navigates] {
        let scanner = app.anonymous();
        let page = scanner.get_with_headers(&link.link_path(), headers).await;
        assert_eq!(page.status, StatusCode::OK, "{headers:?}: {}", page.text);
        assert!(page.text.contains("Confirm and sign in"), "{}", page.text);
        assert!(page.set_cookies().is_empty() && page.header("set-auth-token").is_empty());
        assert!(!scanner.is_signed_in().await);
    }
    let head = Request::head(link.link_path()).body(axum::body::Body::empty()).unwrap();
    assert_eq!(app.anonymous().send(head).await.status, StatusCode::NOT_FOUND);
    assert!(!ann.is_email_verified().await);

    let reader = app.anonymous();
    let pressed = reader.confirm_link(&link).await;
    assert_eq!((pressed.status, pressed.header("location")), (StatusCode::FOUND, "/"));
    assert!(reader.is_signed_in().await && ann.is_email_verified().await);
    // The used link offers no form.
    let late = app.anonymous();
    let second = late.get_with_headers(&link.link_path(), &ACCEPT_HTML).await;
    assert!(second.text.contains("Your address is confirmed"), "{}", second.text);
    assert!(second.set_cookies().is_empty() && !late.is_signed_in().await);
}

/// The request of better-auth's client on a page of the frontend.
#[tokio::test]
async fn a_fetch_of_an_own_page_verifies_and_signs_in() {
    let app = TestApp::start_with(&SIGNS_IN).await;
    let (ann, link) = ann(&app).await;
    let page = app.anonymous();
    let path = format!("/api/auth/verify-email?token={}", link.link_token());
    let own_request = [("sec-fetch-mode", "cors"), ("sec-fetch-site", "same-origin")];
    let response = page.get_with_headers(&path, &own_request).await;
    assert_eq!(response.expect_ok()["status"], true);
    assert!(page.is_signed_in().await && ann.is_email_verified().await);

    let bob = app.signed_in("bob").await;
    let token = app.newest_mail("verification", "bob@example.com").await.link_token();
    let page = app.anonymous();
    let of_trusted = [("origin", "http://localhost:3000"), ("sec-fetch-mode", "cors")];
    page.get_with_headers(&format!("/api/auth/verify-email?token={token}"), &of_trusted)
        .await
        .expect_ok();
    assert!(page.is_signed_in().await && bob.is_email_verified().await);
}

/// An image, or a request with an unreadable response, would otherwise sign a visitor in to the
/// account of an attacker who embedded the link.
#[tokio::test]
async fn another_site_cannot_sign_a_visitor_in_by_a_link() {
    let app = TestApp::start_with(&SIGNS_IN).await;
    let (ann, link) = ann(&app).await;
    let bob = app.signed_in("bob").await;
    let bare = format!("/api/auth/verify-email?token={}", link.link_token());
    let image = [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
    for page in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        // The same holds on own pages, which may embed images of others.
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "cross-site"), ("referer", "http://localhost:3000/")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    ] {
        for visitor in [&app.anonymous(), &bob] {
            let refused = visitor.get_with_headers(&bare, &[&image, page].concat()).await;
            refused.assert_error(401, "CONFIRMATION_REQUIRED");
            assert!(refused.set_cookies().is_empty());
        }
    }
    for older in [("referer", "https://evil.example/"), ("origin", "https://evil.example")] {
        let headers = [("accept", "application/json"), older];
        let refused = app.anonymous().get_with_headers(&bare, &headers).await;
        refused.assert_error(401, "CONFIRMATION_REQUIRED");
    }
    assert!(!ann.is_email_verified().await && !bob.is_email_verified().await);
}

#[tokio::test]
async fn a_signed_in_user_needs_no_confirmation() {
    let app = TestApp::start_with(&SIGNS_IN).await;
    let (ann, link) = ann(&app).await;
    let bob = app.signed_in("bob").await;
    let page = bob.get_with_headers(&link.link_path(), &ACCEPT_HTML).await;
    assert!(page.text.contains("Confirm and sign in"), "{}", page.text);
    let page = ann.get_with_headers(&link.link_path(), &ACCEPT_HTML).await;
    assert!(page.text.contains("You are signed in."), "{}", page.text);
    assert!(ann.is_email_verified().await && !bob.is_email_verified().await);
}

#[tokio::test]
async fn another_site_cannot_submit_the_confirmation() {
    let app = TestApp::start_with(&SIGNS_IN).await;
    let (ann, link) = ann(&app).await;
    let victim = app.anonymous();
    let headers = [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    let fields = [("token", &*link.link_token())];
    let refused = victim.post_form("/api/auth/verify-email", &fields, &headers).await;
    refused.assert_error(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
    let refused = victim.post_form("/api/auth/verify-email", &fields, &headers[..1]).await;
    refused.assert_error(403, "INVALID_ORIGIN");
    assert!(!victim.is_signed_in().await && !ann.is_email_verified().await);
}
