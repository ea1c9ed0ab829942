//! Permissions: rules with CASL's semantics.
//!
//! Rules are ordered, and **the last matching rule decides**; without a match the action is
//! forbidden. A rule names actions ([`Action::Manage`] is any), kinds of subjects ([`Kind::All`]
//! is any), and optionally fields and conditions. `rules.rs` contains all rules of Bookplate.
//!
//! An ability's permission is a value: a write takes a [`Permit`], and a statement that reads
//! rows takes a [`Readable`]. Clients receive the rules as [`Rules::raw`] and reach the same
//! decisions with them.
//!
//! Source of the semantics: the documentation and behavior of `@casl/ability` 6.

mod accessible;
mod condition;
mod factory;
mod permit;
mod raw;
mod rule;
mod rules;
mod subject;

pub use accessible::{Accessible, Readable};
pub use condition::{Condition, Value};
pub use factory::{AbilityFactory, RuleSet};
pub use permit::{Actor, Create, Delete, Permit, PermitAction, Update};
pub use raw::RawRule;
pub use rule::{Rule, Rules};
pub use rules::rules;
pub use subject::{Action, Kind, Subject};

use crate::user::CurrentUser;

/// The permissions of one viewer.
#[derive(Debug)]
pub struct Ability<'u> {
    rules: Rules<'u>,
    user: Option<&'u CurrentUser>,
}

impl<'u> Ability<'u> {
    /// Creates an ability from rules; permits name `user` as the actor.
    #[must_use]
    pub fn new(rules: Rules<'u>, user: Option<&'u CurrentUser>) -> Self {
        Self { rules, user }
    }

    /// Whether the viewer may perform `action` on this `subject`.
    #[must_use]
    pub fn can<S: Subject>(&self, action: Action, subject: &S) -> bool {
        self.decide(action, S::KIND, Some(&|name| subject.field(name)), None)
    }

    /// Whether the viewer may perform `action` on `field` of this `subject`.
    #[must_use]
    pub fn can_field<S: Subject>(&self, action: Action, subject: &S, field: &str) -> bool {
        self.decide(action, S::KIND, Some(&|name| subject.field(name)), Some(field))
    }

    /// Whether the viewer may perform `action` on any subject of this `kind`. A `can` with a
    /// condition suffices; a `cannot` with a condition is ignored.
    #[must_use]
    pub fn can_some(&self, action: Action, kind: Kind) -> bool {
        self.decide(action, kind, None, None)
    }

    fn decide(
        &self,
        action: Action,
        kind: Kind,
        subject: Option<condition::FieldLookup<'_>>,
        field: Option<&str>,
    ) -> bool {
        // As in CASL, an empty name means no field.
        let field = field.filter(|name| !name.is_empty());
        let last = self.rules.iter().rev().find(|rule| {
            rule.is_about(action, kind) && rule.covers(field) && rule.holds_for(subject)
        });
        last.is_some_and(|rule| !rule.inverted)
    }
}

#[cfg(test)]
mod tests;
