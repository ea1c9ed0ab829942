//! A new entity, added by copying the pattern: `tests/new-entity/quack.patch` is the
//! worked example of the section "Add an entity" of CONTRIBUTING.md.
//!
//! The changed copy of the sources stays beside what Cargo builds, and is built there,
//! too: the packages of others are compiled already, and ours only after a change.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use crate::it::support::{Backend, repository_root, skip};

const PATCH: &str = "tests/new-entity/quack.patch";
const STALE: &str = "tests/new-entity/quack.patch no longer fits the sources. In a clone, run \
    `git apply --reject -C1 tests/new-entity/quack.patch`, mend what fails, then \
    `git add --intent-to-add . && git diff > quack.patch`, and put that in its place";

/// What a build needs.
const SOURCES: [&str; 6] =
    ["Cargo.lock", "Cargo.toml", "crates", "migration", "schema.graphql", "tests"];
/// What must pass with the patch: its own tests, and what is compared with a file.
const TESTS: [&str; 3] = ["quack::", "graphql::permission::", "graphql::schema::"];

/// The files that a build needs, by their path under `root`.
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

/// Makes `files` the sources in `folder`. What is the same there is not written, so
/// that Cargo finds it unchanged.
fn put(files: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) {
    let there = sources(folder);
    for gone in there.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(folder.join(gone)).unwrap();
    }
    for (name, bytes) in files.iter().filter(|(name, bytes)| there.get(*name) != Some(bytes)) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Applies the patch in `folder`, wherever its lines have moved to.
fn apply_patch(folder: &Path) {
    let applied = Command::new("git")
        .args(["apply", "-C1"])
        .arg(repository_root().join(PATCH))
        .current_dir(folder)
        // A repository around the folder would take the paths for its own.
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .output()
        .unwrap();
    assert!(applied.status.success(), "{STALE}:\n{}", String::from_utf8_lossy(&applied.stderr));
}

/// Gives the packages of a workspace another version. By that Cargo names what it
/// builds, not by their folder: the copy would take the place of the original.
fn set_apart(manifest: &Path) {
    let text = fs::read_to_string(manifest).unwrap();
    fs::write(manifest, text.replacen("\nversion = \"", "\nversion = \"1000", 1)).unwrap();
}

/// Cargo, without what it told this test about its package: ring's build script looks
/// there, and all that depends on it would be compiled anew.
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

#[test]
fn a_new_entity_is_added_by_copying_the_pattern() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    if Command::new("git").arg("--version").output().is_err() {
        return skip(skips::GIT);
    }
    // target/debug/deps/sqlite-0123456789abcdef
    let this = env::current_exe().unwrap();
    let target = this.ancestors().nth(3).unwrap();
    let copy = target.join("new-entity");
    fs::create_dir_all(&copy).unwrap();
    let one_at_a_time = File::create(copy.join(".lock")).unwrap();
    one_at_a_time.lock().unwrap();

    let patched = tempfile::tempdir().unwrap();
    put(&sources(repository_root()), patched.path());
    apply_patch(patched.path());
    set_apart(&patched.path().join("Cargo.toml"));
    put(&sources(patched.path()), &copy);
    let tested = cargo()
        .args(["test", "--offline", "--lib", "--test", "sqlite"])
        .args(["--package", "acceptance", "--package", "domain", "--package", "repositories"])
        .arg("--target-dir")
        .arg(target)
        .arg("--")
        .args(TESTS)
        .current_dir(&copy)
        .output()
        .unwrap();

    let printed = String::from_utf8_lossy(&tested.stdout);
    let complaints = String::from_utf8_lossy(&tested.stderr);
    assert!(tested.status.success(), "{STALE}:\n{complaints}{printed}");
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
    let patch = fs::read_to_string(repository_root().join(PATCH)).unwrap();
    for path in patch.lines().filter_map(|line| line.strip_prefix("--- a/")) {
        let parts = path.split_once("/src/").or_else(|| path.split_once("/it/"));
        let (layer, list) = parts.unwrap_or(("", path));
        let named = |row: &str| row.contains(layer) && row.contains(&format!("`{list}`"));
        assert!(section.lines().any(named), "{path} is not named in:\n{section}");
    }
}
