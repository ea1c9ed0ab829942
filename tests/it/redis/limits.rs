//! Limits counted by several nodes together.

use chrono::TimeDelta;
use serde_json::json;

use super::{Shared, run_concurrently};
use crate::it::support::{Client, PASSWORD};

const ENABLED: [&str; 2] = ["--auth-rate-limit", "true"];
const SIGN_IN: &str = "/api/auth/sign-in/email";

#[tokio::test]
async fn nodes_count_requests_together_in_better_auths_layout() {
    let Some(shared) = Shared::start_with(&ENABLED).await else { return };
    let another = shared.open_another().await;
    let first = shared.app.anonymous().at_address("192.0.2.1");
    let second = Client::new(another.router()).at_address("192.0.2.1");
    for client in [&first, &second, &first] {
        assert_eq!(client.post(SIGN_IN, json!({})).await.status.as_u16(), 400);
    }

    let refused = second.post(SIGN_IN, json!({})).await;

    assert_eq!(refused.status.as_u16(), 429);
    let seconds: u32 = refused.header("x-retry-after").parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    // As in `increment` of @better-auth/redis-storage, refused requests are counted as well.
    let key = "192.0.2.1|/sign-in/email";
    assert_eq!(shared.redis.text(key).unwrap(), "4");
    assert!((1..=10).contains(&shared.redis.seconds(key)));
    let other = Client::new(another.router()).at_address("192.0.2.2");
    assert_eq!(other.post(SIGN_IN, json!({})).await.status.as_u16(), 400);

    // The window of that client ended.
    let _: () = shared.redis.run_command("DEL", &[&format!("better-auth:{key}")]);
    assert_eq!(second.post(SIGN_IN, json!({})).await.status.as_u16(), 400);
    assert!((1..=10).contains(&shared.redis.seconds(key)));
}

#[tokio::test]
async fn three_of_fifty_concurrent_requests_are_allowed() {
    let Some(shared) = Shared::start_with(&ENABLED).await else { return };
    let another = shared.open_another().await;

    let statuses = run_concurrently((0..50_u8).map(|number| {
        let router =
            if number.is_multiple_of(2) { shared.app.app.router() } else { another.router() };
        let client = Client::new(router).at_address("192.0.2.1");
        async move { client.post(SIGN_IN, json!({})).await.status.as_u16() }
    }))
    .await;

    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 3);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 47);
}

#[tokio::test]
async fn a_recipient_gets_five_mails_from_all_nodes_together() {
    let Some(shared) = Shared::start_with(&ENABLED).await else { return };
    let another = shared.open_another().await;
    shared.app.signed_in("ann").await;
    // The welcome mail does not count any more.
    shared.app.clock.advance(TimeDelta::hours(2));
    let got = async || {
        let mails = shared.app.app.mailer.messages(1_000).await.unwrap();
        mails.iter().filter(|mail| mail.kind == "reset").count()
    };
    let request_reset = async |number: usize| {
        let router =
            if number.is_multiple_of(2) { shared.app.app.router() } else { another.router() };
        let client = Client::new(router).at_address(&format!("203.0.113.{number}"));
        let body = json!({ "email": "ann@example.com" });
        let response = client.post("/api/auth/request-password-reset", body).await;
        assert_eq!(response.status.as_u16(), 200, "{}", response.text);
    };

    for number in 0..8 {
        request_reset(number).await;
    }
    assert_eq!(got().await, 5);
    shared.app.clock.advance(TimeDelta::minutes(20));
    for number in 10..13 {
        request_reset(number).await;
    }
    assert_eq!(got().await, 6);
}

#[tokio::test]
async fn nodes_count_wrong_passwords_together_and_right_ones_not() {
    let Some(shared) = Shared::start_with(&ENABLED).await else { return };
    let another = shared.open_another().await;
    let ann = shared.app.signed_in("ann").await;
    let sign_in = async |client: &Client, number: usize, password: &str| {
        let router =
            if number.is_multiple_of(2) { shared.app.app.router() } else { another.router() };
        let client = {
            let second = Client::new(router).at_address(&format!("203.0.113.{number}"));
            client.cookies().clone_into(&mut second.cookies());
            second
        };
        let body = json!({ "email": "ann@example.com", "password": password });
        client.post(SIGN_IN, body).await.status.as_u16()
    };
    let attacker = shared.app.anonymous();
    for number in 0..20 {
        assert_eq!(sign_in(&attacker, number, PASSWORD).await, 200, "{number}");
    }
    let mut wrong = 0;
    for number in 20..70 {
        match sign_in(&attacker, number, "wrong horse battery").await {
            401 => wrong += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(wrong, 40);
    assert_eq!(sign_in(&attacker, 80, PASSWORD).await, 429);
    assert_eq!(sign_in(&ann, 81, PASSWORD).await, 200);
}
