//! What the command accepts, and that it writes nothing when it fails.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::*;

fn arguments(name: &str, fields: &[&str]) -> NewEntity {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    NewEntity { name: name.to_owned(), fields, plural: None }
}

fn review() -> NewEntity {
    arguments("Review", &["title:text!", "rating:int", "readAt:instant!", "book:book"])
}

fn refusal(arguments: &NewEntity) -> String {
    let NewEntity { name, fields, plural } = arguments;
    Entity::parse(name, plural.as_deref(), fields).map(drop).unwrap_err()
}

#[test]
fn wrong_arguments_are_explained() {
    for (name, fields, message) in [
        ("review", &["title:text!"][..], "the name \"review\" must be in PascalCase"),
        ("Reading_List", &["title:text!"], "must be in PascalCase, e.g. ReadingList"),
        ("Match", &["title:text!"], "the name Match is taken by Rust or by this code"),
        ("Connection", &["title:text!"], "is taken by Rust or by this code"),
        ("Review", &[], "an entity needs a field"),
        ("Review", &["title"], "\"title\" is not a field: write name:type"),
        ("Review", &["Title:text!"], "the field \"Title\" must be in camelCase, e.g. readAt"),
        ("Review", &["read_at:instant"], "must be in camelCase"),
        ("Review", &["type:text!"], "the field type has the name of a keyword of Rust"),
        ("Review", &["ownerId:text!"], "the field ownerId is taken"),
        ("Review", &["rating:float"], "the unknown type \"float\"; types are text, longtext, int"),
        ("Review", &["body:longtext!"], "the field body must be optional"),
        ("Review", &["title:text!", "title:int"], "the field title is named twice"),
        ("Review", &["title:text!", "bookId:text", "book:book"], "bookId is named twice"),
        ("Review", &["title:text", "rating:int!"], "an entity needs a required text"),
    ] {
        let refused = refusal(&arguments(name, fields));
        assert!(refused.contains(message), "{name} {fields:?}: {refused}");
    }
    let plural = Some("Reviews".to_owned());
    let same = NewEntity { plural, ..arguments("Reviews", &["title:text!"]) };
    assert!(refusal(&same).contains("use --plural"));
}

/// The files that the command reads, by their path in `root`.
fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// A folder with copies of the files that the command reads.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut copied = edited_files(repository(), &review()).unwrap();
    for list in ["migration/src/auth", "migration/src/library"] {
        let entries = fs::read_dir(repository().join(list)).unwrap();
        let paths = entries.map(|entry| Path::new(list).join(entry.unwrap().file_name()));
        copied.extend(paths);
    }
    for path in copied {
        let to = folder.path().join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(repository().join(path), to).unwrap();
    }
    folder
}

fn refused_and_unwritten(folder: &Path) -> String {
    let before = files(folder);
    let refused = new_entity(folder, &review()).unwrap_err();
    assert_eq!(files(folder), before);
    refused
}

#[test]
fn a_missing_anchor_is_named_and_nothing_is_written() {
    let folder = copy();
    let path = folder.path().join("crates/graphql/src/lib.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("pub struct Mutation(", "pub struct Changes(")).unwrap();
    let refused = refused_and_unwritten(folder.path());
    let message = "crates/graphql/src/lib.rs has no \"pub struct Mutation(\" any more";
    assert!(refused.starts_with(message), "{refused}");
}

#[test]
fn an_existing_name_is_refused_and_nothing_is_written() {
    let folder = copy();
    fs::write(folder.path().join("crates/domain/src/review.rs"), "").unwrap();
    let refused = refused_and_unwritten(folder.path());
    assert_eq!(refused, "the name is taken: crates/domain/src/review.rs exists");
}

#[test]
fn a_folder_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = new_entity(folder.path(), &review()).unwrap_err();
    assert!(refused.ends_with("is not in Bookplate"), "{refused}");
}
