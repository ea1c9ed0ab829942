//! Tests of clients that request a result at the same time.

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

const ANONYMOUS: Audience = Audience::Viewer(None);

fn answer(json: &'static str) -> Answer {
    Answer { json: Bytes::from_static(json.as_bytes()), only_for: None }
}

/// Returns the results of clients that request the same change concurrently, in this order.
/// `outcomes` are the outcomes of consecutive executions.
async fn results_for(clients: &[&str], outcomes: Vec<Outcome>) -> Vec<Bytes> {
    let (cache, change) = (AnswerCache::default(), change());
    let outcomes = Mutex::new(VecDeque::from(outcomes));
    let execute = async || {
        let outcome = outcomes.lock().unwrap().pop_front().expect("executed too often");
        yield_now().await;
        outcome
    };
    let clients: Vec<_> = clients.iter().map(|name| client(name)).collect();
    let requests = clients.iter().map(|client| cache.get(&change, client, ANONYMOUS, &execute));
    let results = join_all(requests).await;
    assert!(outcomes.lock().unwrap().is_empty(), "executed too rarely");
    results
}

#[tokio::test]
async fn one_execution_serves_all_clients() {
    let outcomes = vec![Outcome::Completed(answer("data"))];
    assert_eq!(results_for(&["ann", "bob", "cem"], outcomes).await, ["data"; 3]);
}

#[tokio::test]
async fn a_refusal_is_sent_to_the_refused_client_only() {
    let refused = || Outcome::Refused(Bytes::from_static(b"refused"));
    let outcomes = vec![refused(), refused(), Outcome::Completed(answer("data"))];
    let clients = ["ann", "bob", "ann", "cem", "dee", "ann"];
    let expected = ["refused", "refused", "refused", "data", "data", "data"];
    assert_eq!(results_for(&clients, outcomes).await, expected);
}

#[tokio::test]
async fn a_failed_execution_is_retried_once_and_then_shared() {
    let failed = |json| Outcome::Failed(answer(json));
    let outcomes = vec![failed("first"), Outcome::Completed(answer("data"))];
    assert_eq!(results_for(&["ann", "bob", "cem"], outcomes).await, ["first", "data", "data"]);
    let outcomes = vec![failed("first"), failed("second")];
    assert_eq!(results_for(&["ann", "bob", "cem"], outcomes).await, ["first", "second", "second"]);
}

#[tokio::test]
async fn other_clients_get_results_if_the_first_disconnects_or_panics() {
    let (cache, change) = (AnswerCache::default(), change());
    let begun = Notify::new();
    let (ann, bob, cem) = (client("ann"), client("bob"), client("cem"));
    let never = async || {
        begun.notify_one();
        std::future::pending().await
    };
    let disconnects = async {
        tokio::select! {
            _ = cache.get(&change, &ann, ANONYMOUS, never) => panic!("answered"),
            () = async { begun.notified().await; yield_now().await } => {}
        }
    };
    let panics = cache.get(&change, &bob, ANONYMOUS, async || panic!("on purpose"));
    let panics = std::panic::AssertUnwindSafe(panics).catch_unwind();
    let execute = async || Outcome::Completed(answer("data"));
    let answered = cache.get(&change, &cem, ANONYMOUS, execute);
    let ((), panicked, result) = tokio::join!(disconnects, panics, answered);
    assert!(panicked.is_err());
    assert_eq!(result, "data");
}

#[tokio::test]
async fn viewers_with_different_permissions_never_share_personal_results() {
    let (cache, change, count) = (AnswerCache::default(), change(), AtomicU32::new(0));
    let viewers = [
        viewer("ann", Role::User),
        viewer("ann", Role::AdminRw),
        viewer("bob", Role::User),
        viewer("ann", Role::User),
        ANONYMOUS,
        viewer("bob", Role::User),
        ANONYMOUS,
    ];
    for viewer in &viewers {
        let execute = async || {
            count.fetch_add(1, Ordering::Relaxed);
            let json = format!("{viewer:?}").into();
            Outcome::Completed(Answer { json, only_for: Some(viewer.clone()) })
        };
        let result = cache.get(&change, &client("same"), viewer.clone(), execute).await;
        assert_eq!(result, format!("{viewer:?}"));
    }
    assert_eq!(count.into_inner(), 4);
}

#[tokio::test]
async fn old_results_are_evicted() {
    let (cache, ann) = (AnswerCache::default(), client("ann"));
    let long = async || Outcome::Completed(Answer { json: vec![0; 10_000].into(), only_for: None });
    for _ in 0..100 {
        cache.get(&change(), &ann, ANONYMOUS, long).await;
        let refused = async || Outcome::Refused(vec![0; 10_000].into());
        cache.get(&change(), &ann, ANONYMOUS, refused).await;
    }
    let answers = cache.lock();
    assert!(answers.iter().map(CachedAnswers::bytes).sum::<usize>() <= MAX_CACHED_BYTES);
}
