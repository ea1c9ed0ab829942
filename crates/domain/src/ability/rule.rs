//! One rule, and rules in order.

use std::ops::Deref;

use super::{
    Action, Kind,
    condition::{Condition, Fields},
};

/// One sentence of an ability, e.g. "may update books whose `userId` is theirs".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) inverted: bool,
    actions: Vec<Action>,
    kinds: Vec<Kind>,
    fields: Option<Vec<&'static str>>,
    condition: Option<Condition>,
}

impl Rule {
    /// Restricts the rule to these fields.
    pub fn fields(&mut self, fields: &[&'static str]) -> &mut Self {
        self.fields = Some(fields.to_vec());
        self
    }

    /// Restricts the rule to subjects of which `condition` holds.
    pub fn when(&mut self, condition: Condition) -> &mut Self {
        self.condition = Some(condition);
        self
    }

    pub(super) fn is_about(&self, action: Action, kind: Kind) -> bool {
        self.actions.iter().any(|a| *a == action || *a == Action::Manage)
            && self.kinds.iter().any(|k| *k == kind || *k == Kind::All)
    }

    /// Asked about no field in particular, a restricted `can` is a yes (to some
    /// field) and a restricted `cannot` is not a no (to all).
    pub(super) fn covers(&self, field: Option<&str>) -> bool {
        match (&self.fields, field) {
            (None, _) => true,
            (Some(_), None) => !self.inverted,
            (Some(fields), Some(field)) => fields.contains(&field),
        }
    }

    /// Asked about no subject in particular, likewise.
    pub(super) fn holds_for(&self, subject: Option<Fields<'_>>) -> bool {
        match (&self.condition, subject) {
            (None, _) => true,
            (Some(_), None) => !self.inverted,
            (Some(condition), Some(fields)) => condition.holds(fields),
        }
    }
}

/// Rules in order; a later one overrules an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Appends a permission; narrow it with [`Rule::fields`] and [`Rule::when`].
    pub fn can(&mut self, actions: &[Action], kinds: &[Kind]) -> &mut Rule {
        self.push(false, actions, kinds)
    }

    /// Appends a prohibition; narrow it with [`Rule::fields`] and [`Rule::when`].
    pub fn cannot(&mut self, actions: &[Action], kinds: &[Kind]) -> &mut Rule {
        self.push(true, actions, kinds)
    }

    fn push(&mut self, inverted: bool, actions: &[Action], kinds: &[Kind]) -> &mut Rule {
        let (actions, kinds) = (actions.to_vec(), kinds.to_vec());
        self.0.push_mut(Rule { inverted, actions, kinds, fields: None, condition: None })
    }
}

impl Deref for Rules {
    type Target = [Rule];

    fn deref(&self) -> &[Rule] {
        &self.0
    }
}
