//! Permission to write, as a value.

use std::marker::PhantomData;

use super::{Ability, Action, Subject};
use crate::{
    error::{Error, Result},
    user::CurrentUser,
};

/// An action that a permit allows.
pub trait PermitAction {
    /// The action of the rules.
    const ACTION: Action;
}

/// Permission to insert.
#[derive(Clone, Copy, Debug)]
pub struct Create;
/// Permission to update.
#[derive(Clone, Copy, Debug)]
pub struct Update;
/// Permission to delete.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

impl PermitAction for Create {
    const ACTION: Action = Action::Create;
}
impl PermitAction for Update {
    const ACTION: Action = Action::Update;
}
impl PermitAction for Delete {
    const ACTION: Action = Action::Delete;
}

/// The authorizer of a write.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A signed-in user whose rules permit the write.
    User(CurrentUser),
    /// The program itself, with the reason, e.g. seeding.
    System(&'static str),
}

/// Proof that `by` may do `A` to `subject`.
///
/// [`Ability::permit`] creates one. A write without the check does not compile:
///
/// ```compile_fail,E0451
/// use domain::{Permit, ability::Update};
/// fn forge(book: domain::Book, by: domain::ability::Actor) -> Permit<Update, domain::Book> {
///     Permit { subject: book, by, action: std::marker::PhantomData }
/// }
/// ```
#[derive(Debug)]
pub struct Permit<A, S> {
    subject: S,
    by: Actor,
    action: PhantomData<A>,
}

impl<A: PermitAction, S: Subject> Permit<A, S> {
    /// Permits a write without a user and without rules: seeding and commands of the operator.
    /// `reason` is logged.
    pub fn system(reason: &'static str, _: A, subject: S) -> Self {
        Self { subject, by: Actor::System(reason), action: PhantomData }
    }

    /// Returns the row to write, or the content of a new row.
    #[must_use]
    pub fn subject(&self) -> &S {
        &self.subject
    }

    /// Returns the authorizer of the write.
    #[must_use]
    pub fn by(&self) -> &Actor {
        &self.by
    }

    /// Returns the permitted action.
    #[must_use]
    pub fn action(&self) -> Action {
        A::ACTION
    }
}

impl Ability<'_> {
    /// Permits the user to perform `A` on `subject`. Fails with `FORBIDDEN` if the rules do not
    /// allow it, and with `UNAUTHENTICATED` for an anonymous viewer.
    pub fn permit<A: PermitAction, S: Subject>(&self, _: A, subject: S) -> Result<Permit<A, S>> {
        let user = self.user.ok_or(Error::Unauthenticated)?;
        if self.can(A::ACTION, &subject) {
            Ok(Permit { subject, by: Actor::User(user.clone()), action: PhantomData })
        } else {
            Err(Error::Forbidden { action: A::ACTION, kind: S::KIND })
        }
    }
}
