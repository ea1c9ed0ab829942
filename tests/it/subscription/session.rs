//! The end of a session closes its sockets and streams.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::{BOOKS, ServedApp};

/// The time limit until sockets of an ended session close. The server checks about twice a second;
/// busy machines need longer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_session_with_4403() {
    let served = ServedApp::open().await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let (mut first, mut second) = (served.socket_of(&ann).await, served.socket_of(&ann).await);
    let (mut bobs, mut nobodys) = (served.socket_of(&bob).await, served.anonymous_socket().await);
    first.subscribe("1", BOOKS).await;

    ann.post("/api/auth/sign-out", json!({})).await.expect_ok();

    let start = Instant::now();
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.close_code().await, (4403, "Forbidden".to_owned()));
    }
    assert!(start.elapsed() < TIME_LIMIT, "{:?}", start.elapsed());
    bobs.assert_no_message().await;
    nobodys.assert_no_message().await;
}

/// A busy machine may exceed a second, but not in each round.
#[tokio::test]
async fn a_hundred_sockets_of_a_session_close_within_a_second() {
    let flags = ["--graphql-subscriptions-per-user=100", "--graphql-subscriptions-per-address=500"];
    let served = ServedApp::open_with(&flags).await;
    let mut delays = Vec::new();
    for name in ["ann", "bob", "cem", "dee", "eve"] {
        let user = served.app.signed_in(name).await;
        let mut sockets = Vec::new();
        for _ in 0..100 {
            sockets.push(served.socket_of(&user).await);
        }
        user.post("/api/auth/sign-out", json!({})).await.expect_ok();

        let start = Instant::now();
        for socket in &mut sockets {
            assert_eq!(socket.close_code().await.0, 4403);
        }
        delays.push(start.elapsed());
        if start.elapsed() < Duration::from_secs(1) {
            return;
        }
    }
    panic!("{delays:?}");
}

#[tokio::test]
async fn a_revoked_session_closes_only_its_sockets() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let phone = served.app.anonymous();
    phone.sign_in("ann@example.com", crate::it::support::PASSWORD).await.expect_ok();
    let (mut desk, mut away) = (served.socket_of(&ann).await, served.socket_of(&phone).await);

    ann.post_auth_strings("revoke-session", &[("token", &phone.session_token())]).await.expect_ok();

    assert_eq!(away.close_code().await.0, 4403);
    desk.assert_no_message().await;
}

/// better-auth on Node deletes the row in the same database.
#[tokio::test]
async fn a_session_ended_by_another_program_closes_its_sockets() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.socket_of(&ann).await;
    let delete = format!("delete from session where token = '{}'", ann.session_token());
    served.app.database.execute(&delete).await;
    assert_eq!(socket.close_code().await.0, 4403);
}

#[tokio::test]
async fn an_expired_session_closes_its_sockets() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.socket_of(&ann).await;
    served.app.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    socket.assert_no_message().await;
    served.app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(socket.close_code().await.0, 4403);
}

#[tokio::test]
async fn deleting_a_user_closes_the_sockets() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.socket_of(&ann).await;
    let password = json!({ "password": crate::it::support::PASSWORD });
    ann.post_auth("delete-user", password).await.expect_ok();
    assert_eq!(socket.close_code().await.0, 4403);
}

#[tokio::test]
async fn a_changed_role_applies_to_open_sockets() {
    let served = ServedApp::open().await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let mut socket = served.socket_of(&bob).await;
    socket.subscribe("1", "subscription { bookChanged { actor { email } } }").await;
    ann.create_book("Emma").await;
    let actor = |said: &serde_json::Value| said["bookChanged"]["actor"]["email"].clone();
    assert_eq!(actor(&socket.next("1").await), json!(null));

    served.app.run_command(&["user", "set-role", "bob@example.com", "admin_ro"]).await.unwrap();

    let start = Instant::now();
    loop {
        ann.create_book("Emma").await;
        if actor(&socket.next("1").await) == "ann@example.com" {
            return;
        }
        assert!(start.elapsed() < TIME_LIMIT, "bob is no admin after {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_session_over_the_limit_closes_its_sockets() {
    let served = ServedApp::open_with(&["--auth-max-sessions=1"]).await;
    let ann = served.app.signed_in("ann").await;
    let mut desk = served.socket_of(&ann).await;
    let phone = served.app.anonymous();
    phone.sign_in("ann@example.com", crate::it::support::PASSWORD).await.expect_ok();
    assert_eq!(desk.close_code().await.0, 4403);
    served.socket_of(&phone).await.assert_no_message().await;
}
