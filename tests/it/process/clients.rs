//! Clients as they come from npm, against the binary.

use std::{path::PathBuf, process::Command};

use super::better_auth::older_package;
use crate::it::support::{
    Backend, Process, SECRET, ServerProcess, TestDatabase, bookplate_binary, chromium,
    repository_root, skip,
};

/// Runs a file of `tests/clients` against a server with the demo library, once: on
/// SQLite, as no client can tell the databases apart.
async fn run(file: &str, settings: &[(&str, PathBuf)]) {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(mut node) = node(file) else { return };
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    node.env("BASE_URL", format!("http://localhost:{}", server.port));
    node.envs(settings.iter().cloned());
    succeed(node).await;
}

/// Node with a file of `tests/clients`, if it is installed.
fn node(file: &str) -> Option<Command> {
    let folder = repository_root().join("tests/clients");
    if !is_there(Command::new("node").arg("--version")) || !folder.join("node_modules").exists() {
        skip(skips::CLIENTS);
        return None;
    }
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "spec", file]).current_dir(folder);
    node.env_remove("NODE_OPTIONS");
    Some(node)
}

async fn succeed(node: Command) {
    let ended = Process::spawn(node).wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}{}", ended.stdout, ended.stderr);
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

/// The database becomes the server's, too, and stays the application's.
#[tokio::test]
async fn an_application_embeds_accounts_beside_a_table_of_its_own() {
    let database = TestDatabase::create().await;
    let embed = bookplate_binary().with_file_name("examples").join("embed");
    for state in ["9 applied, 8 pending", "17 applied, 0 pending"] {
        let Some(mut node) = node("embed.test.mjs") else { return };
        node.env("EMBED", &embed).env("DATABASE_URL", database.url());
        succeed(node).await;
        let status = database.bookplate(&["migrate", "status"]).await.expect_success();
        assert!(status.ends_with(&format!("{state}\n")), "{status}");
        database.bookplate(&["migrate", "up"]).await.expect_success();
    }
    let notes = database.first_column("select body from note").await;
    assert_eq!(notes, ["Buy milk", "Buy milk"]);
    let users = database.first_column(r#"select name from "user" where "emailVerified""#).await;
    assert_eq!(users, ["Ann", "Ann"]);
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
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    run("reference.test.mjs", &[("CHROMIUM", chromium)]).await;
}

#[tokio::test]
async fn mailed_links_end_at_pages_that_need_no_script() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    run("mailed-links.test.mjs", &[("CHROMIUM", chromium)]).await;
}

#[tokio::test]
async fn graphiql_works_in_a_browser_without_a_network() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    // For a binary without the bundle, whose page asks a CDN for these files.
    let mut settings = vec![("CHROMIUM", chromium)];
    let files = repository_root().join("crates/server/graphiql/node_modules");
    if files.exists() {
        settings.push(("CDN_FILES", files));
    }
    run("graphiql.test.mjs", &settings).await;
}

/// Two servers of one database, as one before and after its cookies' domain was set.
#[tokio::test]
async fn a_changed_cookie_domain_locks_no_browser_out() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    let Some(mut node) = node("cookie-scopes.test.mjs") else { return };
    let database = TestDatabase::create().await;
    let shared = [
        ("BETTER_AUTH_URL", "http://app.books.test"),
        ("BETTER_AUTH_TRUSTED_ORIGINS", "http://app.books.test:*"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("AUTH_RATE_LIMIT", "false"),
        ("LOG_FORMAT", "json"),
    ];
    let of_host = ServerProcess::start_with(&database, &["serve"], &shared).await;
    let domain = [&shared[..], &[("AUTH_COOKIE_DOMAIN", "books.test")]].concat();
    let of_domain = ServerProcess::start_with(&database, &["serve"], &domain).await;
    node.env("CHROMIUM", chromium);
    node.env("OF_HOST", format!("http://app.books.test:{}", of_host.port));
    node.env("OF_DOMAIN", format!("http://app.books.test:{}", of_domain.port));
    succeed(node).await;
}

#[tokio::test]
async fn clients_that_keep_connections_see_why_a_body_is_refused() {
    run("refused-bodies.test.mjs", &[]).await;
}

#[tokio::test]
async fn subscriptions_work_with_every_client() {
    run("subscriptions.test.mjs", &[]).await;
}
