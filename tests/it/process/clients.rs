//! Clients as they come from npm, against the binary.

use std::{env, path::PathBuf, process::Command};

use super::better_auth::older_package;
use crate::it::support::{Backend, Process, Server, TestDatabase, repository, skip};

/// Runs a file of `tests/clients` against a server with the demo library, once: on
/// SQLite, as no client can tell the databases apart.
async fn run(file: &str, settings: &[(&str, PathBuf)]) {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let folder = repository().join("tests/clients");
    if !is_there(Command::new("node").arg("--version")) || !folder.join("node_modules").exists() {
        return skip("tests/clients needs node, and npm ci in that folder");
    }
    let database = TestDatabase::create().await;
    let server = Server::start_with(&database, &["serve", "--demo"], &[]).await;

    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "spec", file]).current_dir(folder);
    node.env("BASE_URL", format!("http://localhost:{}", server.port));
    node.env_remove("NODE_OPTIONS").envs(settings.iter().cloned());
    let ended = Process::spawn(node).end().await;
    assert_eq!(ended.code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("tests 0\n"), "{}", ended.stdout);
}

fn is_there(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn better_auths_own_client_works() {
    run("better-auth.test.mjs", &[]).await;
}

/// Apps are not built anew on the day on which the server is.
#[tokio::test]
async fn an_older_client_of_better_auth_works() {
    run("better-auth.test.mjs", &[("BETTER_AUTH_CLIENT", older_package().into())]).await;
}

#[tokio::test]
async fn permissions_in_the_client_are_the_servers() {
    run("abilities.test.mjs", &[]).await;
}

#[tokio::test]
async fn typed_clients_compile_and_work() {
    run("types.test.mjs", &[]).await;
}

#[tokio::test]
async fn every_audit_of_graphql_over_http_passes() {
    run("graphql-over-http.test.mjs", &[]).await;
}

#[tokio::test]
async fn apollo_and_urql_work() {
    run("graphql-clients.test.mjs", &[]).await;
}

#[tokio::test]
async fn pages_become_one_list_in_the_caches_of_apollo_and_urql() {
    run("pagination.test.mjs", &[]).await;
}

#[tokio::test]
async fn the_auth_reference_works_in_a_browser_without_a_network() {
    let chromium = env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let chromium = PathBuf::from(chromium);
    if Backend::current() == Backend::Sqlite && !chromium.exists() {
        return skip("the reference's test needs /usr/bin/chromium, or another one in CHROMIUM");
    }
    run("reference.test.mjs", &[("CHROMIUM", chromium)]).await;
}

#[tokio::test]
async fn graphiql_works_in_a_browser_without_a_network() {
    let chromium = env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let chromium = PathBuf::from(chromium);
    if Backend::current() == Backend::Sqlite && !chromium.exists() {
        return skip("GraphiQL's test needs /usr/bin/chromium, or another one in CHROMIUM");
    }
    // For a binary without the bundle, whose page asks a CDN for these files.
    let mut settings = vec![("CHROMIUM", chromium)];
    let files = repository().join("crates/server/graphiql/node_modules");
    if files.exists() {
        settings.push(("CDN_FILES", files));
    }
    run("graphiql.test.mjs", &settings).await;
}

#[tokio::test]
async fn subscriptions_work_with_every_client() {
    run("subscriptions.test.mjs", &[]).await;
}
