//! Comparisons with better-auth's own server, and databases shared with it.

use std::{env, ffi::OsStr, fs, process::Command, time::Duration};

use serde_json::Value;

use crate::it::support::{Backend, Process, bookplate_binary, repository_root, skip};

/// Returns the npm name of the previous better-auth version in `tests/clients`.
pub(super) fn older_package() -> String {
    let manifest =
        fs::read_to_string(repository_root().join("tests/clients/package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let packages = manifest["devDependencies"].as_object().unwrap();
    packages.keys().find(|name| name.starts_with("better-auth-")).unwrap().clone()
}

/// The time limit of a program: it starts many servers, and test machines may be busy.
const TIME_LIMIT: Duration = Duration::from_mins(20);

/// Runs a program of `tests/clients/conformance`, and returns its output. Skips the test and
/// returns `None` without Node.js packages.
async fn run_program(file: &str, arguments: &[&str], packages: &[(&str, &str)]) -> Option<String> {
    let folder = repository_root().join("tests/clients");
    let driver = folder.join("node_modules/better-sqlite3/build/Release/better_sqlite3.node");
    if !driver.exists() {
        skip(skips::CLIENTS);
        return None;
    }
    let mut node = Command::new("node");
    node.arg(format!("conformance/{file}")).args(arguments);
    node.current_dir(folder).env_remove("NODE_OPTIONS").envs(packages.iter().copied());
    let ended = Process::spawn(node).wait_for(TIME_LIMIT).await;
    assert_eq!(ended.exit_code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    Some(ended.stdout)
}

/// Runs a program on the current backend. On PostgreSQL, the program creates and drops a database.
async fn run_on_database(file: &str, arguments: &[&str], packages: &[(&str, &str)]) {
    let server = env::var_os("TEST_POSTGRES_URL");
    let server = server.as_deref().and_then(OsStr::to_str);
    let database = match (Backend::current(), server) {
        (Backend::Sqlite, _) => vec!["--database", "sqlite"],
        (Backend::Postgres, Some(server)) => vec!["--database", "postgres", "--postgres", server],
        (Backend::Postgres, None) => return skip(skips::POSTGRES),
    };
    run_program(file, &[arguments, &database].concat(), packages).await;
}

/// Returns the arguments that name the binary.
fn with_bookplate() -> [&'static str; 2] {
    ["--bookplate", bookplate_binary().to_str().unwrap()]
}

/// Runs the conformance suite, and compares its result with `docs/sign-in.md`. The responses do not
/// depend on the database system, so the suite runs on one.
async fn assert_documented_result(arguments: &[&str], summary: &str) {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(printed) =
        run_program("run.mjs", &[&with_bookplate()[..], arguments].concat(), &[]).await
    else {
        return;
    };
    let agree = format!(" {summary} agree");
    let count = printed.lines().rev().find(|line| line.contains(&agree));
    let count = count.unwrap_or_else(|| panic!("{printed}")).trim();
    let page = fs::read_to_string(repository_root().join("docs/sign-in.md")).unwrap();
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains(count), "docs/sign-in.md does not say: {count}");
}

#[tokio::test]
async fn every_response_equals_better_auths_or_is_a_documented_difference() {
    assert_documented_result(&[], "scenarios").await;
}

#[tokio::test]
async fn generated_requests_have_better_auths_outcomes() {
    assert_documented_result(&["--pairs"], "generated pairs").await;
}

/// The database is SQLite in every case.
#[tokio::test]
async fn no_way_to_sign_in_walks_around_the_second_factor() {
    if Backend::current() == Backend::Sqlite {
        run_program("sign-in-paths.mjs", &with_bookplate(), &[]).await;
    }
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
async fn the_schema_files_equal_better_auths_migrations() {
    run_on_database("schema.mjs", &[], &[]).await;
}
