//! better-auth on Node with the same database and Redis.

use std::process::Command;

use super::Redis;
use crate::it::support::{
    Backend, Process, SECRET, ServerProcess, TestDatabase, repository_root, skip,
};

/// Runs only on PostgreSQL, since Node's SQLite driver is compiled at installation.
#[tokio::test]
async fn better_auth_on_node_shares_sessions_and_links() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let folder = repository_root().join("tests/clients");
    let node = Command::new("node").arg("--version").output();
    if node.is_err() || !folder.join("node_modules").exists() {
        return skip(skips::CLIENTS);
    }
    let database = TestDatabase::create().await;
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let settings =
        [("REDIS_URL", &*url), ("BETTER_AUTH_SECRET", SECRET), ("AUTH_PASSWORD_HASH", "scrypt")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;

    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter", "spec", "redis.test.mjs"]).current_dir(folder);
    node.env("BASE_URL", format!("http://localhost:{}", server.port));
    node.env("DATABASE_URL", database.url()).env("REDIS_PORT", redis.port.to_string());
    node.env("SECRET", SECRET).env_remove("NODE_OPTIONS");
    let ended = Process::spawn(node).wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("tests 0\n"), "{}", ended.stdout);
}
