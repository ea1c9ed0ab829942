//! Clients who ask for an answer at the same time.

use std::sync::atomic::AtomicU32;

use chrono::DateTime;
use domain::{Author, ChangeKind, ChangeSubject};
use futures_util::{FutureExt, future::join_all};
use tokio::{sync::Notify, task::yield_now};

use super::*;

fn change() -> Arc<Change> {
    let author = Author {
        id: "a1".into(),
        name: "Jane".to_owned(),
        bio: None,
        birth_year: None,
        death_year: None,
        owner_id: "u1".into(),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    };
    let subject = ChangeSubject::Author(Box::new(author));
    Arc::new(Change { kind: ChangeKind::Created, subject, actor: None })
}

fn client(name: &str) -> Client {
    Client::User(name.into())
}

fn viewer(name: &str, role: Role) -> Audience {
    Audience::Viewer(Some((name.into(), role)))
}

const NOBODY: Audience = Audience::Viewer(None);

fn answer(json: &'static str) -> Answer {
    Answer { json: Bytes::from_static(json.as_bytes()), only_for: None }
}

/// What these clients are told, who ask at the same time, in this order; `outcomes` are
/// what comes of having it made, one after the other.
async fn told(clients: &[&str], outcomes: Vec<Outcome>) -> Vec<Bytes> {
    let (answers, change) = (Answers::default(), change());
    let outcomes = Mutex::new(VecDeque::from(outcomes));
    let make = async || {
        let outcome = outcomes.lock().unwrap().pop_front().expect("made too often");
        yield_now().await;
        outcome
    };
    let clients: Vec<_> = clients.iter().map(|name| client(name)).collect();
    let asked = clients.iter().map(|client| answers.get(&change, client, NOBODY, &make));
    let told = join_all(asked).await;
    assert!(outcomes.lock().unwrap().is_empty(), "made too rarely");
    told
}

#[tokio::test]
async fn an_answer_is_made_once_for_all() {
    let made = vec![Outcome::Answered(answer("data"))];
    assert_eq!(told(&["ann", "bob", "cem"], made).await, ["data"; 3]);
}

#[tokio::test]
async fn a_refusal_is_told_to_who_was_refused_alone() {
    let refused = || Outcome::Refused(Bytes::from_static(b"refused"));
    let made = vec![refused(), refused(), Outcome::Answered(answer("data"))];
    let clients = ["ann", "bob", "ann", "cem", "dee", "ann"];
    let expected = ["refused", "refused", "refused", "data", "data", "data"];
    assert_eq!(told(&clients, made).await, expected);
}

#[tokio::test]
async fn what_failed_is_tried_once_more_and_then_told_to_all() {
    let failed = |json| Outcome::Failed(answer(json));
    let made = vec![failed("first"), Outcome::Answered(answer("data"))];
    assert_eq!(told(&["ann", "bob", "cem"], made).await, ["first", "data", "data"]);
    let made = vec![failed("first"), failed("second")];
    assert_eq!(told(&["ann", "bob", "cem"], made).await, ["first", "second", "second"]);
}

#[tokio::test]
async fn others_are_answered_when_the_first_hangs_up_or_panics() {
    let (answers, change) = (Answers::default(), change());
    let begun = Notify::new();
    let (ann, bob, cem) = (client("ann"), client("bob"), client("cem"));
    let never = async || {
        begun.notify_one();
        std::future::pending().await
    };
    let hangs_up = async {
        tokio::select! {
            _ = answers.get(&change, &ann, NOBODY, never) => panic!("answered"),
            () = async { begun.notified().await; yield_now().await } => {}
        }
    };
    let panics = answers.get(&change, &bob, NOBODY, async || panic!("on purpose"));
    let panics = std::panic::AssertUnwindSafe(panics).catch_unwind();
    let make = async || Outcome::Answered(answer("data"));
    let answered = answers.get(&change, &cem, NOBODY, make);
    let ((), panicked, told) = tokio::join!(hangs_up, panics, answered);
    assert!(panicked.is_err());
    assert_eq!(told, "data");
}

#[tokio::test]
async fn viewers_of_different_rights_never_share_what_is_personal() {
    let (answers, change, count) = (Answers::default(), change(), AtomicU32::new(0));
    let viewers = [
        viewer("ann", Role::User),
        viewer("ann", Role::AdminRw),
        viewer("bob", Role::User),
        viewer("ann", Role::User),
        NOBODY,
        viewer("bob", Role::User),
        NOBODY,
    ];
    for viewer in &viewers {
        let make = async || {
            count.fetch_add(1, Ordering::Relaxed);
            let json = format!("{viewer:?}").into();
            Outcome::Answered(Answer { json, only_for: Some(viewer.clone()) })
        };
        let told = answers.get(&change, &client("same"), viewer.clone(), make).await;
        assert_eq!(told, format!("{viewer:?}"));
    }
    assert_eq!(count.into_inner(), 4);
}

#[tokio::test]
async fn old_answers_are_forgotten() {
    let (answers, ann) = (Answers::default(), client("ann"));
    let long = async || Outcome::Answered(Answer { json: vec![0; 10_000].into(), only_for: None });
    for _ in 0..100 {
        answers.get(&change(), &ann, NOBODY, long).await;
        let refused = async || Outcome::Refused(vec![0; 10_000].into());
        answers.get(&change(), &ann, NOBODY, refused).await;
    }
    let answers = answers.lock();
    assert!(answers.iter().map(AnswersToChange::bytes).sum::<usize>() <= KEPT_BYTES);
}
