//! `cargo xtask new-entity`: the entities that it writes compile and pass their tests.
//!
//! The test writes them into a copy of the sources. The copy stays in the folder where Cargo
//! builds, and is built there, too: third-party packages are compiled already, and ours only
//! after a change.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use xtask::NewEntity;

use crate::it::support::{Backend, repository_root, skip};

/// What the command and a build need.
const SOURCES: [&str; 7] =
    [".rustfmt.toml", "Cargo.lock", "Cargo.toml", "crates", "migration", "schema.graphql", "tests"];

/// The tests that must pass: those of the entities, and the tables that name every entity.
/// None of them runs the binary: the copy would build its own in place of the real one.
const TESTS: [&str; 5] =
    ["review::", "quiz::", "graphql::permission::", "graphql::abilities::", "list_field::"];

/// An entity with fields of every type, and one with as little as possible.
fn entities() -> [NewEntity; 2] {
    let fields = |fields: &str| fields.split_whitespace().map(str::to_owned).collect();
    let every_type = "title:text! subtitle:text body:longtext rating:int! pages:int spoiler:bool! \
        featured:bool readAt:instant! editedAt:instant book:book! author:author reviewer:user";
    let plural = Some("Quizzes".to_owned());
    [
        NewEntity { name: "Review".to_owned(), fields: fields(every_type), plural: None },
        NewEntity { name: "Quiz".to_owned(), fields: fields("question:text!"), plural },
    ]
}

/// The files of the sources, by their path under `root`.
fn sources(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut paths = SOURCES.map(|name| root.join(name)).to_vec();
    while let Some(path) = paths.pop() {
        if path.is_dir() && !path.ends_with("node_modules") {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() {
            let name = path.strip_prefix(root).unwrap().to_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

/// Makes `files` the sources in `folder`. Equal files are not written, so that Cargo finds
/// them unchanged.
fn put(files: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) {
    let existing = sources(folder);
    for removed in existing.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(folder.join(removed)).unwrap();
    }
    for (name, bytes) in files.iter().filter(|(name, bytes)| existing.get(*name) != Some(bytes)) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Gives the packages of a workspace another version. Cargo names what it builds by the
/// version, not by the folder: otherwise the copy would replace the original.
fn set_apart(manifest: &Path) {
    let text = fs::read_to_string(manifest).unwrap();
    fs::write(manifest, text.replacen("\nversion = \"", "\nversion = \"1000", 1)).unwrap();
}

/// Cargo, without the variables that it set for this test: ring's build script reads them,
/// and everything that depends on it would be compiled anew.
fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// Writes the entities into a copy of the sources below `target`.
fn write_entities(copy: &Path) {
    let written = tempfile::tempdir().unwrap();
    put(&sources(repository_root()), written.path());
    for entity in entities() {
        xtask::new_entity(written.path(), &entity).unwrap();
    }
    set_apart(&written.path().join("Cargo.toml"));
    put(&sources(written.path()), copy);
}

#[test]
fn entities_of_every_type_of_field_compile_and_pass_their_tests() {
    let backend = match Backend::current() {
        Backend::Sqlite => "sqlite",
        Backend::Postgres if env::var_os("TEST_POSTGRES_URL").is_none() => {
            return skip(skips::POSTGRES);
        }
        Backend::Postgres => "postgres",
    };
    // target/debug/deps/sqlite-0123456789abcdef
    let this = env::current_exe().unwrap();
    let target = this.ancestors().nth(3).unwrap();
    let copy = target.join("new-entity");
    fs::create_dir_all(&copy).unwrap();
    let one_at_a_time = File::create(copy.join(".lock")).unwrap();
    one_at_a_time.lock().unwrap();

    write_entities(&copy);
    let tested = cargo()
        .args(["test", "--offline", "--no-fail-fast", "--lib", "--test", backend])
        .args(["--package", "acceptance", "--package", "domain", "--package", "repositories"])
        .args(["--package", "graphql", "--target-dir"])
        .arg(target)
        .arg("--")
        .args(TESTS)
        .current_dir(&copy)
        .output()
        .unwrap();

    let printed = String::from_utf8_lossy(&tested.stdout);
    let complaints = String::from_utf8_lossy(&tested.stderr);
    assert!(tested.status.success(), "{complaints}{printed}");
    assert!(!complaints.contains("warning: unused"), "{complaints}");
    assert!(!complaints.contains(this.to_str().unwrap()), "built over this:\n{complaints}");
    for tests in TESTS {
        assert!(printed.contains(tests), "no test of {tests} ran:\n{printed}");
    }
}

#[test]
fn the_guide_names_every_list_to_which_a_new_entity_is_added() {
    let guide = fs::read_to_string(repository_root().join("CONTRIBUTING.md")).unwrap();
    let (_, section) = guide.split_once("\n## Add an entity").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let [entity, _] = entities();
    for path in xtask::edited_files(repository_root(), &entity).unwrap() {
        let path = path.to_str().unwrap();
        let parts = path.split_once("/src/").or_else(|| path.split_once("/it/"));
        let (layer, list) = parts.unwrap_or(("", path));
        let named = |row: &str| row.contains(layer) && row.contains(&format!("`{list}`"));
        assert!(section.lines().any(named), "{path} is not named in:\n{section}");
    }
}
