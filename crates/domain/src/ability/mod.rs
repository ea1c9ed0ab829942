//! Who may do what: rules with CASL's semantics.
//!
//! Rules stand in order and **the last one that matches decides**; none matching
//! means no. A rule names actions ([`Action::Manage`] is any), kinds of subjects
//! ([`Kind::All`] is any), and optionally fields and conditions. All rules of
//! Bookplate stand on one screen, in `factory.rs`. A yes to a write is a value, the
//! [`Permit`], which every writing method of a repository takes. Clients get the rules
//! as [`Rules::raw`], and decide by them as it is decided here.
//!
//! Source of the semantics: the documentation and behaviour of `@casl/ability` 6.

mod condition;
mod factory;
mod permit;
mod raw;
mod rule;

use std::fmt;

pub use condition::{Condition, Value};
pub use factory::AbilityFactory;
pub use permit::{Actor, Create, Delete, Permit, PermitAction, Update};
pub use raw::RawRule;
pub use rule::{Rule, Rules};

use serde::Serialize;

use crate::user::CurrentUser;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Add a new one.
    Create,
    /// See it.
    Read,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
    /// Anything at all.
    Manage,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Manage => "manage",
        })
    }
}

/// What kind of thing it is done to; as JSON, the name of its GraphQL type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Kind {
    /// A [`crate::Book`].
    Book,
    /// An [`crate::Author`].
    Author,
    /// A [`crate::User`].
    User,
    /// Everything.
    #[serde(rename = "all")]
    All,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Book => "book",
            Self::Author => "author",
            Self::User => "user",
            Self::All => "thing",
        })
    }
}

/// A thing that rules speak about.
pub trait Subject {
    /// Its kind, never [`Kind::All`].
    const KIND: Kind;

    /// The value of a field that conditions may name, spelled as GraphQL clients spell
    /// it (`ownerId`), so that they can decide by the same rules; `None` for any other
    /// name, which equals nothing, not even [`Value::Null`].
    fn field(&self, name: &str) -> Option<Value<'_>>;
}

/// What one viewer may do.
#[derive(Debug)]
pub struct Ability<'u> {
    rules: Rules<'u>,
    user: Option<&'u CurrentUser>,
}

impl<'u> Ability<'u> {
    /// An ability of these rules; `user` is who a permit will name.
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

    /// Whether `action` may be done to some subject of this `kind`: rules with
    /// conditions count as a yes and not as a no, as nothing is known of the subject.
    #[must_use]
    pub fn can_some(&self, action: Action, kind: Kind) -> bool {
        self.decide(action, kind, None, None)
    }

    fn decide(
        &self,
        action: Action,
        kind: Kind,
        subject: Option<condition::Fields<'_>>,
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
