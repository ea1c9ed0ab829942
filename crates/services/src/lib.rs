//! Use cases: load, ask the ability, validate, write.
//!
//! A method that changes rows takes the whole [`domain::CurrentUser`] first, and one that
//! reads rows takes the reader, who may be anonymous. Permissions are decided here: a write
//! locks its row before, and a read returns only rows that its reader may read.
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
use domain::{
    AbilityFactory, Author, Book, Change, Changed, Clock, CurrentUser, Result,
    ability::{Readable, Subject},
};
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
    /// Reads users.
    pub users: UserService,
    abilities: AbilityFactory,
}

impl Services {
    /// Services over one database and clock, which publish their changes to `events` and
    /// follow the rules of `abilities`. Fails if a rule about reading cannot be enforced.
    pub fn new(
        db: &Database,
        clock: &Clock,
        events: &Events,
        abilities: AbilityFactory,
    ) -> Result<Self> {
        repositories::check_rules(&abilities)?;
        Ok(Self::unchecked(db, clock, events, abilities))
    }

    fn unchecked(db: &Database, clock: &Clock, events: &Events, abilities: AbilityFactory) -> Self {
        let (db, clock, events) = (db.clone(), clock.clone(), events.clone());
        Self {
            users: UserService { db: db.clone(), abilities },
            authors: AuthorService {
                db: db.clone(),
                clock: clock.clone(),
                events: events.clone(),
                abilities,
            },
            books: BookService { db, clock, events, abilities },
            abilities,
        }
    }

    /// The same services for one request: what it reads counts for `reservation`.
    #[must_use]
    pub fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        let BookService { db, clock, events, abilities } = &self.books;
        Self::unchecked(&db.reserving(reservation), clock, events, *abilities)
    }

    /// Whether every viewer reads the same rows.
    #[must_use]
    pub fn are_all_rows_public(&self) -> bool {
        self.abilities.is_all_public()
    }

    /// Whether `reader` may read the row that was changed, as it is in `change`.
    #[must_use]
    pub fn may_read_change(&self, reader: Option<&CurrentUser>, change: &Change) -> bool {
        match &change.subject {
            Changed::Book { book, .. } => self.may_read::<Book>(reader, book),
            Changed::Author(author) => self.may_read::<Author>(reader, author),
        }
    }

    fn may_read<S: Subject>(&self, reader: Option<&CurrentUser>, row: &S) -> bool {
        self.abilities
            .readable(reader)
            .is_ok_and(|readable: Readable<'_, S>| readable.includes(row))
    }

    /// What `viewer` may do to `row`.
    #[must_use]
    pub fn changes<S: Subject>(&self, viewer: Option<&CurrentUser>, row: &S) -> Changes {
        Changes::of(&self.abilities, viewer, row)
    }
}
