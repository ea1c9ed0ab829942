//! How often a password may be wrong: of one account, by one client, and by whom the account
//! is.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, Response, TestApp, without_unavailable};

const TOO_MANY: &str = r#"{"message":"Too many requests. Please try again later."}"#;

async fn start(storage: &str) -> TestApp {
    TestApp::start_with(&["--auth-rate-limit", "true", "--auth-rate-limit-storage", storage]).await
}

/// Signs in from an address that nobody had before.
async fn try_from(app: &TestApp, n: u8, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    let client = app.anonymous().from_address(&format!("203.0.113.{n}"));
    client.post("/api/auth/sign-in/email", body).await
}

/// Tries until it is too much: how often, and the last answer.
async fn exhaust(app: &TestApp, email: &str) -> (u8, Response) {
    for n in 0..=60 {
        let response = try_from(app, n, email, "wrong horse battery").await;
        if response.status.as_u16() != 401 {
            return (n, response);
        }
    }
    panic!("never too much");
}

#[tokio::test]
async fn one_account_takes_forty_passwords_a_minute_from_all_addresses() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        app.signed_in("ann").await;

        let (tried, refused) = exhaust(&app, "ann@example.com").await;

        assert_eq!((tried, refused.status.as_u16()), (40, 429), "{storage}");
        assert_eq!(refused.text, TOO_MANY);
        assert_eq!(refused.header("x-retry-after"), "60");
        assert_eq!(refused.header("retry-after"), "60");
        // The right one is refused, too, in every spelling of the address.
        let right = try_from(&app, 200, "ANN@Example.com", PASSWORD).await;
        assert_eq!((right.status.as_u16(), right.text.as_str()), (429, TOO_MANY));
        // Somebody else is not.
        assert_eq!(try_from(&app, 201, "bob@example.com", PASSWORD).await.status.as_u16(), 401);
        app.clock.advance(TimeDelta::minutes(1));
        let right = try_from(&app, 202, "ann@example.com", PASSWORD).await;
        assert_eq!(right.status.as_u16(), 200, "{}", right.text);
    }
}

/// What the audit has of wrong passwords that were too many: who, about whom, how often.
async fn noted(app: &TestApp) -> Vec<String> {
    let sql = r#"select "action" || ' ' || "actor" || ' ' || coalesce("subject", '-') || ' ' ||
        sum("count") from "auditEvent" where "outcome" = 'TOO_MANY_WRONG_PASSWORDS'
        group by "action", "actor", "subject" order by 1"#;
    app.database.first_column(sql).await
}

#[tokio::test]
async fn too_many_wrong_passwords_are_in_the_audit() {
    let app = start("memory").await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    exhaust(&app, "ann@example.com").await;
    assert_eq!(noted(&app).await, [format!("sign-in nobody {id} 1")]);
    // Of an address that nobody has as well, which takes the same time.
    exhaust(&app, "nobody@example.com").await;
    assert_eq!(
        noted(&app).await,
        ["sign-in nobody - 1".to_owned(), format!("sign-in nobody {id} 1")]
    );
    for _ in 0..12 {
        verify(&ann, "wrong horse battery").await;
    }
    assert_eq!(noted(&app).await[2], format!("verify-password {id} {id} 2"));
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_limited_alike() {
    let app = start("memory").await;
    app.signed_in("ann").await;
    let (known, of_ann) = exhaust(&app, "ann@example.com").await;
    let (unknown, of_nobody) = exhaust(&app, "nobody@example.com").await;
    assert_eq!(known, unknown);
    assert_eq!((of_ann.status, of_ann.text), (of_nobody.status, of_nobody.text));
    for name in ["x-retry-after", "retry-after"] {
        assert_eq!(of_ann.headers[name], of_nobody.headers[name]);
    }
}

async fn verify(client: &Client, password: &str) -> u16 {
    let body = json!({ "password": password });
    client.post("/api/auth/verify-password", body).await.status.as_u16()
}

/// Signs in from an address that nobody had before, in the browser of `client`.
async fn return_from(client: &Client, n: u8, password: &str) -> u16 {
    let client = client.duplicate().from_address(&format!("198.51.100.{n}"));
    let body = json!({ "email": "ann@example.com", "password": password });
    client.post("/api/auth/sign-in/email", body).await.status.as_u16()
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        let ann = app.signed_in("ann").await;
        for n in 0..45 {
            let response = try_from(&app, n, "ann@example.com", PASSWORD).await;
            assert_eq!(response.status.as_u16(), 200, "{storage} {n}: {}", response.text);
        }
        for _ in 0..12 {
            assert_eq!(verify(&ann, PASSWORD).await, 200, "{storage}");
        }
        assert_eq!(exhaust(&app, "ann@example.com").await.0, 40, "{storage}");
    }
}

#[tokio::test]
async fn of_fifty_wrong_ones_at_once_forty_are_tried() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        app.signed_in("ann").await;
        let mut sign_ins = JoinSet::new();
        for n in 0..50 {
            let client = app.anonymous().from_address(&format!("203.0.113.{n}"));
            sign_ins.spawn(async move {
                client.sign_in("ann@example.com", "wrong horse battery").await.status_and_code()
            });
        }
        let ends = without_unavailable(sign_ins.join_all().await);
        let tried = ends.iter().filter(|(status, _)| *status == 401).count();
        // One that waited too long for its turn was not wrong.
        let waited = 50 - ends.len();
        assert!((40 - waited..=40).contains(&tried), "{storage}: {tried}");
    }
}

