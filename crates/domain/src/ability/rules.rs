//! Bookplate's rules: which viewer may perform which action on which rows.
//!
//! The last matching rule decides. A rule for all viewers comes before the return for anonymous
//! viewers; a rule that also limits administrators comes after the roles. A condition may name
//! the fields that the entity's table of fields marks with `rule()`.

use super::{
    Action::{Create, Delete, Manage, Read, Update},
    Condition, Kind, Rules,
};
use crate::{id::UserId, user::Role};

/// The kinds that every viewer reads and every signed-in user creates.
const LIBRARY: &[Kind] = &[Kind::Book, Kind::Author];

/// Fields of a user that everyone may read.
const PUBLIC_USER_FIELDS: &[&str] = &[
    "id",
    "name",
    "image",
    "createdAt",
    "books",
    "booksConnection",
    "authors",
    "authorsConnection",
];

/// Bookplate's rules for a user of this id and role; `None` is an anonymous viewer.
#[must_use]
pub fn rules(viewer: Option<(&UserId, Role)>) -> Rules<'_> {
    let mut rules = Rules::default();

    // Every viewer reads.
    rules.can(&[Read], LIBRARY);
    rules.can(&[Read], &[Kind::User]).fields(PUBLIC_USER_FIELDS);

    // Every signed-in user creates rows, and changes their own.
    let Some((id, role)) = viewer else { return rules };
    let id = id.as_str();
    rules.can(&[Create], LIBRARY);
    rules.can(&[Update, Delete], LIBRARY).when(Condition::eq("ownerId", id));
    rules.can(&[Read, Update, Delete], &[Kind::User]).when(Condition::eq("id", id));

    match role {
        Role::User => {}
        Role::AdminRo => _ = rules.can(&[Read], &[Kind::All]),
        Role::AdminRw => _ = rules.can(&[Manage], &[Kind::All]),
    }

    // No user reads the rules of another user.
    rules.cannot(&[Read], &[Kind::User]).fields(&["abilities"]).when(Condition::ne("id", id));
    rules
}
