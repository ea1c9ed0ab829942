//! Use cases: load, ask the ability, validate, write, commit, publish.
//!
//! A method that changes something takes the whole [`domain::CurrentUser`] first; one that
//! reads what everybody may read takes none. Permissions are decided here, with the row that
//! is to be changed locked by the transaction that changes it. [`events`] tells subscribers
//! what was changed.

use std::sync::Arc;

mod author;
mod book;
mod book_sheet;
pub mod events;
mod row_permissions;
mod user;

pub use author::AuthorService;
pub use book::BookService;
use database::Database;
pub use database::{MemoryPool, Reservation};
use domain::Clock;
pub use events::ChangeBus;
pub use repositories::{ChildOf, ListRepository, ListedEntity, order_of_children};
pub use row_permissions::RowPermissions;
pub use user::UserService;

/// Every service.
#[derive(Clone, Debug)]
pub struct Services {
    db: Database,
    /// What can be done with books.
    pub books: BookService,
    /// What can be done with authors.
    pub authors: AuthorService,
    /// What can be seen of users.
    pub users: UserService,
}

impl Services {
    /// Services over one database and clock, which publish their changes on `events`.
    #[must_use]
    pub fn new(db: &Database, clock: &Clock, events: &ChangeBus) -> Self {
        let (db, clock, events) = (db.clone(), clock.clone(), events.clone());
        Self {
            db: db.clone(),
            users: UserService { db: db.clone() },
            authors: AuthorService { db: db.clone(), clock: clock.clone(), events: events.clone() },
            books: BookService { db, clock, events },
        }
    }

    /// The same services for one request: what it reads counts for `reservation`.
    #[must_use]
    pub fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        let BookService { db, clock, events } = &self.books;
        Self::new(&db.reserving(reservation), clock, events)
    }

    /// Lists of books and authors, which everybody may read.
    #[must_use]
    pub fn lists(&self) -> ListRepository<'_> {
        ListRepository::new(self.db.reader())
    }
}
