//! Property tests: the engine and a model agree on random rules.

use std::slice;

use proptest::{prelude::*, test_runner::RngSeed};

use super::super::*;

/// A subject with two fields of three values each.
#[derive(Clone, Copy, Debug)]
struct Thing {
    a: i32,
    b: i32,
}

impl Subject for Thing {
    const KIND: Kind = Kind::Book;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "a" => Some(self.a.into()),
            "b" => Some(self.b.into()),
            _ => None,
        }
    }
}

const ACTIONS: &[Action] =
    &[Action::Create, Action::Read, Action::Update, Action::Delete, Action::Manage];
const KINDS: &[Kind] = &[Kind::Book, Kind::Author, Kind::All];

/// The slice of `all` that contains only `one`.
fn only<T: PartialEq>(all: &'static [T], one: &T) -> &'static [T] {
    all.iter().find(|known| *known == one).map_or(&[], slice::from_ref)
}

/// A random rule.
#[derive(Clone, Debug)]
struct RandomRule {
    inverted: bool,
    action: Action,
    kind: Kind,
    fields: Option<&'static [&'static str]>,
    condition: Option<Condition<'static>>,
}

impl RandomRule {
    fn add_to(&self, rules: &mut Rules<'static>) {
        let (actions, kinds) = (only(ACTIONS, &self.action), only(KINDS, &self.kind));
        let rule =
            if self.inverted { rules.cannot(actions, kinds) } else { rules.can(actions, kinds) };
        if let Some(fields) = self.fields {
            rule.fields(fields);
        }
        if let Some(condition) = self.condition.clone() {
            rule.when(condition);
        }
    }

    /// Whether the rule applies, as a separate implementation.
    fn applies(&self, action: Action, thing: Option<Thing>, field: Option<&str>) -> bool {
        if self.action != Action::Manage && self.action != action {
            return false;
        }
        if self.kind != Kind::All && self.kind != Kind::Book {
            return false;
        }
        if let Some(fields) = self.fields {
            match field {
                Some(field) if !fields.contains(&field) => return false,
                None if self.inverted => return false,
                _ => {}
            }
        }
        match (&self.condition, thing) {
            (Some(condition), Some(thing)) => truth(condition, thing),
            (Some(_), None) => !self.inverted,
            (None, _) => true,
        }
    }
}

fn truth(condition: &Condition<'_>, thing: Thing) -> bool {
    let value_of = |field: &str| if field == "a" { thing.a } else { thing.b };
    match condition {
        Condition::Eq(field, Value::Int(n)) => value_of(field) == *n,
        Condition::Ne(field, Value::Int(n)) => value_of(field) != *n,
        Condition::In(field, values) => {
            values.iter().any(|value| *value == Value::Int(value_of(field)))
        }
        Condition::All(parts) => !parts.iter().any(|part| !truth(part, thing)),
        Condition::Any(parts) => !parts.iter().all(|part| !truth(part, thing)),
        Condition::Not(part) => !truth(part, thing),
        other => panic!("never rules: {other:?}"),
    }
}

fn condition() -> impl Strategy<Value = Condition<'static>> {
    let field = prop_oneof![Just("a"), Just("b")];
    let leaf = (field, 0..3, 0..3, 0..3_u8).prop_map(|(field, n, m, form)| match form {
        0 => Condition::Eq(field, Value::Int(n)),
        1 => Condition::Ne(field, Value::Int(n)),
        _ => Condition::In(field, vec![Value::Int(n), Value::Int(m)]),
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Create),
        Just(Action::Read),
        Just(Action::Update),
        Just(Action::Delete)
    ]
}

fn rule() -> impl Strategy<Value = RandomRule> {
    let fields: [Option<&'static [&'static str]>; 4] =
        [None, None, Some(&["x"]), Some(&["x", "y"])];
    (
        any::<bool>(),
        prop_oneof![3 => action(), 1 => Just(Action::Manage)],
        prop_oneof![3 => Just(Kind::Book), 1 => Just(Kind::Author), 1 => Just(Kind::All)],
        prop::sample::select(fields.to_vec()),
        prop::option::of(condition()),
    )
        .prop_map(|(inverted, action, kind, fields, condition)| RandomRule {
            inverted,
            action,
            kind,
            fields,
            condition,
        })
}

fn ability(random: &[RandomRule]) -> Ability<'static> {
    let mut rules = Rules::default();
    for rule in random {
        rule.add_to(&mut rules);
    }
    Ability::new(rules, None)
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_130),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_accessible_set_has_the_subjects_that_the_ability_allows(
        rules in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
    ) {
        let (ability, thing) = (ability(&rules), Thing { a, b });
        let accessible = ability.accessible(action, Kind::Book);
        let is_in_set = match &accessible {
            Accessible::Everything => true,
            Accessible::Nothing => false,
            Accessible::Matching(condition) => truth(condition, thing),
        };
        prop_assert_eq!(is_in_set, ability.can(action, &thing));
        let can_some = ability.can_some(action, Kind::Book);
        prop_assert_eq!(accessible != Accessible::Nothing, can_some);
        if let Ok(readable) = ability.readable::<Thing>() {
            prop_assert_eq!(readable.includes(&thing), ability.can(Action::Read, &thing));
        } else {
            prop_assert!(!ability.can_some(Action::Read, Kind::Book));
        }
    }

    #[test]
    fn the_last_rule_that_applies_decides(
        rules in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
        field in prop::sample::select(vec![None, Some("x"), Some("y"), Some("z")]),
    ) {
        let (ability, thing) = (ability(&rules), Thing { a, b });
        // The model goes forward and lets every rule that applies overwrite the result.
        let model = |thing| rules.iter().fold(false, |answer, rule| {
            if rule.applies(action, thing, field) { !rule.inverted } else { answer }
        });
        let engine = match field {
            Some(field) => ability.can_field(action, &thing, field),
            None => ability.can(action, &thing),
        };
        prop_assert_eq!(engine, model(Some(thing)));
        if field.is_none() {
            prop_assert_eq!(ability.can_some(action, Kind::Book), model(None));
        }
    }

    #[test]
    fn a_last_rule_about_everything_decides_everything(
        mut rules in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
        inverted in any::<bool>(),
    ) {
        rules.push(RandomRule { inverted, action: Action::Manage, kind: Kind::All, fields: None, condition: None });
        let ability = ability(&rules);
        prop_assert_eq!(ability.can(action, &Thing { a, b }), !inverted);
        prop_assert_eq!(ability.can_some(action, Kind::Author), !inverted);
    }

    #[test]
    fn nothing_is_permitted_by_prohibitions(
        mut rules in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
    ) {
        for rule in &mut rules {
            rule.inverted = true;
        }
        let permitted = ability(&rules).can(action, &Thing { a, b });
        prop_assert!(!permitted);
    }
}
