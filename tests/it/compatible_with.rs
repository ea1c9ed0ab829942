//! The compatible version of better-auth: `GET ok` and all files name the same one.

use std::fs;

use serde_json::Value;

use crate::it::support::{Backend, TestApp, repository_root, source_files};

const NAMES: [&str; 3] =
    ["README.md", "tests/better-auth-schema/sqlite.sql", "tests/better-auth-schema/postgres.sql"];

const TEXTS: [&str; 9] = ["rs", "mjs", "ts", "tsx", "sql", "md", "html", "toml", "graphql"];

/// Returns the version at the beginning of a text, if it has three parts.
fn version(text: &str) -> Option<&str> {
    let end = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    (version.split('.').count() == 3).then_some(version)
}

/// Returns the versions after better-auth's name, except those in "since".
fn versions(text: &str) -> Vec<&str> {
    let found = text.match_indices("better-auth").filter_map(|(at, name)| {
        let rest = &text[at + name.len()..];
        let rest = rest.strip_prefix("](https://better-auth.com)").unwrap_or(rest);
        let version = version(rest.strip_prefix(' ')?)?;
        (!text[..at].ends_with("from ")).then_some(version)
    });
    found.collect()
}

/// Reads a JSON file of the repository.
fn json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(repository_root().join(path)).unwrap()).unwrap()
}

#[test]
fn a_version_is_found_behind_the_name() {
    let text = "better-auth 1.2.3's, [better-auth](https://better-auth.com) 1.2.4. better-auth-1.2.5 \
                and better-auth 2, from better-auth 1.2.6 on";
    assert_eq!(versions(text), ["1.2.3", "1.2.4"]);
}

#[tokio::test]
async fn all_files_name_one_version_of_better_auth() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let ok = TestApp::start().await.anonymous().get("/api/auth/ok").await.json();
    let compatible_with = ok["compatibleWith"].as_str().unwrap();
    let target = compatible_with.strip_prefix("better-auth ").unwrap();

    for folder in ["tests/clients", "tests/frontends"] {
        let package = json(&format!("{folder}/package.json"));
        assert_eq!(package["devDependencies"]["better-auth"], target, "{folder}");
        let lock = json(&format!("{folder}/package-lock.json"));
        assert_eq!(lock["packages"]["node_modules/better-auth"]["version"], target, "{folder}");
    }
    for path in NAMES {
        let text = fs::read_to_string(repository_root().join(path)).unwrap();
        assert_eq!(versions(&text), [target], "{path}");
    }
    let mut paths =
        vec![repository_root().join("README.md"), repository_root().join("CHANGELOG.md")];
    for folder in ["crates", "docs", "tests"] {
        paths.extend(source_files(&repository_root().join(folder), &TEXTS));
    }
    assert!(paths.len() > 200, "{}", paths.len());
    for path in paths.iter().filter(|path| !path.ends_with("compatible_with.rs")) {
        let text = fs::read_to_string(path).unwrap();
        for found in versions(&text) {
            assert_eq!(found, target, "{}", path.display());
        }
    }
}
