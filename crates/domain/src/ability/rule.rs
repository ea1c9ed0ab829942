//! Single rules and ordered lists of rules.

use std::ops::Deref;

use super::{
    Action, Kind,
    condition::{Condition, FieldLookup},
};

/// A rule, e.g. "may update books whose `ownerId` is the user's".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<'u> {
    pub(super) inverted: bool,
    pub(super) actions: &'static [Action],
    pub(super) kinds: &'static [Kind],
    pub(super) fields: Option<&'static [&'static str]>,
    pub(super) condition: Option<Condition<'u>>,
}

impl<'u> Rule<'u> {
    /// Limits the rule to these fields; with an empty list it never applies.
    pub fn fields(&mut self, names: &'static [&'static str]) -> &mut Self {
        self.fields = Some(names);
        self
    }

    /// Limits the rule to subjects that fulfill `condition`.
    pub fn when(&mut self, condition: Condition<'u>) -> &mut Self {
        self.condition = Some(condition);
        self
    }

    pub(super) fn is_about(&self, action: Action, kind: Kind) -> bool {
        self.actions.iter().any(|a| *a == action || *a == Action::Manage)
            && self.kinds.iter().any(|k| *k == kind || *k == Kind::All)
    }

    /// Whether the rule decides about `field`. Without a field, a `can` that is limited to fields
    /// applies, because it allows some field; such a `cannot` does not apply.
    pub(super) fn covers(&self, field: Option<&str>) -> bool {
        match (self.fields, field) {
            (None, _) => true,
            (Some([]), _) => false,
            (Some(_), None) => !self.inverted,
            (Some(fields), Some(field)) => fields.contains(&field),
        }
    }

    /// Whether the rule decides about `subject`. Without a subject, a `can` with a condition
    /// applies, because it allows some subject; such a `cannot` does not apply.
    pub(super) fn holds_for(&self, subject: Option<FieldLookup<'_>>) -> bool {
        match (&self.condition, subject) {
            (None, _) => true,
            (Some(_), None) => !self.inverted,
            (Some(condition), Some(fields)) => condition.holds(fields),
        }
    }
}

/// Ordered rules; a later rule overrides an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules<'u>(Vec<Rule<'u>>);

impl<'u> Rules<'u> {
    /// Appends a permission; limit it with [`Rule::fields`] and [`Rule::when`].
    pub fn can(&mut self, actions: &'static [Action], kinds: &'static [Kind]) -> &mut Rule<'u> {
        self.push(false, actions, kinds)
    }

    /// Appends a prohibition; limit it with [`Rule::fields`] and [`Rule::when`].
    pub fn cannot(&mut self, actions: &'static [Action], kinds: &'static [Kind]) -> &mut Rule<'u> {
        self.push(true, actions, kinds)
    }

    fn push(
        &mut self,
        inverted: bool,
        actions: &'static [Action],
        kinds: &'static [Kind],
    ) -> &mut Rule<'u> {
        self.0.push_mut(Rule { inverted, actions, kinds, fields: None, condition: None })
    }
}

impl<'u> Deref for Rules<'u> {
    type Target = [Rule<'u>];

    fn deref(&self) -> &[Rule<'u>] {
        &self.0
    }
}
