//! Captchas before sign-up, sign-in and reset.

use serde_json::{Value, json};

use super::fake_service::{Answer, FakeService};
use crate::it::support::{BASE_URL, Client, PASSWORD, Response, TestApp};

const EMAIL: &str = "ann@example.com";

async fn start(service: &FakeService, flags: &[&str]) -> TestApp {
    let url = format!("--auth-captcha-site-verify-url={}/siteverify", service.url);
    let on = ["--auth-plugins=captcha", "--auth-captcha-secret-key=hush", url.as_str()];
    TestApp::start_with(&[&on, flags].concat()).await
}

fn good() -> Answer {
    Answer::Json(json!({ "success": true }))
}

async fn post(client: &Client, route: &str, token: Option<&str>, body: Value) -> Response {
    let mut headers = vec![("origin", BASE_URL)];
    headers.extend(token.map(|token| ("x-captcha-response", token)));
    client.post_with_headers(&format!("/api/auth/{route}"), &headers, body).await
}

async fn sign_up(client: &Client, token: Option<&str>) -> Response {
    let body = json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD });
    post(client, "sign-up/email", token, body).await
}

#[tokio::test]
async fn sign_up_sign_in_and_reset_require_a_token() {
    let service = FakeService::start(good()).await;
    let app = start(&service, &[]).await;
    let client = app.anonymous().at_address("2001:db8:1:2:3::4");
    let sign_in = json!({ "email": EMAIL, "password": PASSWORD });
    for (route, body) in [
        ("sign-up/email", json!({})),
        ("sign-in/email", sign_in.clone()),
        ("request-password-reset", json!({ "email": EMAIL })),
    ] {
        for token in [None, Some("")] {
            let missing = post(&client, route, token, body.clone()).await;
            missing.assert_error(400, "MISSING_RESPONSE");
            assert_eq!(missing.json()["message"], "Missing CAPTCHA response");
        }
    }
    assert!(service.requests().is_empty());
    sign_up(&client, Some("token-1")).await.expect_ok();
    let [request] = service.requests().try_into().unwrap();
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let address = "2001:0db8:0001:0002:0000:0000:0000:0000";
    assert_eq!(body, json!({ "secret": "hush", "response": "token-1", "remoteip": address }));
    post(&app.anonymous(), "sign-in/email", Some("token-2"), sign_in.clone()).await.expect_ok();
    let reset = json!({ "email": EMAIL });
    post(&app.anonymous(), "request-password-reset", Some("t"), reset).await.expect_ok();
    // Other routes require none.
    service.requests();
    app.anonymous().get_auth("ok").await.expect_ok();
    client.post_auth("sign-out", json!({})).await.expect_ok();
    assert!(service.requests().is_empty());
}

