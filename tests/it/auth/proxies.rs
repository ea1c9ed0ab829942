//! The client address, with and without proxies.

use chrono::TimeDelta;
use domain::AbilityFactory;
use serde_json::{Value, json};
use server::{App, Config};

use crate::it::support::{PASSWORD, Response, ServerProcess, TestApp, TestDatabase, cli};

const PROXY: &str = "10.0.0.1";
/// The network of `::1` in better-auth's notation.
const LOOPBACK_NETWORK: &str = "0000:0000:0000:0000:0000:0000:0000:0000";
const TRUSTING: [&str; 2] = ["--auth-trusted-proxies", "10.0.0.0/8, fd00::1"];

/// Signs a new user up with these headers.
async fn sign_up(app: &TestApp, peer: &str, headers: &[(&str, &str)]) -> Response {
    let name = domain::id::random_alphanumeric().to_lowercase();
    let email = format!("{name}@example.com");
    let body = json!({ "name": name, "email": email, "password": PASSWORD });
    app.anonymous()
        .at_address(peer)
        .post_with_headers("/api/auth/sign-up/email", headers, body)
        .await
}

/// Returns the address stored in the session of a new user.
async fn stored_address(app: &TestApp, peer: &str, headers: &[(&str, &str)]) -> String {
    let token = sign_up(app, peer, headers).await.json()["token"].as_str().unwrap().to_owned();
    let sql = format!(r#"select "ipAddress" from "session" where "token" = '{token}'"#);
    app.database.first_column(&sql).await.remove(0)
}

#[tokio::test]
async fn a_session_stores_the_address_from_a_trusted_proxy() {
    let app = TestApp::start_with(&TRUSTING).await;
    for (peer, forwarded, expected) in [
        (PROXY, "192.0.2.7", "192.0.2.7"),
        ("fd00::1", "192.0.2.7", "192.0.2.7"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
        (PROXY, "203.0.113.9, 192.0.2.7", "192.0.2.7"),
        (PROXY, "203.0.113.9, 192.0.2.7, 10.9.9.9", "192.0.2.7"),
        (PROXY, "2001:db8:1:2:3::4", "2001:0db8:0001:0002:0000:0000:0000:0000"),
        (PROXY, "unknown", PROXY),
        (PROXY, "", PROXY),
        ("192.0.2.9", "203.0.113.9", "192.0.2.9"),
    ] {
        let headers = [("x-forwarded-for", forwarded)];
        assert_eq!(stored_address(&app, peer, &headers).await, expected, "{peer}: {forwarded}");
    }
    let several = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.7")];
    assert_eq!(stored_address(&app, PROXY, &several).await, "192.0.2.7");
    assert_eq!(stored_address(&app, PROXY, &[("x-real-ip", "192.0.2.7")]).await, PROXY);
    let untrusted_proxy_events =
        r#"select distinct "ip" from "auditEvent" where "action" = 'sign-in'"#;
    assert!(
        app.database.first_column(untrusted_proxy_events).await.contains(&"192.0.2.7".to_owned())
    );
}

#[tokio::test]
async fn forwarded_headers_of_untrusted_peers_are_ignored() {
    let app = TestApp::start().await;
    for name in ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "x-client-ip"] {
        for peer in [PROXY, "127.0.0.1", "::1"] {
            let expected = if peer == "::1" { LOOPBACK_NETWORK } else { peer };
            assert_eq!(
                stored_address(&app, peer, &[(name, "192.0.2.7")]).await,
                expected,
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn forged_addresses_do_not_evade_limits() {
    let flags = [&TRUSTING[..], &["--auth-rate-limit", "true"]].concat();
    let app = TestApp::start_with(&flags).await;
    let status = async |peer: &str, forwarded: String| {
        let headers = [("x-forwarded-for", forwarded.as_str())];
        let client = app.anonymous().at_address(peer);
        client
            .post_with_headers("/api/auth/sign-in/email", &headers, json!({}))
            .await
            .status
            .as_u16()
    };
    for n in 0..5 {
        let expected = if n < 3 { 400 } else { 429 };
        assert_eq!(status("192.0.2.1", format!("203.0.113.{n}")).await, expected);
        assert_eq!(status(PROXY, format!("203.0.113.{n}, 192.0.2.2")).await, expected);
        assert_eq!(status(PROXY, format!("nonsense {n}")).await, expected);
    }
    let many = (0..1_000).map(|n| format!("10.1.{}.{}", n / 250, n % 250)).collect::<Vec<_>>();
    assert_eq!(status(PROXY, many.join(", ")).await, 400);
    assert_eq!(status("192.0.2.1", many.join(", ")).await, 429);
    assert_eq!(status(PROXY, format!("192.0.2.2, {}", many.join(","))).await, 429);
}

#[tokio::test]
async fn malformed_forwarded_headers_are_ignored() {
    let app = TestApp::start_with(&TRUSTING).await;
    let long = "1".repeat(20_000);
    let commas = ",".repeat(20_000);
    for value in ["", " ", "é", "\t", "[", "[::1", "::1]:1", "1.2.3.4:", ":", "%00", &long, &commas]
    {
        let headers = [("x-forwarded-for", value), ("forwarded", value), ("x-real-ip", value)];
        for peer in [PROXY, "192.0.2.1"] {
            assert_eq!(stored_address(&app, peer, &headers).await, peer, "{value:.20}");
        }
    }
}

/// Returns the audit events about untrusted proxies.
async fn untrusted_proxy_events(app: &TestApp) -> Vec<String> {
    let sql = r#"select "ip" || ' ' || "actor" || ' ' || "outcome" from "auditEvent" where "action" = 'untrusted-proxy'"#;
    app.database.first_column(sql).await
}

/// Returns the startup notices about untrusted proxies.
async fn notices(app: &TestApp, flags: &[&str]) -> Vec<String> {
    let config = Config::new(cli(&app.database, flags).settings).unwrap();
    let (_, opened) = App::open(&config, app.clock.clone(), AbilityFactory::default(), 3000, false)
        .await
        .unwrap();
    opened.notices.into_iter().filter(|notice| notice.contains("AUTH_TRUSTED_PROXIES")).collect()
}

#[tokio::test]
async fn an_untrusted_proxy_is_recorded_and_noticed_at_the_next_start() {
    let app = TestApp::start().await;
    assert_eq!(notices(&app, &[]).await, [""; 0]);
    app.anonymous().at_address("2001:db8:1:2:3::4").get("/api/auth/ok").await;
    assert_eq!(untrusted_proxy_events(&app).await, [""; 0]);

    for peer in ["2001:db8:1:2:3::4", "192.0.2.1"] {
        sign_up(&app, peer, &[("forwarded", "for=203.0.113.9")]).await;
    }

    assert_eq!(untrusted_proxy_events(&app).await, ["2001:db8:1:2:3::4 nobody UNTRUSTED_PROXY"]);
    app.clock.advance(TimeDelta::days(7) - TimeDelta::milliseconds(1));
    let [notice] = notices(&app, &[]).await.try_into().unwrap();
    assert!(notice.contains("set AUTH_TRUSTED_PROXIES=2001:db8:1:2:3::4"), "{notice}");
    assert_eq!(notices(&app, &TRUSTING).await, [""; 0]);
    app.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(notices(&app, &[]).await, [""; 0]);
}

#[tokio::test]
async fn a_trusted_proxy_is_not_recorded() {
    let app = TestApp::start_with(&TRUSTING).await;
    sign_up(&app, PROXY, &[("x-forwarded-for", "192.0.2.7")]).await;
    assert_eq!(untrusted_proxy_events(&app).await, [""; 0]);
}

#[tokio::test]
async fn an_untrusted_proxy_is_logged_once_and_shown_at_the_next_start() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let http = server.http();
    for n in 0..3 {
        let request = http.send(|client, base| {
            let request = client.get(format!("{base}/api/auth/get-session"));
            request.header("x-forwarded-for", format!("203.0.113.{n}"))
        });
        assert_eq!(request.await.unwrap().json(), Value::Null);
    }
    let log = server.terminate().await.stderr;
    assert_eq!(log.matches("set AUTH_TRUSTED_PROXIES=127.0.0.1").count(), 1, "{log}");

    let screen = ServerProcess::start(&database).await.process.stdout();
    assert!(screen.contains("set AUTH_TRUSTED_PROXIES=127.0.0.1"), "{screen}");
}
