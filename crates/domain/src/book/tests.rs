use super::*;
use crate::error::Error;

fn emma() -> BookInput {
    BookInput::new(" Emma ")
}

fn stored() -> Book {
    Book {
        id: BookId::from("b1"),
        title: "Emma".to_owned(),
        description: Some("A novel.".to_owned()),
        isbn: None,
        release_year: Some(1815),
        owner_id: UserId::from("u1"),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn every_failure_is_reported_at_once() {
    let input = BookInput {
        title: "  ".to_owned(),
        description: Some("x".repeat(10_001)),
        isbn: Some("123".to_owned()),
        release_year: Some(2028),
        author_ids: (0..101).map(|n| AuthorId(n.to_string())).collect(),
    };
    let Err(Error::Invalid(failures)) = input.validated(2026) else { panic!("accepted") };
    let fields: Vec<_> = failures.iter().map(|failure| &*failure.field).collect();
    assert_eq!(fields, ["title", "description", "isbn", "releaseYear", "authorIds"]);
}

#[test]
fn limits_are_inclusive() {
    for (title, ok) in [("é".repeat(300), true), ("é".repeat(301), false)] {
        assert_eq!(BookInput::new(title).validated(2026).is_ok(), ok);
    }
    for (year, ok) in [(-3000, true), (-3001, false), (2027, true), (2028, false)] {
        let input = BookInput { release_year: Some(year), ..emma() };
        assert_eq!(input.validated(2026).is_ok(), ok, "{year}");
    }
}

#[test]
fn titles_are_trimmed_and_duplicate_authors_removed() -> Result<()> {
    let ids = ["a", "b", "a"].map(AuthorId::from).to_vec();
    let book = BookInput { author_ids: ids, ..emma() }.validated(2026)?;
    assert_eq!(book.title(), "Emma");
    assert_eq!(book.author_ids(), Some(&["a", "b"].map(AuthorId::from)[..]));
    Ok(())
}

#[test]
fn an_empty_patch_changes_nothing() -> Result<()> {
    let after = BookPatch::default().validated(&stored(), 2026)?;
    assert_eq!(after.title(), "Emma");
    assert_eq!(after.description(), Some("A novel."));
    assert_eq!(after.release_year(), Some(1815));
    assert_eq!(after.author_ids(), None);
    Ok(())
}

#[test]
fn an_isbn_is_stored_in_13_digits_unless_unchanged() -> Result<()> {
    let old = Book { isbn: Some("0141439580".to_owned()), ..stored() };
    let patched = BookPatch { title: Patch::Set("Emma II".to_owned()), ..BookPatch::default() };
    assert_eq!(patched.validated(&old, 2026)?.isbn(), Some("0141439580"));
    let set = BookPatch { isbn: Patch::Set("0-14-143958-0".to_owned()), ..BookPatch::default() };
    assert_eq!(set.validated(&old, 2026)?.isbn(), Some("9780141439587"));
    let blank = BookPatch { isbn: Patch::Set(" ".to_owned()), ..BookPatch::default() };
    assert_eq!(blank.validated(&old, 2026)?.isbn(), None);
    let cleared = BookPatch { isbn: Patch::Clear, ..BookPatch::default() };
    assert_eq!(cleared.validated(&old, 2026)?.isbn(), None);
    Ok(())
}

#[test]
fn an_update_clears_only_optional_fields() {
    let clear = BookPatch {
        title: Patch::Clear,
        description: Patch::Clear,
        author_ids: Patch::Clear,
        ..BookPatch::default()
    };
    let Err(Error::Invalid(failures)) = clear.clone().validated(&stored(), 2026) else {
        panic!("a book without a title")
    };
    assert_eq!(failures.len(), 1);
    let patched = BookPatch { title: Patch::Keep, ..clear }.validated(&stored(), 2026);
    assert!(patched.is_ok_and(|b| b.description().is_none() && b.author_ids() == Some(&[])));
}
