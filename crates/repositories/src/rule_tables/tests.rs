//! Rules for reading: the rows that SQL returns against the ability's decision about each.

mod library;

use domain::{
    Role,
    ability::{Ability, Action, Condition as RuleCondition, Kind, Rules, Value},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{RngSeed, TestRunner},
};
use tokio::runtime::Runtime;

use self::library::{Library, TEXTS};
use super::*;

/// A rule that is drawn.
#[derive(Clone, Debug)]
struct Drawn {
    inverted: bool,
    actions: &'static [Action],
    kinds: &'static [Kind],
    fields: Option<&'static [&'static str]>,
    condition: Option<RuleCondition<'static>>,
}

fn value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => select(&[0, 1, -1, 1815][..]).prop_map(Value::from),
        4 => select(&TEXTS[..]).prop_map(Value::from),
    ]
}

fn conditions(names: &'static [&'static str]) -> impl Strategy<Value = RuleCondition<'static>> {
    let leaf =
        (select(names), vec(value(), 0..4), 0..4_u8).prop_map(|(name, values, form)| {
            match (form, values.first().cloned()) {
                (0 | 1, Some(value)) => RuleCondition::Eq(name, value),
                (2, Some(value)) => RuleCondition::Ne(name, value),
                _ => RuleCondition::In(name, values),
            }
        });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(RuleCondition::All),
            vec(inner.clone(), 0..3).prop_map(RuleCondition::Any),
            inner.prop_map(RuleCondition::negated),
        ]
    })
}

/// Kinds, and the fields that conditions about them name; `pages` is no column.
const ABOUT: [(&[Kind], &[&str]); 6] = [
    (&[Kind::Book], &["id", "ownerId", "title", "isbn", "releaseYear"]),
    (&[Kind::Author], &["id", "ownerId", "name", "birthYear", "deathYear"]),
    (&[Kind::User], &["id", "role", "role", "emailVerified"]),
    (&[Kind::Book, Kind::Author], &["id", "ownerId"]),
    (&[Kind::All], &["id"]),
    (&[Kind::Book], &["title", "title", "pages"]),
];
const ACTIONS: [&[Action]; 4] =
    [&[Action::Read], &[Action::Manage], &[Action::Update], &[Action::Read, Action::Update]];
const FIELDS: [Option<&[&str]>; 5] = [None, None, None, Some(&["title"]), Some(&[])];

fn rule() -> impl Strategy<Value = Drawn> {
    let about = select(&ABOUT[..]).prop_flat_map(|(kinds, names)| {
        (Just(kinds), prop::option::weighted(0.8, conditions(names)))
    });
    (any::<bool>(), select(&ACTIONS[..]), about, select(&FIELDS[..])).prop_map(
        |(inverted, actions, (kinds, condition), fields)| Drawn {
            inverted,
            actions,
            kinds,
            fields,
            condition,
        },
    )
}

fn ability(drawn: Vec<Drawn>) -> Ability<'static> {
    let mut rules = Rules::default();
    for Drawn { inverted, actions, kinds, fields, condition } in drawn {
        let rule = if inverted { rules.cannot(actions, kinds) } else { rules.can(actions, kinds) };
        if let Some(fields) = fields {
            rule.fields(fields);
        }
        if let Some(condition) = condition {
            rule.when(condition);
        }
    }
    Ability::new(rules, None)
}

fn check(runtime: &Runtime, library: Library, cases: u32) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_130),
        ..ProptestConfig::default()
    };
    let compared = TestRunner::new(config).run(&vec(rule(), 0..8), |drawn| {
        runtime.block_on(library.compare(&ability(drawn)));
        Ok(())
    });
    compared.unwrap();
    runtime.block_on(library.remove());
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn sqlite_returns_the_rows_that_the_ability_lets_read() {
    let runtime = runtime();
    let library = runtime.block_on(Library::sqlite());
    check(&runtime, library, 1_500);
}

#[test]
fn postgres_returns_the_rows_that_the_ability_lets_read() {
    let runtime = runtime();
    let Some(library) = runtime.block_on(Library::postgres()) else { return };
    check(&runtime, library, 400);
}

#[test]
fn every_role_of_a_user_is_found() {
    let runtime = runtime();
    let library = runtime.block_on(Library::sqlite());
    for role in Role::ALL {
        let mut rules = Rules::default();
        rules.can(&[Action::Read], &[Kind::User]).when(RuleCondition::eq("role", role.as_str()));
        let ability = Ability::new(rules, None);
        assert!(library.users.iter().any(|user| ability.can(Action::Read, user)), "{role}");
        runtime.block_on(library.compare(&ability));
    }
    runtime.block_on(library.remove());
}

fn rules_about_pages(_: Option<(&domain::UserId, Role)>) -> Rules<'_> {
    let mut rules = Rules::default();
    rules.can(&[Action::Read], &[Kind::Book]).when(RuleCondition::eq("pages", 1));
    rules
}

fn rules_about_titles(_: Option<(&domain::UserId, Role)>) -> Rules<'_> {
    let mut rules = Rules::default();
    rules.can(&[Action::Read], &[Kind::Book]).fields(&["title"]);
    rules
}

#[test]
fn a_rule_that_cannot_be_enforced_is_found_at_the_start() {
    assert!(check_rules(&AbilityFactory::default()).is_ok());
    for (rules, message) in [
        (rules_about_pages as domain::ability::RuleSet, "names pages, not a column"),
        (rules_about_titles, "must not be limited to fields"),
    ] {
        let Err(Error::Internal(error)) = check_rules(&AbilityFactory::new(rules)) else {
            panic!("{message}")
        };
        assert!(error.to_string().contains(message), "{error}");
    }
}
