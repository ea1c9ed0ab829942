//! Browsers with several cookies of one name: host-only and with a domain, and with and without
//! `__Secure-`, after the settings changed.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{
        Request,
        header::{COOKIE, ORIGIN},
    },
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Browser, Client, PASSWORD, Response, TestApp};

const HTTP: &str = "http://app.books.test";
const HTTPS: &str = "https://app.books.test";
const TOKEN: &str = "better-auth.session_token";

/// Base URL and cookie domain of one server.
type Scope = (&'static str, &'static str);

const SCOPES: [Scope; 6] = [
    (HTTP, ""),
    (HTTP, "books.test"),
    (HTTP, "app.books.test"),
    (HTTPS, ""),
    (HTTPS, "books.test"),
    (HTTPS, "app.books.test"),
];

/// Opens one server per scope on one database, with additional flags.
async fn servers(scopes: &[Scope], flags: &[&str]) -> Vec<(TestApp, &'static str)> {
    let first = TestApp::start().await;
    for name in ["ann", "bob"] {
        first.anonymous().sign_up(name).await;
    }
    let mut servers = Vec::new();
    for (base, domain) in scopes {
        let scope = ["--better-auth-url", base, "--auth-cookie-domain", domain];
        servers.push((first.restart_with(&[&scope, flags].concat()).await, *base));
    }
    servers
}

/// Asserts the signed-in user's name.
async fn assert_user(browser: &Browser, (app, base): &(TestApp, &str), name: Option<&str>) {
    let name = name.map(str::to_owned);
    assert_eq!(browser.session_user_name(app, base).await, name);
    assert_eq!(browser.graphql_user_name(app, base).await, name);
    assert_eq!(browser.session_user_name(app, base).await, name);
}

/// A session of one scope ends, and a new one begins in another scope.
#[tokio::test]
async fn users_sign_in_and_out_after_the_cookie_domain_changed() {
    for cache in ["off", "compact"] {
        let servers = servers(&SCOPES[..3], &["--auth-cookie-cache", cache]).await;
        for before in &servers {
            for after in &servers {
                let browser = Browser::default();
                browser.sign_in(&before.0, before.1, "ann").await;
                assert_user(&browser, after, Some("ann")).await;
                browser.sign_out(&after.0, after.1).await;
                assert!(browser.has_no_session());
                browser.sign_in(&after.0, after.1, "bob").await;
                assert_user(&browser, after, Some("bob")).await;
                assert_user(&browser, before, Some("bob")).await;
                assert_eq!(browser.cookies(TOKEN).len(), 1);
                // Signing in again replaces the session.
                browser.sign_in(&before.0, before.1, "ann").await;
                assert_user(&browser, before, Some("ann")).await;
                assert_eq!(browser.cookies(TOKEN).len(), 1);
            }
        }
    }
}

/// An earlier version could leave both cookies; the expired one is sent first.
#[tokio::test]
async fn an_expired_cookie_beside_a_valid_one_is_removed() {
    for cache in ["off", "compact"] {
        let servers = servers(&SCOPES[..3], &["--auth-cookie-cache", cache]).await;
        for old in &servers {
            for new in servers.iter().filter(|new| !std::ptr::eq(old, *new)) {
                for reader in [old, new] {
                    let browser = with_both_cookies(old, new).await;
                    assert_eq!(
                        browser.graphql_user_name(&reader.0, reader.1).await.as_deref(),
                        Some("bob")
                    );
                    assert_user(&browser, reader, Some("bob")).await;
                    assert_eq!(browser.cookies(TOKEN).len(), 1);
                    assert!(browser.cookies("session_data").len() <= 1);
                    assert!(browser.cookies("dont_remember").is_empty());
                }
            }
        }
    }
}