#[tokio::test]
async fn strangers_shut_out_neither_who_is_signed_in_nor_who_was() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        let (ann, before) = (app.signed_in("ann").await, app.anonymous());
        before.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        before.post_auth_strings("sign-out", &[]).await.expect_ok();
        let without = app.anonymous();

        exhaust(&app, "ann@example.com").await;

        assert_eq!(return_from(&without, 1, PASSWORD).await, 429, "{storage}");
        assert_eq!(return_from(&before, 2, PASSWORD).await, 200, "{storage}");
        assert_eq!(verify(&ann, PASSWORD).await, 200, "{storage}");
        let change = [("currentPassword", PASSWORD), ("newPassword", "another horse battery")];
        ann.post_auth_strings("change-password", &change).await.expect_ok();
        // The browser in which it was changed knows the new one; others are known no more.
        assert_eq!(return_from(&ann, 3, "another horse battery").await, 200, "{storage}");
        assert_eq!(return_from(&before, 4, "another horse battery").await, 429, "{storage}");
        ann.post_auth_strings("delete-user", &[("password", "another horse battery")])
            .await
            .expect_ok();
    }
}

#[tokio::test]
async fn a_session_and_a_known_browser_have_ten_of_their_own() {
    let app = start("memory").await;
    let (ann, phone) = (app.signed_in("ann").await, app.anonymous());
    phone.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    for n in 0..10 {
        assert_eq!(verify(&ann, "wrong horse battery").await, 400, "{n}");
    }
    for (path, body) in [
        ("verify-password", json!({ "password": PASSWORD })),
        ("delete-user", json!({ "password": PASSWORD })),
        (
            "change-password",
            json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" }),
        ),
    ] {
        let refused = ann.post(&format!("/api/auth/{path}"), body).await;
        assert_eq!((refused.status.as_u16(), refused.text.as_str()), (429, TOO_MANY), "{path}");
    }
    assert_eq!(verify(&phone, PASSWORD).await, 200);
    for n in 0..10 {
        assert_eq!(return_from(&ann, n, "wrong horse battery").await, 401, "{n}");
    }
    assert_eq!(return_from(&ann, 20, PASSWORD).await, 429);
    assert_eq!(return_from(&phone, 21, PASSWORD).await, 200);
    assert_eq!(return_from(&app.anonymous(), 22, PASSWORD).await, 200);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(verify(&ann, PASSWORD).await, 200);
    assert_eq!(return_from(&ann, 23, PASSWORD).await, 200);
}

#[tokio::test]
async fn the_cookie_of_a_known_browser_is_its_users_alone() {
    let app = start("memory").await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let name = "better-auth.known_device";
    let cookie = ann.cookies()[name].clone();
    assert!(!cookie.contains(&ann.user_id().await), "{cookie}");
    exhaust(&app, "ann@example.com").await;
    let of_bob = bob.cookies()[name].clone();
    for planted in [of_bob, cookie.replace('.', "x."), "x".to_owned()] {
        let client = app.anonymous();
        client.cookies().insert(name.to_owned(), planted);
        assert_eq!(return_from(&client, 1, PASSWORD).await, 429);
    }
    ann.post_auth_strings("sign-out", &[]).await.expect_ok();
    assert_eq!(ann.cookies()[name], cookie);
    assert_eq!(return_from(&ann, 2, PASSWORD).await, 200);
}

/// Wrong passwords of nobody from addresses of IPv6, until it is too much.
async fn wrong_from(app: &TestApp, network: &str, most: u8) -> u8 {
    for n in 0..most {
        // Requests of one /64 are limited, too.
        let client = app.anonymous().from_address(&format!("2001:db8:1:{network}{n:02x}::7"));
        let response = client.sign_in(&format!("nobody-{n}@example.com"), PASSWORD).await;
        if response.status.as_u16() == 429 {
            return n;
        }
    }
    most
}

#[tokio::test]
async fn ipv6_is_counted_in_widening_networks() {
    let app = start("memory").await;
    assert_eq!(wrong_from(&app, "1", 60).await, 48, "a /56");
    // It has not shut out the others of its /48, which have an end, too.
    assert_eq!(wrong_from(&app, "2", 30).await, 30);
    assert_eq!(wrong_from(&app, "3", 30).await, 18, "a /48");
    let elsewhere = app.anonymous().from_address("2001:db8:2:1::7");
    assert_eq!(elsewhere.sign_in("nobody@example.com", PASSWORD).await.status.as_u16(), 401);
}

#[tokio::test]
async fn no_address_of_a_person_is_kept_where_passwords_are_counted() {
    let app = start("database").await;
    try_from(&app, 1, "ann@example.com", PASSWORD).await;
    let keys = app.database.first_column(r#"select "key" from "rateLimit" order by "key""#).await;
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| !key.contains("ann")), "{keys:?}");
}

#[tokio::test]
async fn switched_off_passwords_are_not_counted() {
    let app = TestApp::start().await;
    let ann = app.anonymous().from_address("192.0.2.1");
    ann.sign_up("ann").await;
    for _ in 0..25 {
        assert_eq!(verify(&ann, PASSWORD).await, 200);
    }
}
