//! Who may do what: rules with CASL's semantics.
//!
//! Rules have an order, and **the last rule that matches decides**; without a match the answer
//! is no. A rule names actions ([`Action::Manage`] is any), kinds of subjects ([`Kind::All`] is
//! any), and optionally fields and conditions. All rules of Bookplate are in `factory.rs`.
//!
//! An ability's permission is a value: a write takes a [`Permit`], and a statement that reads
//! rows takes a [`Readable`]. Clients get the rules as [`Rules::raw`] and reach the same
//! decisions by them.
//!
//! Source of the semantics: the documentation and behavior of `@casl/ability` 6.

mod accessible;
mod condition;
mod factory;
mod permit;
mod raw;
mod rule;
mod subject;

pub use accessible::{Accessible, Readable};
pub use condition::{Condition, Value};
pub use factory::{AbilityFactory, RuleSet, rules};
pub use permit::{Actor, Create, Delete, Permit, PermitAction, Update};
pub use raw::RawRule;
pub use rule::{Rule, Rules};
pub use subject::{Action, Kind, Subject};

use crate::user::CurrentUser;

/// What one viewer may do.
#[derive(Debug)]
pub struct Ability<'u> {
    rules: Rules<'u>,
    user: Option<&'u CurrentUser>,
}

impl<'u> Ability<'u> {
    /// An ability of these rules; permits name `user`.
    #[must_use]
    pub fn new(rules: Rules<'u>, user: Option<&'u CurrentUser>) -> Self {
        Self { rules, user }
    }

    /// Whether `action` may be done to this very `subject`.
    #[must_use]
    pub fn can<S: Subject>(&self, action: Action, subject: &S) -> bool {
        self.decide(action, S::KIND, Some(&|name| subject.field(name)), None)
    }

    /// Whether `action` may be done to `field` of this very `subject`.
    #[must_use]
    pub fn can_field<S: Subject>(&self, action: Action, subject: &S, field: &str) -> bool {
        self.decide(action, S::KIND, Some(&|name| subject.field(name)), Some(field))
    }

    /// Whether `action` may be done to some subject of this `kind`: a `can` with a condition
    /// suffices, and a `cannot` with a condition does not prevent it.
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
        // As in CASL, an empty name is none.
        let field = field.filter(|name| !name.is_empty());
        let last = self.rules.iter().rev().find(|rule| {
            rule.is_about(action, kind) && rule.covers(field) && rule.holds_for(subject)
        });
        last.is_some_and(|rule| !rule.inverted)
    }
}

#[cfg(test)]
mod tests;