#[tokio::test]
async fn a_refused_token_stops_the_request() {
    let service = FakeService::start(good()).await;
    let app = start(&service, &[]).await;
    for refused in [
        json!({ "success": false, "error-codes": ["timeout-or-duplicate"] }),
        json!({ "success": null }),
        json!({ "ok": true }),
    ] {
        service.answer(Answer::Json(refused));
        let response = sign_up(&app.anonymous(), Some("token")).await;
        response.assert_error(403, "VERIFICATION_FAILED");
        assert_eq!(response.json()["message"], "Captcha verification failed");
    }
    for broken in [
        Answer::Status(500),
        Answer::Status(302),
        Answer::Text("<html>busy</html>".to_owned()),
        Answer::Text(String::new()),
    ] {
        service.answer(broken);
        let response = sign_up(&app.anonymous(), Some("token")).await;
        response.assert_error(500, "UNKNOWN_ERROR");
        assert_eq!(response.json()["message"], "Something went wrong");
    }
    assert!(app.database.first_column(r#"select "id" from "user""#).await.is_empty());
    let down = [
        "--auth-plugins=captcha",
        "--auth-captcha-secret-key=hush",
        "--auth-captcha-site-verify-url=http://127.0.0.1:1/",
    ];
    let app = TestApp::start_with(&down).await;
    sign_up(&app.anonymous(), Some("token")).await.assert_error(500, "UNKNOWN_ERROR");
}

#[tokio::test]
async fn each_provider_is_asked_in_its_form() {
    for (provider, expected) in [
        ("google-recaptcha", "secret=hush&response=a%26b&remoteip=192.0.2.7"),
        ("hcaptcha", "secret=hush&response=a%26b&sitekey=site&remoteip=192.0.2.7"),
        ("captchafox", "secret=hush&response=a%26b&sitekey=site&remoteIp=192.0.2.7"),
    ] {
        let service = FakeService::start(good()).await;
        let flags = ["--auth-captcha-provider", provider, "--auth-captcha-site-key=site"];
        let app = start(&service, &flags).await;
        let client = app.anonymous().at_address("192.0.2.7");
        sign_up(&client, Some("a&b")).await.expect_ok();
        let [request] = service.requests().try_into().unwrap();
        assert_eq!(request.body, expected, "{provider}");
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(request.path, "/siteverify");
    }
}

#[tokio::test]
async fn scores_actions_and_hosts_are_compared() {
    let service = FakeService::start(good()).await;
    let flags = [
        "--auth-captcha-provider=google-recaptcha",
        "--auth-captcha-min-score=0.7",
        "--auth-captcha-expected-action=join",
        "--auth-captcha-allowed-hostnames=books.example.com,localhost",
        "--auth-captcha-endpoints=/sign-up/*",
    ];
    let app = start(&service, &flags).await;
    let good = json!({ "success": true, "score": 0.7, "action": "join", "hostname": "localhost" });
    for (name, value) in
        [("score", json!(0.6)), ("action", json!("x")), ("hostname", json!("evil.example"))]
    {
        let mut answer = good.clone();
        answer[name] = value;
        service.answer(Answer::Json(answer));
        sign_up(&app.anonymous(), Some("t")).await.assert_error(403, "VERIFICATION_FAILED");
    }
    service.answer(Answer::Json(good));
    sign_up(&app.anonymous(), Some("t")).await.expect_ok();
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn the_rate_limit_comes_first_and_the_origin_later() {
    let service = FakeService::start(good()).await;
    let app = start(&service, &["--auth-rate-limit", "true"]).await;
    let client = app.anonymous();
    let foreign =
        [("origin", "https://evil.example"), ("x-captcha-response", "t"), ("cookie", "a=b")];
    let path = "/api/auth/sign-in/email";
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    client
        .post_with_headers(path, &foreign, body.clone())
        .await
        .assert_error(403, "INVALID_ORIGIN");
    assert_eq!(service.requests().len(), 1);
    for _ in 0..2 {
        client
            .post_with_headers(path, &[], body.clone())
            .await
            .assert_error(400, "MISSING_RESPONSE");
    }
    assert_eq!(client.post_with_headers(path, &foreign, body).await.status.as_u16(), 429);
    assert!(service.requests().is_empty());
}

#[tokio::test]
async fn a_path_of_a_route_and_its_aliases_require_a_token() {
    let service = FakeService::start(good()).await;
    let endpoints = "--auth-captcha-endpoints=/callback/google,/email-otp/request-password-reset";
    let url = format!("--auth-captcha-site-verify-url={}", service.url);
    let on = ["--auth-plugins=captcha,email-otp", "--auth-captcha-secret-key=hush"];
    let app = TestApp::start_with(&[&on[..], &[&url, endpoints]].concat()).await;
    for route in [
        "callback/google",
        "callback/%67oogle",
        "email-otp/request-password-reset",
        "forget-password/email-otp",
    ] {
        let missing = post(&app.anonymous(), route, None, json!({ "email": EMAIL })).await;
        missing.assert_error(400, "MISSING_RESPONSE");
    }
    let other = post(&app.anonymous(), "callback/github", None, json!({})).await;
    assert_ne!(other.status.as_u16(), 400, "{}", other.text);
}

#[tokio::test]
async fn a_mailed_link_opens_where_setting_the_password_requires_a_token() {
    let service = FakeService::start(good()).await;
    let app = start(&service, &["--auth-captcha-endpoints=/reset-password"]).await;
    let client = app.anonymous();
    let opened = client.get_auth("reset-password/wrong?callbackURL=/").await;
    assert_eq!(opened.status.as_u16(), 302, "{}", opened.text);
    for route in ["reset-password", "reset-password/wrong"] {
        post(&client, route, None, json!({})).await.assert_error(400, "MISSING_RESPONSE");
    }
}
