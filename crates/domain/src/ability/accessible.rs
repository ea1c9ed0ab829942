//! Sets of subjects that a user may access: CASL's `accessibleBy`.
//!
//! [`Ability::can`] decides about one loaded subject. A statement that reads many rows needs the
//! same decision as a condition, so that the database returns no other row. The set contains
//! exactly the subjects that [`Ability::can`] allows.
//!
//! **Fields.** As in CASL, a rule that is limited to fields decides about fields, not about rows:
//! a limited `can` makes the row readable, and a limited `cannot` hides no row.
//! [`Ability::can_field`] decides which fields of a readable row are visible; the resolvers of a
//! user's private fields call it. Books and authors have no such resolvers, so rules about
//! reading them cannot be limited to fields ([`AbilityFactory::limits_fields`]).
//!
//! Source: `rulesToCondition` of `@casl/ability` 7, which respects the order of rules;
//! `rulesToQuery` of version 6 lets any `cannot` prevail over a later `can` with a condition.
//!
//! [`AbilityFactory::limits_fields`]: super::AbilityFactory::limits_fields

use std::{fmt, marker::PhantomData};

use super::{Ability, Action, Condition, Kind, Rule, Subject};
use crate::error::{Error, Result};

/// A set of subjects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accessible<'u> {
    /// Every subject.
    Everything,
    /// No subject.
    Nothing,
    /// The subjects that fulfill the condition.
    Matching(Condition<'u>),
}

impl<'u> Accessible<'u> {
    /// Returns the set after another rule, which overrides earlier ones.
    fn and_then(self, rule: &Rule<'u>) -> Self {
        let Some(condition) = rule.condition.clone() else {
            return if rule.inverted { Self::Nothing } else { Self::Everything };
        };
        match (self, rule.inverted) {
            (Self::Everything, false) => Self::Everything,
            (Self::Nothing, true) => Self::Nothing,
            (Self::Nothing, false) => Self::Matching(condition),
            (Self::Everything, true) => Self::Matching(condition.negated()),
            (Self::Matching(earlier), false) => {
                Self::Matching(Condition::Any(vec![earlier, condition]))
            }
            (Self::Matching(earlier), true) => {
                Self::Matching(Condition::All(vec![earlier, condition.negated()]))
            }
        }
    }
}

impl<'u> Ability<'u> {
    /// Returns the subjects of `kind` on which the user may perform `action`. The result is
    /// [`Accessible::Nothing`] exactly if [`Ability::can_some`] is false.
    #[must_use]
    pub fn accessible(&self, action: Action, kind: Kind) -> Accessible<'u> {
        let about_rows = |rule: &&Rule<'u>| rule.is_about(action, kind) && rule.covers(None);
        self.rules.iter().filter(about_rows).fold(Accessible::Nothing, Accessible::and_then)
    }

    /// Returns the rows that the user may read. Fails with `FORBIDDEN` if no row can be readable.
    pub fn readable<S: Subject>(&self) -> Result<Readable<'u, S>> {
        let condition = match self.accessible(Action::Read, S::KIND) {
            Accessible::Everything => None,
            Accessible::Matching(condition) => Some(condition),
            Accessible::Nothing => {
                return Err(Error::Forbidden { action: Action::Read, kind: S::KIND });
            }
        };
        Ok(Readable { condition, subject: PhantomData })
    }
}

/// Permission to read rows of `S`, as a value.
///
/// Every statement that lists or finds rows of `S` for a user takes this value, as every write
/// takes a [`Permit`](super::Permit). A row that a mutation locked is compared with it, see
/// [`Self::includes`]. Only an ability creates one:
///
/// ```compile_fail,E0451
/// use domain::ability::Readable;
/// fn forge() -> Readable<'static, domain::Book> {
///     Readable { condition: None, subject: std::marker::PhantomData }
/// }
/// ```
pub struct Readable<'u, S> {
    condition: Option<Condition<'u>>,
    subject: PhantomData<fn() -> S>,
}

impl<'u, S: Subject> Readable<'u, S> {
    /// Permits reading every row without a user: seeding and commands of the operator. `reason`
    /// documents the call.
    #[must_use]
    pub fn system(reason: &'static str) -> Self {
        _ = reason;
        Self::everything()
    }

    /// Permits reading every row.
    pub(super) const fn everything() -> Self {
        Self { condition: None, subject: PhantomData }
    }

    /// Returns the condition that readable rows fulfill; `None` if every row is readable.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition<'u>> {
        self.condition.as_ref()
    }

    /// Whether `row` may be read.
    #[must_use]
    pub fn includes(&self, row: &S) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(&|name| row.field(name)))
    }
}

impl<S> Clone for Readable<'_, S> {
    fn clone(&self) -> Self {
        Self { condition: self.condition.clone(), subject: PhantomData }
    }
}

impl<S> fmt::Debug for Readable<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readable").field(&self.condition).finish()
    }
}
