//! Whether the time of an answer tells who has an account.
//!
//! For each route two kinds of requests, to a known and to an unknown address, are sent
//! one after the other, in random order, and measured: by the clock, as who asks does,
//! and by the processor's time of this process. Their means may differ by 5 %. If they do
//! not by more, Welch's t of what is beyond is below 3 but once in 700 samples.
//!
//! Other work on the machine adds much to few measurements, and never takes any away. So
//! the slower half of each kind is left out: the same share of both, so that what is left
//! of equal kinds stays equal, and the error of its mean is Yuen's. The database, which is
//! waited for, is asked as often for both kinds, as other tests show.
//!
//! As a dozen samples on two databases will now and then see what is not there, one that
//! does is drawn anew, once: a difference that is there is seen again.

use std::{fmt::Write, fs, time::Instant};

use domain::id::random_alphanumeric;
use serde_json::json;

use crate::it::support::{Client, PASSWORD, TestApp};

/// How often a sample may be drawn.
const DRAWS: usize = 2;
/// What t must be below.
const LIMIT: f64 = 3.0;
/// What is no leak: the row of a known address is read, which takes an unoptimised build
/// ten microseconds and more.
const TOLERANCE: f64 = 0.05;
/// Tries of each kind, of requests that hash slowly, that hash, and of others; few do for
/// a difference of double.
const FEW: usize = 20;
const SLOW: usize = 60;
const HASHING: usize = 150;
const QUICK: usize = 1_000;

/// Mean of the faster half, and its variance by Yuen: as if all slower ones had been as
/// slow as the slowest that is kept.
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

/// By how much the means of two kinds differ, and Welch's t of what that is beyond
/// [`TOLERANCE`].
fn welch(kinds: [Vec<f64>; 2]) -> (f64, f64) {
    let [(first, first_error), (second, second_error)] = kinds.map(faster_half);
    let beyond = ((first - second).abs() - TOLERANCE * second).max(0.0);
    ((first - second) / second, beyond / (first_error + second_error).sqrt())
}

/// The processor's time of every thread of this process, in seconds.
fn worked() -> f64 {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let nanos = |thread: fs::DirEntry| {
        // A thread may have ended meanwhile.
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or_default()
    };
    threads.map(|thread| nanos(thread.unwrap())).sum::<f64>() / 1e9
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
    for draw in 1..=DRAWS {
        let mut by_clock = [Vec::new(), Vec::new()];
        let mut by_work = [Vec::new(), Vec::new()];
        for kind in 0..8 {
            ask(kind % 2, 1_000_000 * draw + kind).await;
        }
        for (i, kind) in order(tries).into_iter().enumerate() {
            let (start, before) = (Instant::now(), worked());
            ask(kind, 100_000 * draw + i).await;
            by_clock[kind].push(start.elapsed().as_secs_f64());
            let work = worked() - before;
            // A thread that ends takes its time along.
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

/// Signs in as Ann, whose password that is not, or as somebody unknown.
async fn sign_in(app: &TestApp, client: &Client, what: &str, tries: usize) {
    let unknown = async |kind: usize, i: usize| {
        let email = if kind == 0 { "ann@example.com" } else { &*format!("nobody{i}@example.com") };
        client
            .sign_in(email, "wrong horse battery")
            .await
            .assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    };
    takes_as_long(what, tries, unknown).await;
    assert!(!app.mail_kinds().await.is_empty());
}

#[tokio::test]
async fn a_refused_sign_in_takes_as_long_for_known_addresses() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    sign_in(&app, &app.anonymous(), "sign-in", HASHING).await;
}

/// Of a database taken over from Node, in which nobody has signed in since.
#[tokio::test]
async fn so_it_does_where_passwords_are_stored_in_an_old_form() {
    let app = TestApp::start_with(&["--auth-password-hash", "scrypt"]).await;
    app.signed_in("ann").await;
    let argon2 = app.restart_with(&[]).await;
    sign_in(&argon2, &argon2.anonymous(), "sign-in, scrypt", SLOW).await;
}

#[tokio::test]
async fn so_it_does_where_passwords_are_stored_with_more_work_than_usual() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    // crypt(3) at cost 11.
    let hash = "$2b$11$Cu0y699LmbFY/4Lxq.vQFOxxrLYMUcFtOR1HsMuqha17U3a1wtQLu";
    app.database.execute(&format!(r#"update "account" set "password" = '{hash}'"#)).await;
    sign_in(&app, &app.anonymous(), "sign-in, bcrypt", FEW).await;
}

#[tokio::test]
async fn a_sign_up_that_hides_users_takes_as_long_for_taken_addresses() {
    let app = TestApp::start_with(&["--auth-require-email-verification", "true"]).await;
    let client = app.anonymous();
    let sign_up = async |kind: usize, i: usize| {
        let email = if kind == 0 { "ann@example.com" } else { &*format!("new{i}@example.com") };
        let body = json!({ "name": "Ann", "email": email, "password": PASSWORD });
        client.post_auth("sign-up/email", body).await.expect_ok();
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
            client.post_auth_strings(route, &[("email", email)]).await.expect_ok();
        };
        takes_as_long(route, QUICK, ask).await;
    }
}

#[tokio::test]
async fn changing_ones_address_takes_as_long_for_taken_addresses() {
    let app = TestApp::start().await;
    let (ann, _) = (app.signed_in("ann").await, app.signed_in("bob").await);
    ann.verify_email(&app, "ann").await;
    let ask = async |kind: usize, i: usize| {
        let email = if kind == 0 { "bob@example.com" } else { &*format!("free{i}@example.com") };
        ann.post_auth_strings("change-email", &[("newEmail", email)]).await.expect_ok();
    };
    takes_as_long("change-email", QUICK, ask).await;
}
