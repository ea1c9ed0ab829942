//! The limits of wrong passwords: per account, per client network and per known client.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, Response, TestApp, without_unavailable};

const TOO_MANY: &str = r#"{"message":"Too many requests. Please try again later."}"#;

/// Starts an application with limits in this storage.
async fn start(storage: &str) -> TestApp {
    TestApp::start_with(&["--auth-rate-limit", "true", "--auth-rate-limit-storage", storage]).await
}

/// Signs in from a new client address.
async fn try_from(app: &TestApp, n: u8, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    let client = app.anonymous().at_address(&format!("203.0.113.{n}"));
    client.post("/api/auth/sign-in/email", body).await
}

/// Tries wrong passwords until a request is refused. Returns the number of tries and the refusal.
async fn exhaust(app: &TestApp, email: &str) -> (u8, Response) {
    for n in 0..=60 {
        let response = try_from(app, n, email, "wrong horse battery").await;
        if response.status.as_u16() != 401 {
            return (n, response);
        }
    }
    panic!("no request was refused");
}

#[tokio::test]
async fn an_account_accepts_forty_wrong_passwords_a_minute_from_all_addresses() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        app.signed_in("ann").await;

        let (tried, refused) = exhaust(&app, "ann@example.com").await;

        assert_eq!((tried, refused.status.as_u16()), (40, 429), "{storage}");
        assert_eq!(refused.text, TOO_MANY);
        assert_eq!(refused.header("x-retry-after"), "60");
        assert_eq!(refused.header("retry-after"), "60");
        // The correct password is refused as well, in every spelling of the address.
        let right = try_from(&app, 200, "ANN@Example.com", PASSWORD).await;
        assert_eq!((right.status.as_u16(), right.text.as_str()), (429, TOO_MANY));
        // Other accounts are not limited.
        assert_eq!(try_from(&app, 201, "bob@example.com", PASSWORD).await.status.as_u16(), 401);
        app.clock.advance(TimeDelta::minutes(1));
        let right = try_from(&app, 202, "ann@example.com", PASSWORD).await;
        assert_eq!(right.status.as_u16(), 200, "{}", right.text);
    }
}

/// Returns actor, subject and count of the audit rows about too many wrong passwords.
async fn audit_rows(app: &TestApp) -> Vec<String> {
    let sql = r#"select "action" || ' ' || "actor" || ' ' || coalesce("subject", '-') || ' ' ||
        sum("count") from "auditEvent" where "outcome" = 'TOO_MANY_WRONG_PASSWORDS'
        group by "action", "actor", "subject" order by 1"#;
    app.database.first_column(sql).await
}

#[tokio::test]
async fn too_many_wrong_passwords_are_audited() {
    let app = start("memory").await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    exhaust(&app, "ann@example.com").await;
    assert_eq!(audit_rows(&app).await, [format!("sign-in nobody {id} 1")]);
    // An unknown address is recorded as well, in the same time.
    exhaust(&app, "nobody@example.com").await;
    assert_eq!(
        audit_rows(&app).await,
        ["sign-in nobody - 1".to_owned(), format!("sign-in nobody {id} 1")]
    );
    for _ in 0..12 {
        verify_password(&ann, "wrong horse battery").await;
    }
    assert_eq!(audit_rows(&app).await[2], format!("verify-password {id} {id} 2"));
}

#[tokio::test]
async fn unknown_accounts_are_limited_like_known_ones() {
    let app = start("memory").await;
    app.signed_in("ann").await;
    let (known, known_response) = exhaust(&app, "ann@example.com").await;
    let (unknown, unknown_response) = exhaust(&app, "nobody@example.com").await;
    assert_eq!(known, unknown);
    assert_eq!(
        (known_response.status, known_response.text),
        (unknown_response.status, unknown_response.text)
    );
    for name in ["x-retry-after", "retry-after"] {
        assert_eq!(known_response.headers[name], unknown_response.headers[name]);
    }
}

/// Posts `verify-password`, and returns the status.
async fn verify_password(client: &Client, password: &str) -> u16 {
    let body = json!({ "password": password });
    client.post("/api/auth/verify-password", body).await.status.as_u16()
}

/// Signs in from a new client address with the cookies of `client`.
async fn sign_in_from(client: &Client, n: u8, password: &str) -> u16 {
    let client = client.duplicate().at_address(&format!("198.51.100.{n}"));
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
            assert_eq!(verify_password(&ann, PASSWORD).await, 200, "{storage}");
        }
        assert_eq!(exhaust(&app, "ann@example.com").await.0, 40, "{storage}");
    }
}