/// Returns a browser with a deleted session of ann from `old` and a session of bob from `new`.
async fn with_both_cookies(old: &(TestApp, &str), new: &(TestApp, &str)) -> Browser {
    let (first, second) = (Browser::default(), Browser::default());
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
    first.post_auth(&old.0, old.1, "sign-in/email", body).await.expect_ok();
    second.sign_in(&new.0, new.1, "bob").await;
    let ann_id = r#"(select "id" from "user" where "name" = 'ann')"#;
    let delete = format!(r#"delete from "session" where "userId" in {ann_id}"#);
    old.0.database.execute(&delete).await;
    first.add_cookies_of(&second, new.1);
    first
}

#[tokio::test]
async fn two_expired_cookies_are_both_removed() {
    let servers = servers(&SCOPES[..3], &[]).await;
    for old in &servers {
        for new in &servers {
            let browser = with_both_cookies(old, new).await;
            old.0.database.execute(r#"delete from "session""#).await;
            assert_user(&browser, new, None).await;
            assert!(browser.has_no_session());
            browser.sign_in(&old.0, old.1, "ann").await;
            assert_user(&browser, old, Some("ann")).await;
        }
    }
}

/// Ending a session also removes the cookies of the other scope.
#[tokio::test]
async fn ending_a_session_removes_its_cookies_in_every_scope() {
    let servers = servers(&SCOPES[..2], &[]).await;
    let change = json!({
        "currentPassword": PASSWORD, "newPassword": PASSWORD, "revokeOtherSessions": true
    });
    for index in [0, 1] {
        let (old, new) = (&servers[index], &servers[1 - index]);
        let browser = Browser::default();
        browser.sign_in(&old.0, old.1, "bob").await;
        browser.post_auth(&new.0, new.1, "change-password", change.clone()).await.expect_ok();
        assert_eq!(browser.cookies(TOKEN).len(), 1);
        assert_user(&browser, new, Some("bob")).await;

        let eve = format!("eve{index}");
        let account =
            json!({ "name": eve, "email": format!("{eve}@example.com"), "password": PASSWORD });
        browser.post_auth(&old.0, old.1, "sign-up/email", account).await.expect_ok();
        let delete = json!({ "password": PASSWORD });
        browser.post_auth(&new.0, new.1, "delete-user", delete).await.expect_ok();
        assert!(browser.has_no_session());
    }
}

/// Otherwise the browser would send both cookies forever.
#[tokio::test]
async fn an_extended_session_moves_to_the_new_scope() {
    let servers = servers(&SCOPES[..2], &[]).await;
    for index in [0, 1] {
        let (old, new) = (&servers[index], &servers[1 - index]);
        let browser = Browser::default();
        browser.sign_in(&old.0, old.1, "ann").await;
        for _ in 0..2 {
            new.0.clock.advance(TimeDelta::days(2));
            assert_user(&browser, new, Some("ann")).await;
        }
        assert_eq!(browser.cookies(TOKEN).len(), 1);
    }
}

/// Random steps among servers of all scopes, with a fixed seed. The signed-in user is the one who
/// signed in last over this scheme.
#[tokio::test]
async fn the_last_sign_in_determines_the_user() {
    let servers = servers(&SCOPES, &["--auth-cookie-cache", "compact"]).await;
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        // Source: Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let browser = Browser::default();
    // The expected users over HTTP and HTTPS.
    let mut expected: [Option<&str>; 2] = [None, None];
    for step in 0..150 {
        let server = &servers[random(servers.len())];
        let https = usize::from(server.1 == HTTPS);
        match random(8) {
            0 => {
                let name = ["ann", "bob"][random(2)];
                browser.sign_in(&server.0, server.1, name).await;
                expected[https] = Some(name);
                expected[0] = expected[0].filter(|_| https == 0);
                assert!(browser.cookies(TOKEN).len() <= 2, "step {step}");
            }
            1 => {
                browser.sign_out(&server.0, server.1).await;
                expected = if https == 1 { [None, None] } else { [None, expected[1]] };
            }
            2 => server.0.clock.advance(TimeDelta::hours(13)),
            _ => {}
        }
        let name = expected[https].map(str::to_owned);
        assert_eq!(browser.session_user_name(&server.0, server.1).await, name, "step {step}");
        assert_eq!(browser.graphql_user_name(&server.0, server.1).await, name, "step {step}");
    }
}

/// Returns `name=value` of a client's session cookie.
fn session_pair(client: &Client) -> String {
    format!("{TOKEN}={}", client.cookies()[TOKEN])
}

/// Sends a request to an authentication route with this `Cookie` header.
async fn send(app: &TestApp, method: &str, route: &str, cookies: &str) -> Response {
    let request = Request::builder().method(method).uri(format!("/api/auth/{route}"));
    let request = request.header(COOKIE, cookies).header(ORIGIN, "http://localhost:3000");
    app.anonymous().send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn signing_out_ends_every_session_whose_cookie_is_sent() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut pairs = vec![session_pair(&ann)];
    for _ in 0..9 {
        ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        pairs.push(session_pair(&ann));
    }
    let cookies = format!("{TOKEN}=garbage; {}", pairs.join("; "));
    send(&app, "POST", "sign-out", &cookies).await.expect_ok();
    assert!(app.database.first_column(r#"select "id" from "session""#).await.is_empty());
}

#[tokio::test]
async fn many_cache_chunks_cause_few_set_cookie_headers() {
    for cache in ["off", "compact"] {
        let app = TestApp::start_with(&["--auth-cookie-cache", cache]).await;
        let ann = app.signed_in("ann").await;
        let pieces = (0..100).map(|index| format!("better-auth.session_data.{index}=x"));
        let cookies = [session_pair(&ann)].into_iter().chain(pieces).collect::<Vec<_>>().join("; ");
        for (method, route) in
            [("GET", "get-session"), ("GET", "list-sessions"), ("POST", "sign-out")]
        {
            let response = send(&app, method, route, &cookies).await;
            let lines = response.set_cookies();
            let distinct: BTreeSet<_> = lines.iter().collect();
            assert!(lines.len() <= 15 && distinct.len() == lines.len(), "{route}: {lines:#?}");
        }
    }
}

#[tokio::test]
async fn many_session_cookies_cause_one_statement() {
    let app = TestApp::start().await;
    let (ann, eve) = (app.signed_in("ann").await, app.signed_in("eve").await);
    let (valid, planted) = (session_pair(&ann), session_pair(&eve));
    let mut dead = vec![planted.clone()];
    for _ in 0..9 {
        eve.sign_in("eve@example.com", PASSWORD).await.expect_ok();
        dead.push(session_pair(&eve));
    }
    let eve_id = r#"(select "id" from "user" where "name" = 'eve')"#;
    let delete = format!(r#"delete from "session" where "userId" in {eve_id}"#);
    app.database.execute(&delete).await;
    let get_session = async |cookies: &str| {
        let (response, cost) =
            app.count_statements(send(&app, "GET", "get-session", cookies)).await;
        (response.expect_ok()["user"]["name"].clone(), cost)
    };
    assert_eq!(get_session(&valid).await, (json!("ann"), 1));
    assert_eq!(get_session(&format!("{valid}; {valid}")).await, (json!("ann"), 1));
    assert_eq!(get_session(&format!("{planted}; {valid}")).await, (json!("ann"), 1));
    let garbage = format!("{TOKEN}=planted.x; ").repeat(200);
    assert_eq!(get_session(&format!("{garbage}{valid}")).await, (json!("ann"), 1));
    assert_eq!(get_session(&garbage).await, (Value::Null, 0));
    let dead = dead.join("; ");
    assert_eq!(get_session(&dead).await, (Value::Null, 1));
    // More than 10 session cookies are ignored.
    assert_eq!(get_session(&format!("{dead}; {valid}")).await, (Value::Null, 1));
}
