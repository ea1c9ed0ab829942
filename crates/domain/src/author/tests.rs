use super::*;
use crate::error::Error;

fn homer() -> Author {
    Author {
        id: AuthorId::from("a1"),
        name: "Homer".to_owned(),
        bio: None,
        birth_year: Some(-750),
        death_year: None,
        owner_id: UserId::from("u1"),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn an_update_cannot_set_a_death_before_the_birth() {
    for (death, ok) in [(-751, false), (-750, true), (-700, true)] {
        let patch = AuthorPatch { death_year: Patch::Set(death), ..AuthorPatch::default() };
        assert_eq!(patch.validated(&homer(), 2026).is_ok(), ok, "{death}");
    }
}

#[test]
fn every_failure_is_reported_at_once() {
    let input = AuthorInput {
        name: "x".repeat(301),
        bio: Some("\0".to_owned()),
        birth_year: Some(-3001),
        death_year: Some(9999),
    };
    let Err(Error::Invalid(failures)) = input.validated(2026) else { panic!("accepted") };
    let fields: Vec<_> = failures.iter().map(|failure| &*failure.field).collect();
    assert_eq!(fields, ["name", "bio", "birthYear", "deathYear"]);
}
