//! The dependencies between crates, as drawn in `docs/architecture.md`.

mod cycles;
mod imports;
mod tokens;

use std::{collections::BTreeSet, fs, path::PathBuf};

use crate::it::support::{repository_root, source_files};

/// Each workspace crate, the workspace crates it may use, and external crates it must not use.
const DEPENDENCIES: &[(&str, &[&str], &[&str])] = &[
    ("domain", &[], &["tokio", "sea-orm", "sqlx", "axum", "async-graphql"]),
    ("database", &["domain"], &["axum", "async-graphql"]),
    ("repositories", &["database", "domain"], &["axum", "async-graphql"]),
    ("crypto", &[], &["tokio", "sea-orm", "sqlx", "axum", "async-graphql"]),
    ("http-client", &[], &["sea-orm", "sqlx", "axum", "async-graphql"]),
    ("mailer", &["crypto", "database", "domain", "http-client"], &["axum", "async-graphql"]),
    (
        "services",
        &["database", "domain", "repositories"],
        &["sea-orm", "sqlx", "axum", "async-graphql"],
    ),
    ("graphql-engine", &[], &["sea-orm", "sqlx", "axum"]),
    ("graphql", &["domain", "graphql-engine", "services"], &["sea-orm", "sqlx", "axum"]),
    ("auth", &["crypto", "database", "domain", "http-client", "mailer"], &["async-graphql"]),
];

const WORKSPACE_CRATES: [&str; 12] = [
    "domain",
    "database",
    "repositories",
    "crypto",
    "http-client",
    "mailer",
    "services",
    "graphql-engine",
    "graphql",
    "auth",
    "migration",
    "bookplate",
];

/// Returns the names under `[dependencies]` of a crate's manifest.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("Cargo.toml");
    let manifest = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn crates_use_each_other_in_one_direction() {
    for (name, allowed, forbidden) in DEPENDENCIES {
        let used = dependencies(&format!("crates/{name}"));
        assert!(!used.is_empty(), "{name} seems to use nothing");
        let workspace_crates = used.iter().filter(|used| WORKSPACE_CRATES.contains(&used.as_str()));
        for used in workspace_crates {
            assert!(allowed.contains(&used.as_str()), "{name} uses {used}");
        }
        for never in *forbidden {
            assert!(!used.contains(*never), "{name} uses {never}");
        }
    }
    assert!(
        dependencies("migration").iter().all(|used| !WORKSPACE_CRATES.contains(&used.as_str()))
    );
}

/// rustdoc runs for each crate with `doctest`, which takes seconds even without examples.
#[test]
fn examples_in_documentation_are_run() {
    for path in source_files(&repository_root().join("crates"), &["rs", "md"]) {
        let text = fs::read_to_string(&path).unwrap();
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        let docs = text.lines().map(str::trim_start).filter_map(|line| {
            // The README of a crate is part of its documentation.
            if !is_code {
                return Some(line);
            }
            line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
        });
        // A code fence begins or ends a block.
        let fences = docs.filter_map(|line| line.trim().strip_prefix("```")).step_by(2);
        if fences
            .filter(|language| !["text", "json", "sql", "sh", "graphql"].contains(language))
            .count()
            == 0
        {
            continue;
        }
        let folder = path.ancestors().find(|folder| folder.join("Cargo.toml").exists()).unwrap();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(
            !manifest.contains("doctest = false"),
            "not run: the example in {}",
            path.display()
        );
    }
}
