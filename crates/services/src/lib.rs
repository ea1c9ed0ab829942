//! Use cases: load, ask the ability, validate, write.
//!
//! A method that changes something takes the whole [`domain::CurrentUser`] first;
//! one that reads what everybody may read takes none. Permissions are decided
//! here, with the row that is to be changed held by the transaction that changes it.
//! Whoever wants to hear of what was changed asks [`events`].

use std::sync::Arc;

mod author;
mod book;
mod book_sheet;
mod changes;
pub mod events;
mod listing;
mod user;

pub use author::AuthorService;
pub use book::BookService;
pub use changes::Changes;
use database::Database;
pub use database::{MemoryPool, Reader, Reservation};
use domain::Clock;
pub use events::Events;
pub use listing::Listing;
pub use repositories::{Children, Shape, author::AuthorShown, book::BookShown};
pub use user::UserService;

/// Every service.
#[derive(Clone, Debug)]
pub struct Services {
    /// What can be done with books.
    pub books: BookService,
    /// What can be done with authors.
    pub authors: AuthorService,
    /// What can be seen of users.
    pub users: UserService,
}

impl Services {
    /// Services over one database and clock, which tell `events` what they change.
    #[must_use]
    pub fn new(db: &Database, clock: &Clock, events: &Events) -> Self {
        let (db, clock, events) = (db.clone(), clock.clone(), events.clone());
        Self {
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
}
