//! Bookplate's rules: which viewer may perform which action on which rows.
//!
//! The last matching rule decides. A rule that limits all viewers, administrators too, comes last.
//! A condition may name the fields that the entity's table of fields marks with `rule()`.

use super::{
    Action::{Create, Delete, Manage, Read, Update},
    Condition, Kind, Rules,
};
use crate::{id::UserId, role::Role};

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

    // No row has the id of an anonymous viewer.
    let id = viewer.map_or("", |(id, _)| id.as_str());

    // Every signed-in user creates rows, and changes their own.
    if viewer.is_some() {
        rules.can(&[Create], LIBRARY);
        rules.can(&[Update, Delete], LIBRARY).when(Condition::eq("ownerId", id));
        rules.can(&[Read, Update, Delete], &[Kind::User]).when(Condition::eq("id", id));
    }

    match viewer.map(|(_, role)| role) {
        None | Some(Role::User) => {}
        Some(Role::AdminRo) => _ = rules.can(&[Read], &[Kind::All]),
        Some(Role::AdminRw) => _ = rules.can(&[Manage], &[Kind::All]),
    }

    // No viewer reads the rules of another user.
    rules.cannot(&[Read], &[Kind::User]).fields(&["abilities"]).when(Condition::ne("id", id));
    rules
}
