//! Response times must not reveal which accounts exist.
//!
//! For each route, the test sends two kinds of requests, to a known and to an unknown address,
//! alternating in random order. It measures each by the wall clock, as a client can, and by this
//! process's CPU time. The means may differ by 5 %. If the true difference is within this
//! tolerance, Welch's t of the excess is at or above 3 once in about 700 samples.
//!
//! Other load on the machine adds much time to a few measurements and never reduces any. The test
//! therefore drops the slower half of each kind: the same share of both, so equal kinds remain
//! equal. The error of the trimmed mean is Yuen's. Other tests show that both kinds cause equally
//! many database statements.
//!
//! With a dozen samples on two databases, a false alarm is expected now and then. A sample that
//! exceeds the limit is therefore drawn a second time; a true difference exceeds it again.

use std::{fmt::Write, fs, time::Instant};

use domain::id::random_alphanumeric;
use serde_json::json;

use crate::it::support::{Client, PASSWORD, TestApp};

/// How often a sample is drawn at most.
const DRAWS: usize = 2;
/// The limit of t.
const LIMIT: f64 = 3.0;
/// The accepted relative difference: the row of a known address is read, which takes 10 µs or more
/// in an unoptimized build.
const TOLERANCE: f64 = 0.05;
/// The numbers of requests of each kind: with slow hashes, with hashes, and without. A small number
/// suffices to detect a doubled time.
const FEW: usize = 20;
const SLOW: usize = 60;
const HASHING: usize = 150;
const QUICK: usize = 1_000;

/// Returns the mean of the faster half and its variance by Yuen, which treats the dropped times as
/// equal to the slowest remaining one.
#[expect(clippy::cast_precision_loss, reason = "there are hundreds")]
fn faster_half(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let (all, kept) = (times.len() as f64, times.len() / 2);
    let mean = times[..kept].iter().sum::<f64>() / kept as f64;
    let slowest = times[kept - 1];
    let cut: Vec<_> = times.iter().map(|time| time.min(slowest)).collect();
    let middle = cut.iter().sum::<f64>() / all;
    let squares = cut.iter().map(|time| (time - middle).powi(2)).sum::<f64>();
    (mean, squares / (kept * (kept - 1)) as f64)
}

/// Returns the relative difference of the means of two kinds, and Welch's t of the excess over
/// [`TOLERANCE`].
fn welch(kinds: [Vec<f64>; 2]) -> (f64, f64) {
    let [(first, first_error), (second, second_error)] = kinds.map(faster_half);
    let beyond = ((first - second).abs() - TOLERANCE * second).max(0.0);
    ((first - second) / second, beyond / (first_error + second_error).sqrt())
}

/// Returns the CPU time of all threads of this process in seconds.
fn cpu_time() -> f64 {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let nanos = |thread: fs::DirEntry| {
        // A thread may have ended since the listing.
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or_default()
    };
    threads.map(|thread| nanos(thread.unwrap())).sum::<f64>() / 1e9
}

