//! Published npm clients against the binary.

use std::{path::PathBuf, process::Command};

use super::better_auth::older_package;
use crate::it::support::{
    Backend, Process, SECRET, ServerProcess, TestDatabase, bookplate_binary, chromium,
    repository_root, skip,
};

/// Runs a file of `tests/clients` against a server with demo data. Clients do not depend on the
/// database system, so it runs on SQLite alone.
async fn run_client(file: &str, settings: &[(&str, PathBuf)]) {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(mut node) = node(file) else { return };
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    node.env("BASE_URL", format!("http://localhost:{}", server.port));
    node.envs(settings.iter().cloned());
    expect_success(node).await;
}

/// Returns the command that runs a file of `tests/clients`, or skips the test.
fn node(file: &str) -> Option<Command> {
    let folder = repository_root().join("tests/clients");
    if !succeeds(Command::new("node").arg("--version")) || !folder.join("node_modules").exists() {
        skip(skips::CLIENTS);
        return None;
    }
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "spec", file]).current_dir(folder);
    node.env_remove("NODE_OPTIONS");
    Some(node)
}

/// Runs a program, and asserts that it succeeds.
async fn expect_success(node: Command) {
    let ended = Process::spawn(node).wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("tests 0\n"), "{}", ended.stdout);
}

/// Returns whether a program can be run and succeeds.
fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn better_auths_own_client_works() {
    run_client("better-auth.test.mjs", &[]).await;
}

#[tokio::test]
async fn the_plugins_of_better_auths_own_client_work() {
    run_client("plugins.test.mjs", &[]).await;
}

/// Deployed apps may use an older client than the server.
#[tokio::test]
async fn an_older_client_of_better_auth_works() {
    run_client("better-auth.test.mjs", &[("BETTER_AUTH_CLIENT", older_package().into())]).await;
}

/// The application and the server share the database.
#[tokio::test]
async fn an_application_embeds_accounts_beside_a_table_of_its_own() {
    let database = TestDatabase::create().await;
    let embed = bookplate_binary().with_file_name("examples").join("embed");
    for state in ["11 applied, 8 pending", "19 applied, 0 pending"] {
        let Some(mut node) = node("embed.test.mjs") else { return };
        node.env("EMBED", &embed).env("DATABASE_URL", database.url());
        expect_success(node).await;
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
async fn permissions_evaluated_by_the_client_equal_the_servers() {
    run_client("abilities.test.mjs", &[]).await;
}

#[tokio::test]
async fn typed_clients_compile_and_work() {
    run_client("types.test.mjs", &[]).await;
}

/// The provider is down when the server starts, so the test starts both.
#[tokio::test]
async fn sign_in_with_an_openid_provider_works() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(mut node) = node("providers.test.mjs") else { return };
    node.env("BOOKPLATE", bookplate_binary());
    expect_success(node).await;
}

#[tokio::test]
async fn every_audit_of_graphql_over_http_passes() {
    run_client("graphql-over-http.test.mjs", &[]).await;
}

#[tokio::test]
async fn apollo_and_urql_work() {
    run_client("graphql-clients.test.mjs", &[]).await;
}

#[tokio::test]
async fn apollo_and_urql_merge_pages_in_their_caches() {
    run_client("pagination.test.mjs", &[]).await;
}

#[tokio::test]
async fn the_auth_reference_works_in_a_browser_without_a_network() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    run_client("reference.test.mjs", &[("CHROMIUM", chromium)]).await;
}

#[tokio::test]
async fn mailed_links_lead_to_pages_without_scripts() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    run_client("mailed-links.test.mjs", &[("CHROMIUM", chromium)]).await;
}

#[tokio::test]
async fn graphiql_works_in_a_browser_without_a_network() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    // A binary without the GraphiQL bundle serves a page that loads these files from a CDN.
    let mut settings = vec![("CHROMIUM", chromium)];
    let files = repository_root().join("crates/server/graphiql/node_modules");
    if files.exists() {
        settings.push(("CDN_FILES", files));
    }
    run_client("graphiql.test.mjs", &settings).await;
}

/// Two servers of one database, without and with a cookie domain.
#[tokio::test]
async fn a_browser_signs_in_after_the_cookie_domain_changed() {
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
    expect_success(node).await;
}

#[tokio::test]
async fn clients_with_keep_alive_see_why_a_body_is_refused() {
    run_client("refused-bodies.test.mjs", &[]).await;
}

#[tokio::test]
async fn subscriptions_work_with_every_client() {
    run_client("subscriptions.test.mjs", &[]).await;
}
