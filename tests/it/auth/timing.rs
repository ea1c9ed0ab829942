//! Whether the time of an answer tells who has an account.
//!
//! For each route two kinds of requests, to a known and to an unknown address, are sent
//! one after the other, in random order, and timed. If their times are of one
//! distribution, Welch's t lies within ±3 but once in 400 samples.
//!
//! Other work on the machine only ever adds time, and much of it, to few requests. So
//! the slower half of each kind is left out; the same share of both, so that what is left
//! of equal kinds stays equal. The fast half varies little, and a difference of few
//! per cent stands out of it. As nine samples on two databases will now and then see
//! what is not there, one that does is drawn anew, twice at most: a difference that is
//! there is seen again.

use std::{fmt::Write, time::Instant};

use domain::id::random_alphanumeric;
use serde_json::json;

use crate::it::support::{Client, PASSWORD, TestApp};

/// How often a sample may be drawn.
const DRAWS: usize = 3;
/// What |t| must be below.
const LIMIT: f64 = 3.0;
/// Tries of each kind, of requests that hash and of others.
const HASHING: usize = 60;
const QUICK: usize = 250;

/// Mean and variance of the mean of the faster half.
fn faster_half(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    times.truncate(times.len() / 2);
    #[expect(clippy::cast_precision_loss, reason = "there are hundreds")]
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}

/// Welch's t of two kinds, and by how much their means differ.
fn welch(kinds: [Vec<f64>; 2]) -> (f64, f64) {
    let [(first, first_error), (second, second_error)] = kinds.map(faster_half);
    ((first - second) / (first_error + second_error).sqrt(), (first - second) / second)
}

/// Which kind is next: random, and as many of both.
fn order(tries: usize) -> Vec<usize> {
    let mut kinds: Vec<_> = (0..2 * tries).map(|i| (random_alphanumeric(), i % 2)).collect();
    kinds.sort();
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

/// Fails if the two kinds of requests that `ask` sends take different times; it is given
/// the kind and the number of the request.
async fn takes_as_long(what: &str, tries: usize, mut ask: impl AsyncFnMut(usize, usize)) {
    let mut seen = String::new();
    for draw in 0..DRAWS {
        let mut times = [Vec::new(), Vec::new()];
        for kind in 0..8 {
            ask(kind % 2, 1_000_000 * (draw + 1) + kind).await;
        }
        for (i, kind) in order(tries).into_iter().enumerate() {
            let start = Instant::now();
            ask(kind, 100_000 * (draw + 1) + i).await;
            times[kind].push(start.elapsed().as_secs_f64());
        }
        let (t, difference) = welch(times);
        write!(seen, " t = {t:.2} ({:+.2} %)", difference * 100.0).unwrap();
        if t.abs() < LIMIT {
            println!("{what}:{seen}");
            return;
        }
    }
    panic!("{what}:{seen}");
}

/// Signs in as Ann, whose password that is not, or as somebody unknown.
async fn sign_in(app: &TestApp, client: &Client, what: &str) {
    let unknown = async |kind: usize, i: usize| {
        let email = if kind == 0 { "ann@example.com" } else { &*format!("nobody{i}@example.com") };
        client
            .sign_in(email, "wrong horse battery")
            .await
            .is_refused(401, "INVALID_EMAIL_OR_PASSWORD");
    };
    takes_as_long(what, HASHING, unknown).await;
    assert!(!app.mailed().await.is_empty());
}

#[tokio::test]
async fn a_refused_sign_in_takes_as_long_for_known_addresses() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    sign_in(&app, &app.anonymous(), "sign-in").await;
}

/// Of a database taken over from Node, in which nobody has signed in since.
#[tokio::test]
async fn so_it_does_where_passwords_are_stored_in_an_old_form() {
    let app = TestApp::start_with(&["--auth-password-hash", "scrypt"]).await;
    app.signed_in("ann").await;
    let argon2 = app.restarted_with(&[]).await;
    sign_in(&argon2, &argon2.anonymous(), "sign-in, scrypt").await;
}

#[tokio::test]
async fn so_it_does_where_passwords_are_stored_with_more_work_than_usual() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    // crypt(3) at cost 11.
    let hash = "$2b$11$Cu0y699LmbFY/4Lxq.vQFOxxrLYMUcFtOR1HsMuqha17U3a1wtQLu";
    app.database.execute(&format!(r#"update "account" set "password" = '{hash}'"#)).await;
    sign_in(&app, &app.anonymous(), "sign-in, bcrypt").await;
}

#[tokio::test]
async fn a_sign_up_that_hides_users_takes_as_long_for_taken_addresses() {
    let app = TestApp::start_with(&["--auth-require-email-verification", "true"]).await;
    let client = app.anonymous();
    let sign_up = async |kind: usize, i: usize| {
        let email = if kind == 0 { "ann@example.com" } else { &*format!("new{i}@example.com") };
        let body = json!({ "name": "Ann", "email": email, "password": PASSWORD });
        client.post_auth("sign-up/email", body).await.ok();
    };
    takes_as_long("sign-up", HASHING, sign_up).await;
}

#[tokio::test]
async fn asking_for_a_link_takes_as_long_for_known_addresses() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let client = app.anonymous();
    for route in ["request-password-reset", "send-verification-email"] {
        let ask = async |kind: usize, i: usize| {
            let email =
                if kind == 0 { "ann@example.com" } else { &*format!("nobody{i}@example.com") };
            client.auth(route, &[("email", email)]).await.ok();
        };
        takes_as_long(route, QUICK, ask).await;
    }
}

#[tokio::test]
async fn changing_ones_address_takes_as_long_for_taken_addresses() {
    let app = TestApp::start().await;
    let (ann, _) = (app.signed_in("ann").await, app.signed_in("bob").await);
    ann.verify(&app, "ann").await;
    let ask = async |kind: usize, i: usize| {
        let email = if kind == 0 { "bob@example.com" } else { &*format!("free{i}@example.com") };
        ann.auth("change-email", &[("newEmail", email)]).await.ok();
    };
    takes_as_long("change-email", QUICK, ask).await;
}