/// Returns the kinds in random order, equally many of both.
fn order(tries: usize) -> Vec<usize> {
    let mut kinds: Vec<_> =
        (0..2 * tries).map(|index| (random_alphanumeric(), index % 2)).collect();
    kinds.sort();
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

/// Asserts that both kinds of requests take equally long. `send_request` sends a request of a kind with a
/// number.
async fn assert_equal_times(
    what: &str,
    tries: usize,
    mut send_request: impl AsyncFnMut(usize, usize),
) {
    let mut seen = String::new();
    for draw in 1..=DRAWS {
        let mut by_clock = [Vec::new(), Vec::new()];
        let mut by_work = [Vec::new(), Vec::new()];
        for kind in 0..8 {
            send_request(kind % 2, 1_000_000 * draw + kind).await;
        }
        for (index, kind) in order(tries).into_iter().enumerate() {
            let (start, before) = (Instant::now(), cpu_time());
            send_request(kind, 100_000 * draw + index).await;
            by_clock[kind].push(start.elapsed().as_secs_f64());
            let work = cpu_time() - before;
            // The CPU time of an ended thread is lost, so the sample is invalid.
            if work > 0.0 {
                by_work[kind].push(work);
            }
        }
        let both = [("clock", welch(by_clock)), ("work", welch(by_work))];
        for (name, (difference, t)) in both {
            write!(seen, " {name} {:+.2} % t = {t:.2}", difference * 100.0).unwrap();
        }
        if both.iter().all(|(_, (_, t))| *t < LIMIT) {
            println!("{what}:{seen}");
            return;
        }
    }
    panic!("{what}:{seen}");
}

/// Compares sign-ins as Ann with a wrong password and as unknown users.
async fn sign_in(app: &TestApp, client: &Client, what: &str, tries: usize) {
    let unknown = async |kind: usize, index: usize| {
        let email =
            if kind == 0 { "ann@example.com" } else { &*format!("nobody{index}@example.com") };
        client
            .sign_in(email, "wrong horse battery")
            .await
            .assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    };
    assert_equal_times(what, tries, unknown).await;
    assert!(!app.mail_kinds().await.is_empty());
}

#[tokio::test]
async fn a_refused_sign_in_takes_as_long_for_known_as_for_unknown_addresses() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    sign_in(&app, &app.anonymous(), "sign-in", HASHING).await;
}

/// Covers a database migrated from Node in which no user has signed in since.
#[tokio::test]
async fn a_refused_sign_in_takes_as_long_with_hashes_of_an_old_format() {
    let app = TestApp::start_with(&["--auth-password-hash", "scrypt"]).await;
    app.signed_in("ann").await;
    let argon2 = app.restart_with(&[]).await;
    sign_in(&argon2, &argon2.anonymous(), "sign-in, scrypt", SLOW).await;
}

#[tokio::test]
async fn a_refused_sign_in_takes_as_long_with_expensive_hashes() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    // The cost factor of crypt(3) is 11.
    let hash = "$2b$11$Cu0y699LmbFY/4Lxq.vQFOxxrLYMUcFtOR1HsMuqha17U3a1wtQLu";
    app.database.execute(&format!(r#"update "account" set "password" = '{hash}'"#)).await;
    sign_in(&app, &app.anonymous(), "sign-in, bcrypt", FEW).await;
}

#[tokio::test]
async fn a_hidden_sign_up_takes_as_long_for_taken_as_for_free_addresses() {
    let app = TestApp::start_with(&["--auth-require-email-verification", "true"]).await;
    let client = app.anonymous();
    let sign_up = async |kind: usize, index: usize| {
        let email = if kind == 0 { "ann@example.com" } else { &*format!("new{index}@example.com") };
        let body = json!({ "name": "Ann", "email": email, "password": PASSWORD });
        client.post_auth("sign-up/email", body).await.expect_ok();
    };
    assert_equal_times("sign-up", HASHING, sign_up).await;
}

#[tokio::test]
async fn requesting_a_link_takes_as_long_for_known_as_for_unknown_addresses() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let client = app.anonymous();
    for route in ["request-password-reset", "send-verification-email"] {
        let send_request = async |kind: usize, index: usize| {
            let email =
                if kind == 0 { "ann@example.com" } else { &*format!("nobody{index}@example.com") };
            client.post_auth_strings(route, &[("email", email)]).await.expect_ok();
        };
        assert_equal_times(route, QUICK, send_request).await;
    }
}

#[tokio::test]
async fn changing_the_address_takes_as_long_for_taken_as_for_free_addresses() {
    let app = TestApp::start().await;
    let (ann, _) = (app.signed_in("ann").await, app.signed_in("bob").await);
    ann.verify_email(&app, "ann").await;
    let send_request = async |kind: usize, index: usize| {
        let email =
            if kind == 0 { "bob@example.com" } else { &*format!("free{index}@example.com") };
        ann.post_auth_strings("change-email", &[("newEmail", email)]).await.expect_ok();
    };
    assert_equal_times("change-email", QUICK, send_request).await;
}
