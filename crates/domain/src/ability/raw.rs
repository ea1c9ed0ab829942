//! Rules in the JSON form of `@casl/ability`.
//!
//! `createMongoAbility` compares fields and requires all comparisons of a rule; it does not
//! support `$or`, `$and`, `$not` and `$nor`. So a condition is converted to disjunctive normal
//! form, and each alternative becomes a rule. This is equivalent: the alternatives are adjacent
//! and have the same effect, so it does not matter which of them matches last.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Action, Condition, Kind, Rules, Value};

/// A rule in CASL's form: `{ action, subject, fields?, conditions?, inverted? }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawRule<'r> {
    #[serde(serialize_with = "one_or_list")]
    action: &'static [Action],
    #[serde(serialize_with = "one_or_list")]
    subject: &'static [Kind],
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conditions: Option<Comparisons<'r>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    inverted: bool,
}

/// Comparisons that must hold, by field.
type Comparisons<'r> = BTreeMap<&'static str, Comparison<'r>>;

/// A comparison of one field. Every combination of comparisons reduces to one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Comparison<'r> {
    /// The field has one of these values.
    In(Vec<&'r Value<'r>>),
    /// The field has none of these values, or the subject has no such field.
    NotIn(Vec<&'r Value<'r>>),
}

impl Rules<'_> {
    /// Returns the rules in CASL's form. A condition of `n` alternatives gives `n` rules.
    #[must_use]
    pub fn raw(&self) -> Vec<RawRule<'_>> {
        let mut raw = Vec::with_capacity(self.len());
        // CASL rejects a rule with an empty list of fields, which never applies.
        for rule in self.iter().filter(|rule| rule.fields != Some(&[])) {
            let of = |conditions| RawRule {
                action: rule.actions,
                subject: rule.kinds,
                fields: rule.fields,
                conditions,
                inverted: rule.inverted,
            };
            match &rule.condition {
                None => raw.push(of(None)),
                Some(condition) => {
                    let alternatives = possible_cases(condition);
                    raw.extend(alternatives.into_iter().map(|all| of(Some(all))));
                }
            }
        }
        raw
    }
}

/// Returns the cases in which `condition` can hold. A condition that never holds gives one
/// impossible case. One that always holds still compares a field: CASL treats a rule without
/// conditions differently when a check has no subject.
fn possible_cases<'c>(condition: &'c Condition<'_>) -> Vec<Comparisons<'c>> {
    let of_any_field = |comparison| Comparisons::from([("id", comparison)]);
    let mut cases = cases(condition, true);
    for always in cases.iter_mut().filter(|case| case.is_empty()) {
        *always = of_any_field(Comparison::NotIn(Vec::new()));
    }
    if cases.is_empty() { vec![of_any_field(Comparison::In(Vec::new()))] } else { cases }
}

/// Returns the cases in which `condition` evaluates to `wanted`.
fn cases<'c>(condition: &'c Condition<'_>, wanted: bool) -> Vec<Comparisons<'c>> {
    let one = |field: &'static str, values: Vec<&'c Value<'c>>, within: bool| {
        let comparison = if within { Comparison::In } else { Comparison::NotIn };
        vec![Comparisons::from([(field, comparison(values))])]
    };
    match condition {
        Condition::Eq(field, value) => one(field, vec![value], wanted),
        Condition::Ne(field, value) => one(field, vec![value], !wanted),
        Condition::In(field, values) => one(field, values.iter().collect(), wanted),
        Condition::All(parts) if wanted => all_of(parts, wanted),
        Condition::Any(parts) if !wanted => all_of(parts, wanted),
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().flat_map(|part| cases(part, wanted)).collect()
        }
        Condition::Not(part) => cases(part, !wanted),
    }
}

/// Returns the cases in which all of `parts` evaluate to `wanted`.
fn all_of<'c>(parts: &'c [Condition<'_>], wanted: bool) -> Vec<Comparisons<'c>> {
    parts.iter().fold(vec![Comparisons::new()], |so_far, part| {
        let further = cases(part, wanted);
        let pairs = so_far.iter().flat_map(|left| further.iter().map(move |right| (left, right)));
        pairs.filter_map(|(left, right)| combined(left, right)).collect()
    })
}

/// Combines the comparisons of both; `None` if they contradict each other.
fn combined<'c>(left: &Comparisons<'c>, right: &Comparisons<'c>) -> Option<Comparisons<'c>> {
    let mut all = left.clone();
    for (field, comparison) in right {
        let combined = match all.remove(field) {
            Some(other) => other.and(comparison),
            None => comparison.clone(),
        };
        if combined == Comparison::In(Vec::new()) {
            return None;
        }
        all.insert(field, combined);
    }
    Some(all)
}

impl Comparison<'_> {
    /// Combines two comparisons: both must hold.
    fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::In(mut values), Self::In(others)) => {
                values.retain(|value| others.contains(value));
                Self::In(values)
            }
            (Self::In(mut values), Self::NotIn(others)) => {
                values.retain(|value| !others.contains(value));
                Self::In(values)
            }
            (others @ Self::NotIn(_), values @ Self::In(_)) => values.clone().and(&others),
            (Self::NotIn(mut values), Self::NotIn(others)) => {
                values.retain(|value| !others.contains(value));
                values.extend(others);
                Self::NotIn(values)
            }
        }
    }
}

impl Serialize for Comparison<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // For a missing field, a lone null matches in CASL 7, but not in CASL 6. In a list,
            // null matches in neither, as in this implementation.
            Self::In(values) => match values.as_slice() {
                [value] if **value != Value::Null => value.serialize(serializer),
                values => serializer.collect_map([("$in", values)]),
            },
            Self::NotIn(values) => match values.as_slice() {
                [value] if **value != Value::Null => serializer.collect_map([("$ne", value)]),
                values => serializer.collect_map([("$nin", values)]),
            },
        }
    }
}

/// Writes a single item without a list, as people do.
fn one_or_list<T: Serialize, S: Serializer>(items: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    match items {
        [one] => one.serialize(serializer),
        items => items.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, UserId, ability::AbilityFactory};

    fn parts(condition: Condition<'_>) -> usize {
        let mut rules = Rules::default();
        rules.can(&[Action::Read], &[Kind::Book]).when(condition);
        rules.raw().len()
    }

    fn year(year: i32) -> Condition<'static> {
        Condition::eq("releaseYear", year)
    }

    #[test]
    fn each_satisfiable_alternative_becomes_a_rule() {
        let either = || Condition::Any(vec![year(1813), year(1815)]);
        assert_eq!(parts(either()), 2);
        assert_eq!(parts(Condition::Not(Box::new(either()))), 1);
        let title = Condition::Any(vec![Condition::eq("title", "A"), Condition::eq("title", "B")]);
        assert_eq!(parts(Condition::All(vec![either(), title])), 4);
        assert_eq!(parts(Condition::All(vec![either(), either()])), 2);
    }

    #[test]
    fn a_condition_that_never_holds_is_kept() {
        assert_eq!(parts(Condition::Any(Vec::new())), 1);
        assert_eq!(parts(Condition::All(vec![year(1813), year(1815)])), 1);
    }

    #[test]
    fn a_rule_without_fields_is_omitted() {
        let mut rules = Rules::default();
        rules.can(&[Action::Read], &[Kind::Book]).fields(&[]);
        assert_eq!(rules.raw(), []);
    }

    #[test]
    fn every_role_has_few_rules() {
        let id = UserId::from("ann");
        for role in Role::ALL {
            assert!(AbilityFactory::default().rules_for(&id, role).raw().len() < 10);
        }
    }
}
