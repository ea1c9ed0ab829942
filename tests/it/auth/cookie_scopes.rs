//! Browsers that hold several cookies of one name: for the host alone and for a domain, and
//! with and without `__Secure-`, as the settings changed.

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

/// Settings of one server: where browsers find it, and the domain of its cookies.
type Place = (&'static str, &'static str);

const PLACES: [Place; 6] = [
    (HTTP, ""),
    (HTTP, "books.test"),
    (HTTP, "app.books.test"),
    (HTTPS, ""),
    (HTTPS, "books.test"),
    (HTTPS, "app.books.test"),
];

/// Servers of one database, one for each place, under further flags.
async fn servers(places: &[Place], flags: &[&str]) -> Vec<(TestApp, &'static str)> {
    let first = TestApp::start().await;
    for name in ["ann", "bob"] {
        first.anonymous().sign_up(name).await;
    }
    let mut servers = Vec::new();
    for (base, domain) in places {
        let own = ["--better-auth-url", base, "--auth-cookie-domain", domain];
        servers.push((first.restart_with(&[&own, flags].concat()).await, *base));
    }
    servers
}

async fn is(browser: &Browser, (app, base): &(TestApp, &str), name: Option<&str>) {
    let name = name.map(str::to_owned);
    assert_eq!(browser.session_user_name(app, base).await, name);
    assert_eq!(browser.graphql_user_name(app, base).await, name);
    assert_eq!(browser.session_user_name(app, base).await, name);
}

/// Who held a cookie of one scope and signs out and in under the other one.
#[tokio::test]
async fn a_changed_domain_locks_nobody_out() {
    for cache in ["off", "compact"] {
        let servers = servers(&PLACES[..3], &["--auth-cookie-cache", cache]).await;
        for before in &servers {
            for after in &servers {
                let browser = Browser::default();
                browser.sign_in(&before.0, before.1, "ann").await;
                is(&browser, after, Some("ann")).await;
                browser.sign_out(&after.0, after.1).await;
                assert!(browser.has_no_session());
                browser.sign_in(&after.0, after.1, "bob").await;
                is(&browser, after, Some("bob")).await;
                is(&browser, before, Some("bob")).await;
                assert_eq!(browser.cookies(TOKEN).len(), 1);
                // Without signing out before.
                browser.sign_in(&before.0, before.1, "ann").await;
                is(&browser, before, Some("ann")).await;
                assert_eq!(browser.cookies(TOKEN).len(), 1);
            }
        }
    }
}

/// As a version before this one left them: the dead one is sent first.
#[tokio::test]
async fn a_dead_cookie_beside_a_living_one_is_removed_wherever_it_stands() {
    for cache in ["off", "compact"] {
        let servers = servers(&PLACES[..3], &["--auth-cookie-cache", cache]).await;
        for old in &servers {
            for new in servers.iter().filter(|new| !std::ptr::eq(old, *new)) {
                for reader in [old, new] {
                    let browser = with_both(old, new).await;
                    assert_eq!(
                        browser.graphql_user_name(&reader.0, reader.1).await.as_deref(),
                        Some("bob")
                    );
                    is(&browser, reader, Some("bob")).await;
                    assert_eq!(browser.cookies(TOKEN).len(), 1);
                    assert!(browser.cookies("session_data").len() <= 1);
                    assert!(browser.cookies("dont_remember").is_empty());
                }
            }
        }
    }
}

