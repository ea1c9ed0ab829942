//! The example web apps in a browser, against the binary.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::it::support::{
    Backend, Process, ServerProcess, TestDatabase, bookplate_binary, chromium, eventually,
    repository_root, skip,
};

/// Runs the file `test` of `tests/frontends` for an app, against a server with demo data, which
/// trusts only pages of this machine's other name, and signs in with two clients of an OpenID
/// provider.
async fn run_app(app: &str, test: &str) {
    let folder = repository_root().join("tests/frontends");
    let Some(chromium) = chromium() else { return };
    if !is_built(&folder, app) {
        return skip(skips::WEB_APPS);
    }
    let Some((_provider, issuer)) = start_provider().await else {
        return skip(skips::CLIENTS);
    };
    let database = TestDatabase::create().await;
    fs::write(database.folder().join("providers.toml"), providers_file(&issuer)).unwrap();
    let settings = [
        ("BETTER_AUTH_TRUSTED_ORIGINS", "http://localhost:*,http://127.0.0.1:*"),
        ("AUTH_PROVIDERS_FILE", "providers.toml"),
        ("AUTH_TWO_FACTOR_OTP", "mail"),
        // As in better-auth: the token of a device has no signature.
        ("AUTH_BEARER_REQUIRE_SIGNATURE", "false"),
    ];
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &settings).await;

    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "spec"]).arg(format!("{test}.test.mjs"));
    node.current_dir(folder).env("CHROMIUM", chromium).env_remove("NODE_OPTIONS");
    node.env("APP", app).env("BASE_URL", format!("http://localhost:{}", server.port));
    let ended = Process::spawn(node).wait().await;
    let log = server.process.stderr();
    let log: Vec<_> = log.lines().rev().take(40).collect();
    let log = log.into_iter().rev().collect::<Vec<_>>().join("\n");
    assert_eq!(ended.exit_code(), Some(0), "{}{}\n{log}", ended.stdout, ended.stderr);
}

/// Starts the OpenID provider of `tests/clients`, and returns its issuer. `None` without its
/// packages.
async fn start_provider() -> Option<(Process, String)> {
    let folder = repository_root().join("tests/clients");
    if !folder.join("node_modules/oidc-provider").exists() {
        return None;
    }
    let mut node = Command::new("node");
    node.arg("oidc-server.mjs").current_dir(folder).env_remove("NODE_OPTIONS");
    let mut process = Process::spawn(node);
    let issuer = eventually("an OpenID provider", async || {
        assert!(process.is_running(), "{}", process.stderr());
        process.stdout().lines().find(|line| line.starts_with("http")).map(str::to_owned)
    });
    let issuer = issuer.await;
    Some((process, issuer))
}

/// Returns the file of providers: two clients of one provider, which asks for a password each time.
fn providers_file(issuer: &str) -> String {
    let table = |id: &str, name: &str, client: &str, authentication: &str| {
        format!(
            r#"[{id}]
name = "{name}"
discovery_url = "{issuer}/.well-known/openid-configuration"
client_id = "bookplate-{client}"
client_secret = "bookplate-{client}-secret"
scopes = ["openid", "profile", "email"]
prompt = "login"
token.authentication = "{authentication}"
"#
        )
    };
    table("example", "Example ID", "post", "post") + &table("staff", "Staff ID", "basic", "basic")
}

/// Returns whether the app's bundle exists and is newer than its sources.
fn is_built(folder: &Path, app: &str) -> bool {
    let Some(built) = modified_at(&folder.join(format!("dist/{app}/app.js"))) else { return false };
    let mut sources = vec![repository_root().join("schema.graphql"), folder.join("build.mjs")];
    for sources_of in ["shared", "shared/plugins", app] {
        sources.extend(files(&folder.join(sources_of)));
    }
    folder.join("node_modules").exists()
        && sources.iter().all(|source| modified_at(source).is_some_and(|at| at <= built))
}

/// Returns the source files of a folder.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
}

/// Returns the modification time of a file.
fn modified_at(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// The client plugins do not depend on the database system.
#[tokio::test]
async fn the_client_plugins_of_providers_work_in_a_browser() {
    let tests = repository_root().join("tests");
    let has = |packages: &str| tests.join(packages).join("node_modules").exists();
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let Some(chromium) = chromium() else { return };
    if !has("frontends") || !has("clients") {
        return skip(skips::CLIENTS);
    }
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "spec", "oauth-plugins.test.mjs"]);
    node.current_dir(tests.join("frontends")).env_remove("NODE_OPTIONS");
    node.env("CHROMIUM", chromium).env("BOOKPLATE", bookplate_binary());
    let ended = Process::spawn(node).wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}{}", ended.stdout, ended.stderr);
}

// Each database gets one app: apps do not depend on the database system.

#[tokio::test]
async fn an_app_with_apollo_client_works_in_a_browser() {
    if Backend::current() == Backend::Sqlite {
        run_app("apollo", "apollo").await;
    }
}

#[tokio::test]
async fn an_app_with_urql_works_in_a_browser() {
    if Backend::current() == Backend::Postgres {
        run_app("urql", "urql").await;
    }
}

#[tokio::test]
async fn the_sign_in_plugins_work_in_an_app_with_apollo_client() {
    if Backend::current() == Backend::Sqlite {
        run_app("apollo", "plugins").await;
    }
}

#[tokio::test]
async fn the_sign_in_plugins_work_in_an_app_with_urql() {
    if Backend::current() == Backend::Postgres {
        run_app("urql", "plugins").await;
    }
}
