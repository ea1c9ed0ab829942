//! Use cases: load, ask the ability, validate, write.
//!
//! A method that changes something takes the whole [`domain::CurrentUser`] first;
//! one that reads what everybody may read takes none. Permissions are decided
//! here, with the row that is to be changed held by the transaction that changes it.
//! Whoever wants to hear of changes asks [`changes`].

mod author;
mod book;
mod book_sheet;
pub mod changes;
mod listing;
mod permissions;
mod user;

pub use author::AuthorService;
pub use book::BookService;
pub use changes::Changes;
use domain::Clock;
pub use listing::Listing;
pub use permissions::Permissions;
use repositories::Database;
pub use repositories::{Children, Reader};
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
    /// Services over one database and clock, which tell `changes` what they change.
    #[must_use]
    pub fn new(db: &Database, clock: &Clock, changes: &Changes) -> Self {
        let (db, clock, changes) = (db.clone(), clock.clone(), changes.clone());
        Self {
            users: UserService { db: db.clone() },
            authors: AuthorService {
                db: db.clone(),
                clock: clock.clone(),
                changes: changes.clone(),
            },
            books: BookService { db, clock, changes },
        }
    }
}