/// A browser with a session of ann's that was ended elsewhere, of `old`, and one of bob's.
async fn with_both(old: &(TestApp, &str), new: &(TestApp, &str)) -> Browser {
    let (first, second) = (Browser::default(), Browser::default());
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
    first.post_auth(&old.0, old.1, "sign-in/email", body).await.expect_ok();
    second.sign_in(&new.0, new.1, "bob").await;
    let anns = r#"(select "id" from "user" where "name" = 'ann')"#;
    let ended = format!(r#"delete from "session" where "userId" in {anns}"#);
    old.0.database.execute(&ended).await;
    first.add_cookies_of(&second, new.1);
    first
}

#[tokio::test]
async fn two_dead_cookies_are_both_removed() {
    let servers = servers(&PLACES[..3], &[]).await;
    for old in &servers {
        for new in &servers {
            let browser = with_both(old, new).await;
            old.0.database.execute(r#"delete from "session""#).await;
            is(&browser, new, None).await;
            assert!(browser.has_no_session());
            browser.sign_in(&old.0, old.1, "ann").await;
            is(&browser, old, Some("ann")).await;
        }
    }
}

/// Everything that ends the session's cookies ends those of the other scope.
#[tokio::test]
async fn whatever_ends_a_session_removes_its_cookies_in_every_scope() {
    let servers = servers(&PLACES[..2], &[]).await;
    let change = json!({
        "currentPassword": PASSWORD, "newPassword": PASSWORD, "revokeOtherSessions": true
    });
    for place in [0, 1] {
        let (old, new) = (&servers[place], &servers[1 - place]);
        let browser = Browser::default();
        browser.sign_in(&old.0, old.1, "bob").await;
        browser.post_auth(&new.0, new.1, "change-password", change.clone()).await.expect_ok();
        assert_eq!(browser.cookies(TOKEN).len(), 1);
        is(&browser, new, Some("bob")).await;

        let eve = format!("eve{place}");
        let account =
            json!({ "name": eve, "email": format!("{eve}@example.com"), "password": PASSWORD });
        browser.post_auth(&old.0, old.1, "sign-up/email", account).await.expect_ok();
        let delete = json!({ "password": PASSWORD });
        browser.post_auth(&new.0, new.1, "delete-user", delete).await.expect_ok();
        assert!(browser.has_no_session());
    }
}

/// A session that was extended under the new setting is not shown twice for ever.
#[tokio::test]
async fn an_extended_session_moves_to_the_new_scope() {
    let servers = servers(&PLACES[..2], &[]).await;
    for place in [0, 1] {
        let (old, new) = (&servers[place], &servers[1 - place]);
        let browser = Browser::default();
        browser.sign_in(&old.0, old.1, "ann").await;
        for _ in 0..2 {
            new.0.clock.advance(TimeDelta::days(2));
            is(&browser, new, Some("ann")).await;
        }
        assert_eq!(browser.cookies(TOKEN).len(), 1);
    }
}

/// A random walk among servers of all settings, with a fixed seed: who is signed in is who
/// signed in last by this form of the name.
#[tokio::test]
async fn whoever_signed_in_last_is_signed_in() {
    let servers = servers(&PLACES, &["--auth-cookie-cache", "compact"]).await;
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let browser = Browser::default();
    // By http, and by https.
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

/// The pair of a client's session as a request carries it.
fn pair(client: &Client) -> String {
    format!("{TOKEN}={}", client.cookies()[TOKEN])
}

async fn send(app: &TestApp, method: &str, route: &str, cookies: &str) -> Response {
    let request = Request::builder().method(method).uri(format!("/api/auth/{route}"));
    let request = request.header(COOKIE, cookies).header(ORIGIN, "http://localhost:3000");
    app.anonymous().send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_sign_out_ends_every_session_that_the_browser_shows() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut pairs = vec![pair(&ann)];
    for _ in 0..9 {
        ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        pairs.push(pair(&ann));
    }
    let cookies = format!("{TOKEN}=garbage; {}", pairs.join("; "));
    send(&app, "POST", "sign-out", &cookies).await.expect_ok();
    assert!(app.database.first_column(r#"select "id" from "session""#).await.is_empty());
}

#[tokio::test]
async fn many_pieces_of_a_cache_cost_few_lines() {
    for cache in ["off", "compact"] {
        let app = TestApp::start_with(&["--auth-cookie-cache", cache]).await;
        let ann = app.signed_in("ann").await;
        let pieces = (0..100).map(|index| format!("better-auth.session_data.{index}=x"));
        let cookies = [pair(&ann)].into_iter().chain(pieces).collect::<Vec<_>>().join("; ");
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
async fn many_cookies_cost_one_question() {
    let app = TestApp::start().await;
    let (ann, eve) = (app.signed_in("ann").await, app.signed_in("eve").await);
    let (hers, planted) = (pair(&ann), pair(&eve));
    let mut dead = vec![planted.clone()];
    for _ in 0..9 {
        eve.sign_in("eve@example.com", PASSWORD).await.expect_ok();
        dead.push(pair(&eve));
    }
    let eves = r#"(select "id" from "user" where "name" = 'eve')"#;
    let ended = format!(r#"delete from "session" where "userId" in {eves}"#);
    app.database.execute(&ended).await;
    let ask = async |cookies: &str| {
        let (response, cost) =
            app.count_statements(send(&app, "GET", "get-session", cookies)).await;
        (response.expect_ok()["user"]["name"].clone(), cost)
    };
    assert_eq!(ask(&hers).await, (json!("ann"), 1));
    assert_eq!(ask(&format!("{hers}; {hers}")).await, (json!("ann"), 1));
    assert_eq!(ask(&format!("{planted}; {hers}")).await, (json!("ann"), 1));
    let garbage = format!("{TOKEN}=planted.x; ").repeat(200);
    assert_eq!(ask(&format!("{garbage}{hers}")).await, (json!("ann"), 1));
    assert_eq!(ask(&garbage).await, (Value::Null, 0));
    let dead = dead.join("; ");
    assert_eq!(ask(&dead).await, (Value::Null, 1));
    // Nobody's browser holds as many.
    assert_eq!(ask(&format!("{dead}; {hers}")).await, (Value::Null, 1));
}
