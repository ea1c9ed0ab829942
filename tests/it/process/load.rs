//! Many who sign in at once, and everybody else.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;

use crate::it::support::{PASSWORD, ServerProcess, TestDatabase};

const SIGN_INS: usize = 60;

/// The release build is held to 100 ms. An unoptimised one beside other tests needs
/// more, and the bound only shows that nobody waits for passwords to be hashed.
const BOUND: Duration =
    if cfg!(debug_assertions) { Duration::from_millis(500) } else { Duration::from_millis(100) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_sign_ins_at_once_keep_nobody_else_waiting() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    let http = server.http();
    http.query("{ __typename }").await.data();

    let body = json!({ "email": "alice@example.com", "password": PASSWORD });
    let start = Instant::now();
    let sign_ins: Vec<_> = (0..SIGN_INS)
        .map(|_| {
            let (http, body) = (server.http(), body.clone());
            tokio::spawn(async move { http.post("/api/auth/sign-in/email", body).await.status })
        })
        .collect();
    let mut waits = Vec::new();
    while sign_ins.iter().any(|sign_in| !sign_in.is_finished()) {
        let asked = Instant::now();
        http.query("{ __typename }").await.data();
        waits.push(asked.elapsed());
    }
    let all = start.elapsed();

    // A machine too busy to hash them all in time says so, instead of piling them up.
    let mut admitted = 0;
    for sign_in in sign_ins {
        match sign_in.await.unwrap() {
            StatusCode::OK => admitted += 1,
            status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE),
        }
    }
    assert!(admitted >= SIGN_INS / 4, "{admitted} sign-ins");
    waits.sort();
    let [median, most, worst] =
        [waits.len() / 2, waits.len() * 99 / 100, waits.len() - 1].map(|n| waits[n]);
    println!(
        "{admitted} of {SIGN_INS} sign-ins in {all:?}; {} answers meanwhile: median {median:?}, 99 % {most:?}, worst {worst:?}",
        waits.len()
    );
    assert!(waits.len() >= 5, "too few answers to judge: {waits:?}");
    assert!(most < BOUND, "median {median:?}, 99 % {most:?}, worst {worst:?}");
}
