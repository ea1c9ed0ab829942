//! What Bookplate is about, without I/O: books, authors, users, and who may do
//! what with them.
//!
//! Every other crate speaks in these types. A rule that needs no database stands
//! here: validation of input ([`book`], [`author`]), permissions ([`ability`]) and
//! the one error that crosses crates ([`Error`]).

pub mod ability;
pub mod asked;
pub mod audit;
pub mod author;
pub mod book;
pub mod book_filter;
pub mod book_inputs;
pub mod change;
pub mod clock;
pub mod error;
pub mod filter;
pub mod id;
pub mod isbn;
pub mod keyset;
pub mod page;
pub mod part;
pub mod patch;
pub mod search;
pub mod surrogate;
pub mod text;
pub mod user;
pub mod validation;
pub mod version;

pub use ability::{Ability, AbilityFactory, Permit};
pub use asked::Asked;
pub use audit::{AuditAction, AuditEvent};
pub use author::{Author, AuthorFilter, AuthorInput, AuthorOrder, AuthorPatch, NewAuthor};
pub use book::{Book, BookInput, BookPatch, NewBook};
pub use book_filter::{BookFilter, BookOrder};
pub use book_inputs::BookInputs;
pub use change::{BookChangeFilter, Change, ChangeFilter, ChangeKind, Changed};
pub use clock::Clock;
pub use error::{Error, FieldError, Result};
pub use filter::Joined;
pub use id::{AuthorId, BookId, SessionId, UserId};
pub use keyset::{Cursor, Keyset, Placed, Position, Side, Slice, Window};
pub use page::{Page, YearRange};
pub use part::{AuthorField, AuthorPart, AuthorWish, BookField, BookPart, BookWish};
pub use patch::Patch;
pub use search::Search;
pub use user::{CurrentUser, NewUser, ProfilePatch, Role, User};
