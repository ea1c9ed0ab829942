//! The domain model of Bookplate, without I/O: books, authors, users and their permissions.
//!
//! All other crates use these types. Rules that need no database are implemented here: validation
//! of input ([`book`], [`author`]), permissions ([`ability`]) and the error type of all crates
//! ([`Error`]).

pub mod ability;
pub mod audit;
pub mod author;
pub mod book;
pub mod book_filter;
pub mod book_inputs;
pub mod book_order;
pub mod change;
pub mod clock;
pub mod entity;
pub mod error;
pub mod field;
pub mod filter;
pub mod id;
pub mod isbn;
pub mod list;
pub mod name;
pub mod page;
pub mod patch;
pub mod role;
pub mod search;
pub mod selection;
pub mod sort;
pub mod surrogate;
pub mod text;
pub mod unicode;
pub mod user;
pub mod validation;
pub mod version;

pub use ability::{Ability, AbilityFactory, Permit};
pub use audit::{AuditAction, AuditEvent};
pub use author::{
    Author, AuthorField, AuthorFilter, AuthorInput, AuthorOrder, AuthorPatch, NewAuthor,
};
pub use book::{Book, BookField, BookInput, BookPatch, NewBook};
pub use book_filter::BookFilter;
pub use book_inputs::BookInputs;
pub use book_order::BookOrder;
pub use change::{Change, ChangeFilter, ChangeKind, ChangeSubject};
pub use clock::Clock;
pub use entity::{Entity, EntitySelection};
pub use error::{Error, FieldError, Result};
pub use field::{EntityField, Field, FieldType, FieldValue};
pub use filter::{Combinators, Filter, ValueRange, YearRange};
pub use id::{AuthorId, BookId, Id, SessionId, UserId};
pub use list::{
    Bound, Cursor, CursorValues, ListPage, ListQuery, Loaded, PageRequest, Paging, Projection,
};
pub use page::Page;
pub use patch::Patch;
pub use role::Role;
pub use search::Search;
pub use selection::{JsonField, JsonSelection};
pub use sort::{SortKey, SortOrder, SortTerm, SortValue};
pub use user::{
    Ban, CurrentUser, NewUser, ProfilePatch, SignInFields, SignInPatch, User, UserAccount,
};
