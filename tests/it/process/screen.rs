//! The start screen and its links.

use std::{env, fs, os::unix::fs::PermissionsExt, process::Command};

use axum::http::StatusCode;
use reqwest::header::{ACCEPT, COOKIE, SET_COOKIE};
use serde_json::json;

use crate::it::support::{
    HttpClient, PASSWORD, Process, ProcessOutput, Response, SECRET, ServerProcess, TestDatabase,
    bookplate_command, eventually,
};

/// Returns the words of a text with this prefix.
fn words<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.split_whitespace().filter(|word| word.starts_with(start)).collect()
}

/// Sends a request with the `Accept` header of a browser.
async fn browse(http: &HttpClient, url: &str) -> Response {
    let answered = http.send(|client, _| client.get(url).header(ACCEPT, "text/html,*/*;q=0.8"));
    answered.await.unwrap()
}

#[tokio::test]
async fn every_link_of_the_start_screen_works() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    let (screen, http) = (server.process.stdout(), server.http());

    let urls = words(&screen, "http://");
    assert!(urls.len() >= 2, "{screen}");
    for url in urls {
        assert_eq!(browse(&http, url).await.status, StatusCode::OK, "{url}");
    }
    let health = screen.lines().find(|line| line.contains("Health")).unwrap();
    let paths = words(health, "/");
    assert_eq!(paths, ["/healthz", "/readyz"]);
    for path in paths {
        assert_eq!(http.get(path).await.status, StatusCode::OK, "{path}");
    }
    let home = http.get("/").await;
    assert_eq!((home.status.is_redirection(), home.header("location")), (true, "/graphql"));
}

#[tokio::test]
async fn every_file_of_the_page_exists() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let http = server.http();

    let page = browse(&http, &format!("{}/graphql", http.base_url)).await;
    assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
    let files = page.text.split('"').filter(|word| word.starts_with("/graphql/assets/"));
    let files: Vec<_> = files.collect();
    for file in &files {
        assert_eq!(http.get(file).await.status, StatusCode::OK, "{file}");
    }
    let has = |name: &str| files.iter().any(|file| file.ends_with(name));
    assert!(has("/page.css") && has("/page.js"), "{files:?}");
    // GraphiQL is in the binary if it was bundled, else the page loads it from a CDN.
    let bundled = has("/graphiql.js") && has("/graphiql.css");
    let from_cdn = page.text.matches("\"https://cdn.jsdelivr.net/npm/").count();
    assert_eq!(from_cdn == 0, bundled, "{}", page.text);
    assert_eq!(page.text.matches(" integrity=\"sha384-").count(), from_cdn, "{}", page.text);
}

#[tokio::test]
async fn demo_logins_are_shown_as_long_as_they_work() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    let screen = server.process.stdout();

    let emails = ["alice@example.com", "bob@example.com", "admin@example.com"];
    for email in emails {
        let (_, password) = screen.split_once(&format!("{email}  ")).unwrap();
        let password = password.lines().next().unwrap();
        server.http().sign_in(email, password).await;
    }
    assert!(screen.contains("(created, migrated, demo data added)") || !is_file(&database));

    server.terminate().await.expect_success();
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    let screen = server.process.stdout();
    let login = |email: &str| format!("{email}  {PASSWORD}\n");
    assert!(emails.iter().all(|email| screen.contains(&login(email))), "{screen}");
    assert!(!screen.contains("data added") && !screen.contains("migrated"), "{screen}");

    let mut alice = server.http();
    alice.sign_in("alice@example.com", PASSWORD).await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" });
    assert_eq!(alice.post("/api/auth/change-password", change).await.status, StatusCode::OK);
    server.terminate().await.expect_success();
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    let screen = server.process.stdout();
    let is_shown = emails.map(|email| screen.contains(&login(email)));
    assert_eq!(is_shown, [false, true, true], "{screen}");
    server.terminate().await.expect_success();

    // At a public URL, no password is shown again.
    let public = [
        ("BETTER_AUTH_URL", "https://books.example.com"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("LOG_FORMAT", "json"),
    ];
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &public).await;
    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    assert!(!(stdout + &stderr).contains(PASSWORD));
}

/// Returns whether the database is an SQLite file.
fn is_file(database: &TestDatabase) -> bool {
    database.url().starts_with("sqlite:")
}

#[tokio::test]
async fn a_secret_is_generated_once_and_readable_by_its_owner_only() {
    let database = TestDatabase::create().await;
    let file = database.folder().join("data/secret");

    let server = ServerProcess::start(&database).await;
    let screen = server.process.stdout();
    let notice = "BETTER_AUTH_SECRET is not set: a random one was saved in data/secret";
    assert!(screen.contains(notice), "{screen}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(&file).unwrap();
    let response = server.http().sign_up("ann").await;
    let cookie =
        response.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    assert!(!(stdout + &stderr).contains(secret.trim()));

    // The secret stays after a restart, so sessions stay valid.
    let server = ServerProcess::start(&database).await;
    let screen = server.process.stdout();
    assert!(screen.contains("the one in data/secret is used"), "{screen}");
    assert_eq!(fs::read_to_string(&file).unwrap(), secret);
    let session = server.http();
    let session = session.send(|client, base| {
        client.get(format!("{base}/api/auth/get-session")).header(COOKIE, cookie)
    });
    assert_eq!(session.await.unwrap().json()["user"]["email"], "ann@example.com");
}

#[tokio::test]
async fn a_configured_secret_is_not_stored() {
    let database = TestDatabase::create().await;
    let settings = [("BETTER_AUTH_SECRET", SECRET)];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;

    assert!(!server.process.stdout().contains("BETTER_AUTH_SECRET"));
    assert!(!database.folder().join("data").exists());
}

#[tokio::test]
async fn output_to_a_pipe_has_no_colors() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    server.http().sign_up("ann").await;
    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    assert!(!(stdout + &stderr).contains('\x1b'));
}

#[tokio::test]
async fn output_to_a_terminal_has_colors_unless_no_color_is_set() {
    let database = TestDatabase::create().await;
    for (no_color, coloured) in [("", true), ("1", false)] {
        let settings = [("DATABASE_URL", database.url()), ("PORT", "0"), ("NO_COLOR", no_color)];
        let server = Process::spawn(in_terminal(&bookplate_command(
            &database.folder(),
            &["serve"],
            &settings,
        )));
        // `script` copies slowly; the log line follows the screen.
        let printed = eventually("a start screen", async || {
            Some(server.stdout()).filter(|text| text.contains("data/secret"))
        });
        let printed = printed.await;
        assert_eq!(printed.contains('\x1b'), coloured, "{printed}");
    }
}

/// Runs a command in a terminal.
fn in_terminal(command: &Command) -> Command {
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--return", "--command"]);
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    terminal.arg(format!("exec {}", words.join(" "))).arg("/dev/null");
    terminal.env_clear().env("PATH", env::var_os("PATH").unwrap()).env("SHELL", "/bin/sh");
    terminal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    terminal.current_dir(command.get_current_dir().unwrap());
    terminal
}
