//! Tests of Bookplate's rules as a table.

mod random;

use std::fmt::Write;

use chrono::DateTime;

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
        is_guest: false,
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
        let ability = AbilityFactory::default().for_viewer(viewer.as_ref());
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
        epoch: 0,
        pending: false,
        sign_in: crate::SignInFields::default(),
        ban: None,
    }
}

#[test]
fn emails_are_visible_to_their_user_and_admins_and_rules_to_their_user() {
    for (viewer, sees_address, sees_rules) in [
        (None, false, false),
        (Some(user("ann", Role::User)), true, true),
        (Some(user("ann", Role::AdminRo)), true, true),
        (Some(user("bob", Role::User)), false, false),
        (Some(user("eve", Role::AdminRo)), true, false),
        (Some(user("joe", Role::AdminRw)), true, false),
    ] {
        let ability = AbilityFactory::default().for_viewer(viewer.as_ref());
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
fn an_error_names_action_and_kind() -> Result<()> {
    let bob = user("bob", Role::User);
    let refused =
        AbilityFactory::default().for_viewer(Some(&bob)).permit(permit::Update, book_of("ann"));
    assert_eq!(
        refused.err().map(|e| e.to_string()).as_deref(),
        Some("you may not update this book")
    );
    let author =
        AuthorInput { name: "Homer".to_owned(), ..AuthorInput::default() }.validated(2026)?;
    let anonymous = AbilityFactory::default().for_viewer(None).permit(permit::Create, author);
    assert!(matches!(anonymous, Err(Error::Unauthenticated)));
    Ok(())
}

/// The current rules add no condition to any list.
#[test]
fn every_viewer_reads_every_row() {
    let abilities = AbilityFactory::default();
    assert!(abilities.is_all_public());
    for kind in [Kind::Book, Kind::Author] {
        assert!(!abilities.limits_fields(kind), "{kind}");
    }
    for viewer in [None, Some(user("ann", Role::User)), Some(user("joe", Role::AdminRw))] {
        let ability = abilities.for_viewer(viewer.as_ref());
        for kind in Kind::OF_SUBJECTS {
            assert_eq!(ability.accessible(Action::Read, kind), Accessible::Everything);
        }
    }
}

/// Additional rules: drafts are visible to their owner, and users to themselves.
fn rules_with_drafts(viewer: Option<(&UserId, Role)>) -> Rules<'_> {
    let mut rules = rules(viewer);
    let id = viewer.map_or("", |(id, _)| id.as_str());
    let title = Condition::eq("title", "Draft");
    let draft = Condition::All(vec![title, Condition::ne("ownerId", id)]);
    rules.cannot(&[Action::Read], &[Kind::Book]).when(draft);
    if viewer.is_none() {
        rules.cannot(&[Action::Read], &[Kind::User]);
    }
    rules
}

#[test]
fn an_additional_rule_hides_rows() {
    let abilities = AbilityFactory::new(rules_with_drafts);
    assert!(!abilities.is_all_public());
    let (ann, bob) = (user("ann", Role::User), user("bob", Role::User));
    let draft = Book { title: "Draft".to_owned(), ..book_of("ann") };
    for (viewer, seen) in [(None, false), (Some(&bob), false), (Some(&ann), true)] {
        let readable = abilities.readable::<Book>(viewer).unwrap();
        assert_eq!(readable.includes(&draft), seen, "{viewer:?}");
        assert!(readable.includes(&book_of("ann")), "{viewer:?}");
        // Authors remain public.
        assert!(abilities.readable::<crate::Author>(viewer).unwrap().condition().is_none());
    }
    assert!(matches!(
        abilities.readable::<crate::User>(None),
        Err(Error::Forbidden { action: Action::Read, kind: Kind::User })
    ));
    assert!(abilities.readable::<crate::User>(Some(&bob)).is_ok());
}
