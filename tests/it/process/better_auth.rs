//! Bookplate beside better-auth's own server: the same answers, and one database.

use std::{env, ffi::OsStr, fs, process::Command};

use serde_json::Value;

use crate::it::support::{Backend, Process, binary, repository, skip};

/// The package of the better-auth before, as npm knows it in `tests/clients`.
pub(super) fn older_package() -> String {
    let manifest = fs::read_to_string(repository().join("tests/clients/package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let packages = manifest["devDependencies"].as_object().unwrap();
    packages.keys().find(|name| name.starts_with("better-auth-")).unwrap().clone()
}

/// Runs a program of `tests/clients/conformance`; what it printed, if it could run.
async fn run(file: &str, arguments: &[&str], packages: &[(&str, &str)]) -> Option<String> {
    let folder = repository().join("tests/clients");
    let driver = folder.join("node_modules/better-sqlite3/build/Release/better_sqlite3.node");
    if !driver.exists() {
        skip("better-auth's own server needs node, and in tests/clients npm ci and npm rebuild");
        return None;
    }
    let mut node = Command::new("node");
    node.arg(format!("conformance/{file}")).args(arguments);
    node.current_dir(folder).env_remove("NODE_OPTIONS").envs(packages.iter().copied());
    let ended = Process::spawn(node).end().await;
    assert_eq!(ended.code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    Some(ended.stdout)
}

/// The same on the database that is meant. The program makes one on PostgreSQL, and drops it.
async fn run_on_database(file: &str, arguments: &[&str], packages: &[(&str, &str)]) {
    let server = env::var_os("TEST_POSTGRES_URL");
    let server = server.as_deref().and_then(OsStr::to_str);
    let database = match (Backend::current(), server) {
        (Backend::Sqlite, _) => vec!["--database", "sqlite"],
        (Backend::Postgres, Some(server)) => vec!["--database", "postgres", "--postgres", server],
        (Backend::Postgres, None) => return skip("PostgreSQL tests need TEST_POSTGRES_URL"),
    };
    run(file, &[arguments, &database].concat(), packages).await;
}

fn with_bookplate() -> [&'static str; 2] {
    ["--bookplate", binary().to_str().unwrap()]
}

/// No client can tell the databases apart, so that one will do.
#[tokio::test]
async fn every_answer_is_better_auths_or_a_chosen_difference() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(printed) = run("run.mjs", &with_bookplate(), &[]).await else { return };
    let count = printed.lines().rev().find(|line| line.contains(" scenarios agree"));
    let count = count.unwrap_or_else(|| panic!("{printed}")).trim();
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(readme.contains(count), "the README does not say: {count}");
}

#[tokio::test]
async fn a_database_of_better_auth_is_shared_in_both_directions() {
    run_on_database("takeover.mjs", &with_bookplate(), &[]).await;
}

#[tokio::test]
async fn a_database_of_an_older_better_auth_is_shared_in_both_directions() {
    let older = older_package();
    run_on_database("takeover.mjs", &with_bookplate(), &[("BETTER_AUTH_SERVER", &older)]).await;
}

#[tokio::test]
async fn the_schema_files_have_what_better_auth_makes() {
    run_on_database("schema.mjs", &[], &[]).await;
}
