//! The answers to the last changes, which several clients share.
//!
//! One client at a time has an answer made. What the execution gave is shared by all; what
//! befell that client alone (it was refused, it hung up) is not: the next one has it made.
//! An execution that failed is tried once more by the next one, and then told to all.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::body::Bytes;
use domain::{Change, Role, UserId};
use graphql::Viewer;
use tokio::sync::OnceCell;

use crate::edge::admission::Client;

/// Of how many changes the answers are kept, as some clients are quicker than others...
const KEPT: usize = 64;
/// ...and how many bytes of them. Whoever comes too late has an answer made again.
const KEPT_BYTES: usize = 64 * 1024;

/// The answers to the last changes.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<VecDeque<OfChange>>);

/// The answers to one change.
#[derive(Debug)]
struct OfChange {
    change: Arc<Change>,
    of: HashMap<Audience, Arc<Cell>>,
    /// What clients are told who were refused one, so that each is refused it once and
    /// others do not wait for that again.
    refused: HashMap<Client, Bytes>,
}

impl OfChange {
    fn bytes(&self) -> usize {
        let made = self.of.values().filter_map(|cell| cell.answer.get());
        let told = made.map(|answer| &answer.json).chain(self.refused.values());
        told.map(Bytes::len).sum()
    }
}

#[derive(Debug, Default)]
struct Cell {
    answer: OnceCell<Answer>,
    /// Whether an execution failed.
    failed: AtomicBool,
}

/// Whose answer it is. What an ability depends on tells viewers apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Audience {
    Everybody,
    Viewer(Option<(UserId, Role)>),
}

impl Audience {
    pub(super) fn of(Viewer(viewer): &Viewer) -> Self {
        Self::Viewer(viewer.as_ref().map(|user| (user.id.clone(), user.role)))
    }
}

/// What an execution gave.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) json: Bytes,
    /// The viewer it was made for, if it is theirs alone.
    pub(super) only_for: Option<Audience>,
}

/// What came of having an answer made.
#[derive(Debug)]
pub(super) enum Made {
    /// The client was not let in; as JSON.
    Refused(Bytes),
    /// The execution failed, and may succeed when it is tried again.
    Failed(Answer),
    /// Data, or errors that the next execution would give, too.
    Answered(Answer),
}

impl Answers {
    /// The answer to a change for this viewer, as JSON; unless it is there, it comes from
    /// `make`.
    pub(super) async fn get<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        viewer: Audience,
        make: impl Fn() -> M,
    ) -> Bytes
    where
        M: Future<Output = Made>,
    {
        let shared = self.made(change, client, Audience::Everybody, &make).await;
        let told = match shared {
            Ok(answer) if answer.only_for.as_ref().is_some_and(|only| *only != viewer) => {
                self.made(change, client, viewer, &make).await
            }
            shared => shared,
        };
        self.forget();
        told.map_or_else(|refusal| refusal, |answer| answer.json)
    }

    /// Fails with what the client alone is told.
    async fn made<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        audience: Audience,
        make: &impl Fn() -> M,
    ) -> Result<Answer, Bytes>
    where
        M: Future<Output = Made>,
    {
        let cell = self.cell(change, audience);
        let made = cell.answer.get_or_try_init(async || {
            if let Some(refusal) = self.refusal(change, client) {
                return Err(refusal);
            }
            match make().await {
                Made::Refused(refusal) => {
                    self.refuse(change, client, &refusal);
                    Err(refusal)
                }
                Made::Failed(answer) if !cell.failed.swap(true, Ordering::Relaxed) => {
                    Err(answer.json)
                }
                Made::Failed(answer) | Made::Answered(answer) => Ok(answer),
            }
        });
        made.await.cloned()
    }

    /// Drops the oldest answers when they are too many. Who waits for one has it still.
    fn forget(&self) {
        let mut answers = self.lock();
        let mut bytes: usize = answers.iter().map(OfChange::bytes).sum();
        while bytes > KEPT_BYTES || answers.len() > KEPT {
            let Some(oldest) = answers.pop_front() else { return };
            bytes -= oldest.bytes();
        }
    }

    fn cell(&self, change: &Arc<Change>, audience: Audience) -> Arc<Cell> {
        let mut answers = self.lock();
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            return Arc::clone(known.of.entry(audience).or_default());
        }
        let cell = Arc::<Cell>::default();
        let of = HashMap::from([(audience, Arc::clone(&cell))]);
        answers.push_back(OfChange { change: Arc::clone(change), of, refused: HashMap::new() });
        cell
    }

    fn refusal(&self, change: &Arc<Change>, client: &Client) -> Option<Bytes> {
        let answers = self.lock();
        let known = answers.iter().find(|known| Arc::ptr_eq(&known.change, change))?;
        known.refused.get(client).cloned()
    }

    fn refuse(&self, change: &Arc<Change>, client: &Client, refusal: &Bytes) {
        let mut answers = self.lock();
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            known.refused.insert(client.clone(), refusal.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<OfChange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use chrono::DateTime;
    use domain::{Author, ChangeKind, Changed};
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
        let subject = Changed::Author(Box::new(author));
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
    async fn told(clients: &[&str], outcomes: Vec<Made>) -> Vec<Bytes> {
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
        let made = vec![Made::Answered(answer("data"))];
        assert_eq!(told(&["ann", "bob", "cem"], made).await, ["data"; 3]);
    }

    #[tokio::test]
    async fn a_refusal_is_told_to_who_was_refused_alone() {
        let refused = || Made::Refused(Bytes::from_static(b"refused"));
        let made = vec![refused(), refused(), Made::Answered(answer("data"))];
        let clients = ["ann", "bob", "ann", "cem", "dee", "ann"];
        let expected = ["refused", "refused", "refused", "data", "data", "data"];
        assert_eq!(told(&clients, made).await, expected);
    }

    #[tokio::test]
    async fn what_failed_is_tried_once_more_and_then_told_to_all() {
        let failed = |json| Made::Failed(answer(json));
        let made = vec![failed("first"), Made::Answered(answer("data"))];
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
        let make = async || Made::Answered(answer("data"));
        let answered = answers.get(&change, &cem, NOBODY, make);
        let ((), panicked, told) = tokio::join!(hangs_up, panics, answered);
        assert!(panicked.is_err());
        assert_eq!(told, "data");
    }

    #[tokio::test]
    async fn viewers_of_different_rights_never_share_what_is_personal() {
        let (answers, change, made) = (Answers::default(), change(), AtomicU32::new(0));
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
                made.fetch_add(1, Ordering::Relaxed);
                let json = format!("{viewer:?}").into();
                Made::Answered(Answer { json, only_for: Some(viewer.clone()) })
            };
            let told = answers.get(&change, &client("same"), viewer.clone(), make).await;
            assert_eq!(told, format!("{viewer:?}"));
        }
        assert_eq!(made.into_inner(), 4);
    }

    #[tokio::test]
    async fn old_answers_are_forgotten() {
        let (answers, ann) = (Answers::default(), client("ann"));
        let long = async || Made::Answered(Answer { json: vec![0; 10_000].into(), only_for: None });
        for _ in 0..100 {
            answers.get(&change(), &ann, NOBODY, long).await;
            let refused = async || Made::Refused(vec![0; 10_000].into());
            answers.get(&change(), &ann, NOBODY, refused).await;
        }
        let answers = answers.lock();
        assert!(answers.iter().map(OfChange::bytes).sum::<usize>() <= KEPT_BYTES);
    }
}