#[tokio::test]
async fn forty_of_fifty_concurrent_wrong_passwords_are_tried() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        app.signed_in("ann").await;
        let mut sign_ins = JoinSet::new();
        for n in 0..50 {
            let client = app.anonymous().at_address(&format!("203.0.113.{n}"));
            sign_ins.spawn(async move {
                client.sign_in("ann@example.com", "wrong horse battery").await.status_and_code()
            });
        }
        let outcomes = without_unavailable(sign_ins.join_all().await);
        let tried = outcomes.iter().filter(|(status, _)| *status == 401).count();
        // A request that timed out in the queue tried no password.
        let waited = 50 - outcomes.len();
        assert!((40 - waited..=40).contains(&tried), "{storage}: {tried}");
    }
}

#[tokio::test]
async fn attackers_do_not_lock_out_signed_in_users_or_known_devices() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        let (ann, before) = (app.signed_in("ann").await, app.anonymous());
        before.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        before.post_auth_strings("sign-out", &[]).await.expect_ok();
        let unknown = app.anonymous();

        exhaust(&app, "ann@example.com").await;

        assert_eq!(sign_in_from(&unknown, 1, PASSWORD).await, 429, "{storage}");
        assert_eq!(sign_in_from(&before, 2, PASSWORD).await, 200, "{storage}");
        assert_eq!(verify_password(&ann, PASSWORD).await, 200, "{storage}");
        let change = [("currentPassword", PASSWORD), ("newPassword", "another horse battery")];
        ann.post_auth_strings("change-password", &change).await.expect_ok();
        // The client that changed the password remains known; all others are forgotten.
        assert_eq!(sign_in_from(&ann, 3, "another horse battery").await, 200, "{storage}");
        assert_eq!(sign_in_from(&before, 4, "another horse battery").await, 429, "{storage}");
        ann.post_auth_strings("delete-user", &[("password", "another horse battery")])
            .await
            .expect_ok();
    }
}

#[tokio::test]
async fn a_session_and_a_known_device_have_ten_tries_of_their_own() {
    let app = start("memory").await;
    let (ann, phone) = (app.signed_in("ann").await, app.anonymous());
    phone.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    for n in 0..10 {
        assert_eq!(verify_password(&ann, "wrong horse battery").await, 400, "{n}");
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
    assert_eq!(verify_password(&phone, PASSWORD).await, 200);
    for n in 0..10 {
        assert_eq!(sign_in_from(&ann, n, "wrong horse battery").await, 401, "{n}");
    }
    assert_eq!(sign_in_from(&ann, 20, PASSWORD).await, 429);
    assert_eq!(sign_in_from(&phone, 21, PASSWORD).await, 200);
    assert_eq!(sign_in_from(&app.anonymous(), 22, PASSWORD).await, 200);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(verify_password(&ann, PASSWORD).await, 200);
    assert_eq!(sign_in_from(&ann, 23, PASSWORD).await, 200);
}

#[tokio::test]
async fn the_known_device_cookie_is_valid_for_its_user_only() {
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
        assert_eq!(sign_in_from(&client, 1, PASSWORD).await, 429);
    }
    ann.post_auth_strings("sign-out", &[]).await.expect_ok();
    assert_eq!(ann.cookies()[name], cookie);
    assert_eq!(sign_in_from(&ann, 2, PASSWORD).await, 200);
}

/// Signs in with unknown accounts from IPv6 networks, and returns the number of tries before the
/// first refusal.
async fn tries_before_refusal(app: &TestApp, network: &str, limit: u8) -> u8 {
    for n in 0..limit {
        // Requests of one /64 network are limited as well.
        let client = app.anonymous().at_address(&format!("2001:db8:1:{network}{n:02x}::7"));
        let response = client.sign_in(&format!("nobody-{n}@example.com"), PASSWORD).await;
        if response.status.as_u16() == 429 {
            return n;
        }
    }
    limit
}

#[tokio::test]
async fn ipv6_clients_are_limited_by_56_and_48_bit_networks() {
    let app = start("memory").await;
    assert_eq!(tries_before_refusal(&app, "1", 60).await, 48, "a /56");
    // The limit of one /56 network leaves room for the others of its /48.
    assert_eq!(tries_before_refusal(&app, "2", 30).await, 30);
    assert_eq!(tries_before_refusal(&app, "3", 30).await, 18, "a /48");
    let elsewhere = app.anonymous().at_address("2001:db8:2:1::7");
    assert_eq!(elsewhere.sign_in("nobody@example.com", PASSWORD).await.status.as_u16(), 401);
}

#[tokio::test]
async fn password_counters_store_no_email_addresses() {
    let app = start("database").await;
    try_from(&app, 1, "ann@example.com", PASSWORD).await;
    let keys = app.database.first_column(r#"select "key" from "rateLimit" order by "key""#).await;
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert!(keys.iter().all(|key| !key.contains("ann")), "{keys:?}");
}

#[tokio::test]
async fn passwords_are_unlimited_when_the_rate_limit_is_off() {
    let app = TestApp::start().await;
    let ann = app.anonymous().at_address("192.0.2.1");
    ann.sign_up("ann").await;
    for _ in 0..25 {
        assert_eq!(verify_password(&ann, PASSWORD).await, 200);
    }
}
