//! Bookplate beside better-auth's own server: the same answers, and one database.

use std::{env, ffi::OsStr, fs, process::Command};

use serde_json::Value;

use crate::it::support::{Backend, Process, bookplate_binary, repository_root, skip};

/// The package of the better-auth before, as npm knows it in `tests/clients`.
pub(super) fn older_package() -> String {
    let manifest =
        fs::read_to_string(repository_root().join("tests/clients/package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let packages = manifest["devDependencies"].as_object().unwrap();
    packages.keys().find(|name| name.starts_with("better-auth-")).unwrap().clone()
}

/// Runs a program of `tests/clients/conformance`; what it printed, if it could run.
async fn run(file: &str, arguments: &[&str], packages: &[(&str, &str)]) -> Option<String> {
    let folder = repository_root().join("tests/clients");
    let driver = folder.join("node_modules/better-sqlite3/build/Release/better_sqlite3.node");
    if !driver.exists() {
        skip(skips::CLIENTS);
        return None;
    }
    let mut node = Command::new("node");
    node.arg(format!("conformance/{file}")).args(arguments);
    node.current_dir(folder).env_remove("NODE_OPTIONS").envs(packages.iter().copied());
    let ended = Process::spawn(node).wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    Some(ended.stdout)
}

/// The same on the database that is meant. The program makes one on PostgreSQL, and drops it.
async fn run_on_database(file: &str, arguments: &[&str], packages: &[(&str, &str)]) {
    let server = env::var_os("TEST_POSTGRES_URL");
    let server = server.as_deref().and_then(OsStr::to_str);
    let database = match (Backend::current(), server) {
        (Backend::Sqlite, _) => vec!["--database", "sqlite"],
        (Backend::Postgres, Some(server)) => vec!["--database", "postgres", "--postgres", server],
        (Backend::Postgres, None) => return skip(skips::POSTGRES),
    };
    run(file, &[arguments, &database].concat(), packages).await;
}

fn with_bookplate() -> [&'static str; 2] {
    ["--bookplate", bookplate_binary().to_str().unwrap()]
}

/// Runs the suite, and compares its result with the count in `docs/sign-in.md`. No client can
/// tell the databases apart, so one will do.
async fn compare(arguments: &[&str], what: &str) {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(printed) = run("run.mjs", &[&with_bookplate()[..], arguments].concat(), &[]).await
    else {
        return;
    };
    let agree = format!(" {what} agree");
    let count = printed.lines().rev().find(|line| line.contains(&agree));
    let count = count.unwrap_or_else(|| panic!("{printed}")).trim();
    let page = fs::read_to_string(repository_root().join("docs/sign-in.md")).unwrap();
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains(count), "docs/sign-in.md does not say: {count}");
}

#[tokio::test]
async fn every_answer_is_better_auths_or_a_chosen_difference() {
    compare(&[], "scenarios").await;
}

#[tokio::test]
async fn generated_requests_do_what_they_do_at_better_auth() {
    compare(&["--pairs"], "generated pairs").await;
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
