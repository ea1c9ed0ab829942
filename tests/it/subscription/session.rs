//! The end of a session is the end of its sockets and streams, wherever it was ended.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::{BOOKS, Library};

/// Whoever's session ended is gone within this; the server looks about twice a second,
/// and machines that do much else at once are given more.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_session_with_4403() {
    let library = Library::open().await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let (mut one, mut two) = (library.browser(&ann).await, library.browser(&ann).await);
    let (mut bobs, mut nobodys) = (library.browser(&bob).await, library.stranger().await);
    one.subscribe("1", BOOKS).await;

    ann.post("/api/auth/sign-out", json!({})).await.expect_ok();

    let start = Instant::now();
    for socket in [&mut one, &mut two] {
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()));
    }
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    bobs.hears_nothing().await;
    nobodys.hears_nothing().await;
}

/// Unless the machine is busy with something else, each time.
#[tokio::test]
async fn a_session_that_ends_takes_a_hundred_sockets_with_it_within_a_second() {
    let flags = ["--graphql-subscriptions-per-user=100", "--graphql-subscriptions-per-address=500"];
    let library = Library::open_with(&flags).await;
    let mut delays = Vec::new();
    for name in ["ann", "bob", "cem", "dee", "eve"] {
        let user = library.app.signed_in(name).await;
        let mut sockets = Vec::new();
        for _ in 0..100 {
            sockets.push(library.browser(&user).await);
        }
        user.post("/api/auth/sign-out", json!({})).await.expect_ok();

        let start = Instant::now();
        for socket in &mut sockets {
            assert_eq!(socket.closed().await.0, 4403);
        }
        delays.push(start.elapsed());
        if start.elapsed() < Duration::from_secs(1) {
            return;
        }
    }
    panic!("{delays:?}");
}

#[tokio::test]
async fn a_revoked_session_closes_its_sockets_and_others_stay() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let phone = library.app.anonymous();
    phone.sign_in("ann@example.com", crate::it::support::PASSWORD).await.expect_ok();
    let (mut desk, mut away) = (library.browser(&ann).await, library.browser(&phone).await);

    ann.post_auth_strings("revoke-session", &[("token", &phone.session_token())]).await.expect_ok();

    assert_eq!(away.closed().await.0, 4403);
    desk.hears_nothing().await;
}

/// As better-auth on Node does it, on the same database.
#[tokio::test]
async fn a_session_that_another_program_ends_closes_its_sockets() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.browser(&ann).await;
    let delete = format!("delete from session where token = '{}'", ann.session_token());
    library.app.database.execute(&delete).await;
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn an_expired_session_closes_its_sockets() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.browser(&ann).await;
    library.app.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    socket.hears_nothing().await;
    library.app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn a_deleted_user_has_no_sockets() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.browser(&ann).await;
    let password = json!({ "password": crate::it::support::PASSWORD });
    ann.post_auth("delete-user", password).await.expect_ok();
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn a_new_role_counts_on_open_sockets() {
    let library = Library::open().await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let mut socket = library.browser(&bob).await;
    socket.subscribe("1", "subscription { bookChanged { actor { email } } }").await;
    ann.create_book("Emma").await;
    let actor = |said: &serde_json::Value| said["bookChanged"]["actor"]["email"].clone();
    assert_eq!(actor(&socket.next("1").await), json!(null));

    library.app.run_command(&["user", "set-role", "bob@example.com", "admin_ro"]).await.unwrap();

    let start = Instant::now();
    loop {
        ann.create_book("Emma").await;
        if actor(&socket.next("1").await) == "ann@example.com" {
            return;
        }
        assert!(start.elapsed() < SOON, "bob is no admin after {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_session_that_ends_for_another_one_closes_its_sockets() {
    let library = Library::open_with(&["--auth-max-sessions=1"]).await;
    let ann = library.app.signed_in("ann").await;
    let mut desk = library.browser(&ann).await;
    let phone = library.app.anonymous();
    phone.sign_in("ann@example.com", crate::it::support::PASSWORD).await.expect_ok();
    assert_eq!(desk.closed().await.0, 4403);
    library.browser(&phone).await.hears_nothing().await;
}
