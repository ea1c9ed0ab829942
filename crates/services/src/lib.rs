//! Use cases: load rows, check permissions, validate, write, commit, publish changes.
//!
//! A method that changes rows takes the [`domain::CurrentUser`] first; one that reads rows takes
//! the viewer, who may be anonymous. Services enforce permissions: a write locks its row first,
//! and a read returns only rows that its viewer may read. [`events`] publishes changes to
//! subscribers.

use std::sync::Arc;

mod author;
mod book;
mod book_sheet;
pub mod events;
mod list;
mod row_permissions;
mod user;

pub use author::AuthorService;
pub use book::BookService;
use database::Database;
pub use database::{MemoryPool, Reservation};
use domain::{
    AbilityFactory, Author, Book, Change, ChangeSubject, Clock, CurrentUser, Result,
    ability::{Readable, Subject},
};
pub use events::ChangeBus;
pub use list::ListService;
pub use repositories::{ChildOf, ListedEntity, order_of_children};
pub use row_permissions::RowPermissions;
pub use user::UserService;

/// All services.
#[derive(Clone, Debug)]
pub struct Services {
    db: Database,
    abilities: AbilityFactory,
    /// Use cases of books.
    pub books: BookService,
    /// Use cases of authors.
    pub authors: AuthorService,
    /// Use cases of users.
    pub users: UserService,
}

impl Services {
    /// Creates the services over one database and clock. They publish changes on `events` and
    /// apply the rules of `abilities`. Fails if a rule about reading cannot be enforced.
    pub fn new(
        db: &Database,
        clock: &Clock,
        events: &ChangeBus,
        abilities: AbilityFactory,
    ) -> Result<Self> {
        repositories::check_rules(&abilities)?;
        Ok(Self::unchecked(db, clock, events, abilities))
    }

    fn unchecked(
        db: &Database,
        clock: &Clock,
        events: &ChangeBus,
        abilities: AbilityFactory,
    ) -> Self {
        let (db, clock, events) = (db.clone(), clock.clone(), events.clone());
        Self {
            db: db.clone(),
            abilities,
            users: UserService { db: db.clone(), abilities },
            authors: AuthorService {
                db: db.clone(),
                clock: clock.clone(),
                events: events.clone(),
                abilities,
            },
            books: BookService { db, clock, events, abilities },
        }
    }

    /// Returns the services of one request: the bytes that they read are counted in `reservation`.
    #[must_use]
    pub fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        let BookService { db, clock, events, abilities } = &self.books;
        Self::unchecked(&db.reserving(reservation), clock, events, *abilities)
    }

    /// Returns the lists of books and authors that `viewer` may read.
    #[must_use]
    pub fn lists<'s>(&'s self, viewer: Option<&'s CurrentUser>) -> ListService<'s> {
        ListService::new(&self.db, self.abilities, viewer)
    }

    /// Whether every viewer reads the same rows.
    #[must_use]
    pub fn are_all_rows_public(&self) -> bool {
        self.abilities.is_all_public()
    }

    /// Whether `viewer` may read the changed row, in the state that `change` contains.
    #[must_use]
    pub fn may_read_change(&self, viewer: Option<&CurrentUser>, change: &Change) -> bool {
        match &change.subject {
            ChangeSubject::Book { book, .. } => self.may_read::<Book>(viewer, book),
            ChangeSubject::Author(author) => self.may_read::<Author>(viewer, author),
        }
    }

    fn may_read<S: Subject>(&self, viewer: Option<&CurrentUser>, row: &S) -> bool {
        let readable: Result<Readable<'_, S>> = self.abilities.readable(viewer);
        readable.is_ok_and(|readable| readable.includes(row))
    }

    /// Returns the actions that `viewer` may perform on `row`.
    #[must_use]
    pub fn row_permissions<S: Subject>(
        &self,
        viewer: Option<&CurrentUser>,
        row: &S,
    ) -> RowPermissions {
        RowPermissions::evaluate(&self.abilities, viewer, row)
    }
}
