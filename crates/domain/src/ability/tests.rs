//! The rules of Bookplate as a table, and the engine against a model.

use std::{fmt::Write, slice};

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::{
    Book, BookId, Role, SessionId, UserId,
    author::AuthorInput,
    book::{BookInput, NewBook},
    error::{Error, Result},
};

fn user(id: &str, role: Role) -> CurrentUser {
    CurrentUser {
        id: UserId::from(id),
        email: format!("{id}@example.com"),
        name: id.to_owned(),
        role,
        session_id: SessionId::from("s"),
    }
}

fn book_of(owner: &str) -> Book {
    Book {
        id: BookId::from("b"),
        title: "Emma".to_owned(),
        description: None,
        isbn: None,
        release_year: Some(1815),
        owner_id: UserId::from(owner),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn new_book() -> Result<NewBook> {
    BookInput { title: "Emma".to_owned(), ..BookInput::default() }.validated(2026)
}

#[test]
fn the_table_of_roles() -> Result<()> {
    let viewers = [
        ("anonymous", None),
        ("owner", Some(user("ann", Role::User))),
        ("other", Some(user("bob", Role::User))),
        ("admin_ro", Some(user("eve", Role::AdminRo))),
        ("admin_rw", Some(user("joe", Role::AdminRw))),
    ];
    let mut table = String::from("viewer     create read update delete\n");
    for (name, viewer) in &viewers {
        let ability = AbilityFactory::of(viewer.as_ref());
        let book = book_of("ann");
        let yes = |can: bool| if can { "yes" } else { "-" };
        _ = writeln!(
            table,
            "{name:<10} {:<6} {:<4} {:<6} {}",
            yes(ability.can(Action::Create, &new_book()?)),
            yes(ability.can(Action::Read, &book)),
            yes(ability.can(Action::Update, &book)),
            yes(ability.can(Action::Delete, &book)),
        );
    }
    assert_eq!(
        table,
        "viewer     create read update delete\n\
         anonymous  -      yes  -      -\n\
         owner      yes    yes  yes    yes\n\
         other      yes    yes  -      -\n\
         admin_ro   yes    yes  -      -\n\
         admin_rw   yes    yes  yes    yes\n"
    );
    Ok(())
}

fn ann() -> crate::User {
    crate::User {
        id: UserId::from("ann"),
        name: "Ann".to_owned(),
        email: "ann@example.com".to_owned(),
        email_verified: false,
        image: None,
        role: Role::User,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        deleted_at: None,
    }
}

#[test]
fn addresses_are_for_oneself_and_admins_and_rules_for_oneself_alone() {
    for (viewer, sees_address, sees_rules) in [
        (None, false, false),
        (Some(user("ann", Role::User)), true, true),
        (Some(user("ann", Role::AdminRo)), true, true),
        (Some(user("bob", Role::User)), false, false),
        (Some(user("eve", Role::AdminRo)), true, false),
        (Some(user("joe", Role::AdminRw)), true, false),
    ] {
        let ability = AbilityFactory::of(viewer.as_ref());
        let sees = |field| ability.can_field(Action::Read, &ann(), field);
        assert_eq!(sees("email"), sees_address, "{viewer:?}");
        assert_eq!(sees("abilities"), sees_rules, "{viewer:?}");
        assert!(sees("name"), "{viewer:?}");
    }
}

#[test]
fn a_field_that_a_subject_lacks_is_not_null() {
    let book = book_of("ann"); // without an ISBN, and books have no pages
    for (condition, holds) in [
        (Condition::eq("isbn", None::<i32>), true),
        (Condition::ne("isbn", None::<i32>), false),
        (Condition::eq("pages", None::<i32>), false),
        (Condition::ne("pages", None::<i32>), true),
        (Condition::In("pages", vec![Value::Null]), false),
        (Condition::eq("releaseYear", 1815), true),
        (Condition::eq("releaseYear", "1815"), false),
    ] {
        let mut rules = Rules::default();
        rules.can(&[Action::Read], &[Kind::Book]).when(condition.clone());
        assert_eq!(Ability::new(rules, None).can(Action::Read, &book), holds, "{condition:?}");
    }
}

#[test]
fn a_refusal_says_why() -> Result<()> {
    let bob = user("bob", Role::User);
    let refused = AbilityFactory::of(Some(&bob)).permit(permit::Update, book_of("ann"));
    assert_eq!(
        refused.err().map(|e| e.to_string()).as_deref(),
        Some("you may not update this book")
    );
    let author =
        AuthorInput { name: "Homer".to_owned(), ..AuthorInput::default() }.validated(2026)?;
    let nobody = AbilityFactory::of(None).permit(permit::Create, author);
    assert!(matches!(nobody, Err(Error::Unauthenticated)));
    Ok(())
}

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

/// The part of `all` that is just `one`.
fn only<T: PartialEq>(all: &'static [T], one: &T) -> &'static [T] {
    all.iter().find(|known| *known == one).map_or(&[], slice::from_ref)
}

/// A rule in a form of the test's own.
#[derive(Clone, Debug)]
struct Drawn {
    inverted: bool,
    action: Action,
    kind: Kind,
    fields: Option<&'static [&'static str]>,
    condition: Option<Condition<'static>>,
}

impl Drawn {
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

    /// Whether the rule has a say, spelled out case by case.
    fn says(&self, action: Action, thing: Option<Thing>, field: Option<&str>) -> bool {
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
    let of = |field: &str| if field == "a" { thing.a } else { thing.b };
    match condition {
        Condition::Eq(field, Value::Number(n)) => of(field) == *n,
        Condition::Ne(field, Value::Number(n)) => of(field) != *n,
        Condition::In(field, values) => {
            values.iter().any(|value| *value == Value::Number(of(field)))
        }
        Condition::All(parts) => !parts.iter().any(|part| !truth(part, thing)),
        Condition::Any(parts) => !parts.iter().all(|part| !truth(part, thing)),
        Condition::Not(part) => !truth(part, thing),
        other => panic!("never drawn: {other:?}"),
    }
}

fn condition() -> impl Strategy<Value = Condition<'static>> {
    let field = prop_oneof![Just("a"), Just("b")];
    let leaf = (field, 0..3, 0..3, 0..3_u8).prop_map(|(field, n, m, form)| match form {
        0 => Condition::Eq(field, Value::Number(n)),
        1 => Condition::Ne(field, Value::Number(n)),
        _ => Condition::In(field, vec![Value::Number(n), Value::Number(m)]),
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

fn rule() -> impl Strategy<Value = Drawn> {
    let fields: [Option<&'static [&'static str]>; 4] =
        [None, None, Some(&["x"]), Some(&["x", "y"])];
    (
        any::<bool>(),
        prop_oneof![3 => action(), 1 => Just(Action::Manage)],
        prop_oneof![3 => Just(Kind::Book), 1 => Just(Kind::Author), 1 => Just(Kind::All)],
        prop::sample::select(fields.to_vec()),
        prop::option::of(condition()),
    )
        .prop_map(|(inverted, action, kind, fields, condition)| Drawn {
            inverted,
            action,
            kind,
            fields,
            condition,
        })
}

fn ability(drawn: &[Drawn]) -> Ability<'static> {
    let mut rules = Rules::default();
    for rule in drawn {
        rule.add_to(&mut rules);
    }
    Ability::new(rules, None)
}

proptest! {
    #[test]
    fn the_last_rule_with_a_say_decides(
        drawn in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
        field in prop::sample::select(vec![None, Some("x"), Some("y"), Some("z")]),
    ) {
        let (ability, thing) = (ability(&drawn), Thing { a, b });
        // The model walks forward and lets every rule with a say overwrite the answer.
        let model = |thing| drawn.iter().fold(false, |answer, rule| {
            if rule.says(action, thing, field) { !rule.inverted } else { answer }
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
    fn the_last_word_about_everything_settles_everything(
        mut drawn in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
        inverted in any::<bool>(),
    ) {
        drawn.push(Drawn { inverted, action: Action::Manage, kind: Kind::All, fields: None, condition: None });
        let ability = ability(&drawn);
        prop_assert_eq!(ability.can(action, &Thing { a, b }), !inverted);
        prop_assert_eq!(ability.can_some(action, Kind::Author), !inverted);
    }

    #[test]
    fn nothing_is_permitted_by_prohibitions(
        mut drawn in prop::collection::vec(rule(), 0..8),
        action in action(),
        (a, b) in (0..3, 0..3),
    ) {
        for rule in &mut drawn {
            rule.inverted = true;
        }
        let permitted = ability(&drawn).can(action, &Thing { a, b });
        prop_assert!(!permitted);
    }
}
