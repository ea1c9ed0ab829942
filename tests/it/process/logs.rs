//! Logs: one JSON line per request, without secrets.

use std::{
    fs::{self, File},
    io::pipe,
    process::Stdio,
};

use axum::http::StatusCode;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use crate::it::support::{
    HttpClient, PASSWORD, Process, ProcessOutput, Response, ServerProcess, TestDatabase,
    bookplate_command,
};

const CREATE: &str =
    r#"mutation AddBook { createBook(input: { title: "Emma", authorIds: [] }) { id } }"#;
const RENAME: &str =
    r#"mutation Steal($id: ID!) { updateBook(id: $id, input: { title: "Mine" }) { id } }"#;

const JSON_LOGS: [(&str, &str); 1] = [("LOG_FORMAT", "json")];

/// Parses every line as a JSON object.
pub(super) fn lines(stderr: &str) -> Vec<Value> {
    let line = |text: &str| match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => value,
        _ => panic!("no JSON object: {text}"),
    };
    stderr.lines().map(line).collect()
}

/// Returns the lines of a request: those before its own line, and its own line.
fn lines_of_request<'a>(lines: &'a [Value], response: &Response) -> (Vec<&'a Value>, &'a Value) {
    let id = response.header("x-request-id");
    assert!(!id.is_empty());
    let lines = lines.iter().filter(|line| line["span"]["request_id"] == id);
    let (request_lines, before): (Vec<_>, Vec<_>) =
        lines.partition(|line| line["message"] == "request");
    assert_eq!(request_lines.len(), 1, "lines of request {id}");
    (before, request_lines[0])
}

/// Returns level, method, path, status, operation and outcome of a line.
fn facts(line: &Value) -> Value {
    assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
    let ms = line["ms"].to_string();
    assert!(ms.split_once('.').is_none_or(|(_, digits)| digits.len() <= 3), "{ms}");
    let names = ["level", "method", "path", "status", "operation", "outcome"];
    names.iter().map(|name| line[name].clone()).collect()
}

#[tokio::test]
async fn each_request_has_one_line_with_its_id() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve"], &JSON_LOGS).await;
    let (anonymous, mut ann, mut bob) = (server.http(), server.http(), server.http());

    let signed_up = ann.sign_up("ann").await;
    bob.sign_up("bob").await;
    let created = ann.query(CREATE).await;
    let id = &created.data()["createBook"]["id"];
    let unnamed = anonymous.query("{ books { id } }").await;
    let unauthenticated = anonymous.query(CREATE).await;
    let forbidden = bob.graphql(RENAME, json!({ "id": id })).await;
    let invalid = anonymous.query("{ bookz }").await;
    let missing = anonymous.get("/nowhere").await;
    let refused = json!({ "email": "ann@example.com", "password": "wrong horse" });
    let refused = anonymous.post("/api/auth/sign-in/email", refused).await;
    let users = [ann, bob].map(|user| user.token.unwrap());
    let ann_id = signed_up.json()["user"]["id"].clone();

    let log = lines(&server.terminate().await.stderr);
    for (response, expected) in [
        (&signed_up, json!(["INFO", "POST", "/api/auth/sign-up/email", 200, null, "ok"])),
        (&created, json!(["INFO", "POST", "/graphql", 200, "AddBook", "ok"])),
        (&unnamed, json!(["INFO", "POST", "/graphql", 200, null, "ok"])),
        (&unauthenticated, json!(["INFO", "POST", "/graphql", 200, "AddBook", "UNAUTHENTICATED"])),
        (&forbidden, json!(["INFO", "POST", "/graphql", 200, "Steal", "FORBIDDEN"])),
        (&invalid, json!(["INFO", "POST", "/graphql", 200, null, "GRAPHQL_VALIDATION_FAILED"])),
        (&missing, json!(["INFO", "GET", "/…", 404, null, "refused"])),
        (&refused, json!(["INFO", "POST", "/api/auth/sign-in/email", 401, null, "refused"])),
    ] {
        assert_eq!(facts(lines_of_request(&log, response).1), expected);
    }
    for (response, user) in [(&signed_up, &ann_id), (&created, &ann_id), (&unnamed, &Value::Null)] {
        assert_eq!(lines_of_request(&log, response).1["user_id"], *user);
    }
    let (before, _) = lines_of_request(&log, &forbidden);
    let denied: Vec<_> = before.iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0]["message"], "permission denied");
    assert_eq!((&denied[0]["action"], &denied[0]["kind"]), (&json!("update"), &json!("book")));
    assert_eq!(users.len(), 2);
}

#[tokio::test]
async fn too_many_wrong_passwords_are_warned_about_by_user_id() {
    let database = TestDatabase::create().await;
    let settings = [JSON_LOGS[0], ("AUTH_RATE_LIMIT", "true")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let mut ann = server.http();
    let id = ann.sign_up("ann").await.json()["user"]["id"].clone();
    let wrong = json!({ "password": "wrong horse battery" });
    let mut last = ann.post("/api/auth/verify-password", wrong.clone()).await;
    for _ in 0..10 {
        last = ann.post("/api/auth/verify-password", wrong.clone()).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);

    let ended = server.terminate().await;
    let log = lines(&ended.stderr);
    let (before, _) = lines_of_request(&log, &last);
    let warned = before.iter().find(|line| line["message"] == "too many wrong passwords");
    let warned = warned.unwrap_or_else(|| panic!("{before:?}"));
    assert_eq!((&warned["level"], &warned["user_id"]), (&json!("WARN"), &id));
    assert!(!ended.stderr.contains("ann@example.com"));
}

#[tokio::test]
async fn a_valid_request_id_is_kept_and_an_invalid_one_replaced() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve"], &JSON_LOGS).await;
    let http = server.http();
    let request_id = async |id: &str| {
        let sent = http
            .send(|client, base| client.get(format!("{base}/healthz")).header("x-request-id", id));
        sent.await.unwrap()
    };

    let valid = request_id("proxy-1.A_b").await;
    assert_eq!(valid.header("x-request-id"), "proxy-1.A_b");
    let mut replaced = Vec::new();
    for odd in ["a b", "a\"b", "{}", &"x".repeat(65), ""] {
        let response = request_id(odd).await;
        assert_ne!(response.header("x-request-id"), odd);
        replaced.push(response);
    }

    let log = lines(&server.terminate().await.stderr);
    for response in replaced.iter().chain([&valid]) {
        lines_of_request(&log, response);
    }
}

/// Sends all kinds of valid and invalid requests, and returns the strings that must not be logged.
async fn send_all_kinds_of_requests(server: &ServerProcess) -> Vec<String> {
    let (mut ann, mut bob) = (server.http(), server.http());
    let mut secrets: Vec<String> = ["ann@example.com", "bob@example.com", "nobody@example.com"]
        .iter()
        .chain(&[PASSWORD, "wrong horse battery", "sesame-open-sesame"])
        .map(|&word| word.to_owned())
        .collect();
    for response in [ann.sign_up("ann").await, bob.sign_up("bob").await] {
        let cookie = response.headers[SET_COOKIE].to_str().unwrap();
        let value = cookie.split(['=', ';']).nth(1).unwrap();
        secrets.push(value.to_owned());
        secrets.push(response.json()["token"].as_str().unwrap().to_owned());
        secrets.push(response.header("set-auth-token").to_owned());
    }
    ann.sign_in("ann@example.com", PASSWORD).await;
    secrets.extend(ann.token.clone());
    let cookie = format!("better-auth.session_token={}", secrets[6]);

    let book = ann.query(CREATE).await.data()["createBook"]["id"].clone();
    bob.graphql(RENAME, json!({ "id": book })).await;
    ann.query("{ me { email } }").await;
    ann.query(r#"{ books(filter: { title: "ann@example.com" }) { id } }"#).await;
    for (email, password) in [
        ("ann@example.com", "wrong horse battery"),
        ("nobody@example.com", "sesame-open-sesame"),
        ("not-an-address nobody@example.com", PASSWORD),
    ] {
        let body = json!({ "email": email, "password": password, "name": "x" });
        for path in ["sign-in", "sign-up"] {
            ann.post(&format!("/api/auth/{path}/email"), body.clone()).await;
        }
    }
    use_cookie(&ann, &cookie, &book).await;
    secrets.extend(open_links(&ann).await);
    secrets.retain(|word| !word.is_empty());
    secrets
}

/// Opens mailed links, and returns their tokens.
async fn open_links(http: &HttpClient) -> Vec<String> {
    let http = http.clone().with_token(None);
    let mut secrets = Vec::new();
    for route in ["request-password-reset", "send-verification-email"] {
        http.post(&format!("/api/auth/{route}"), json!({ "email": "ann@example.com" })).await;
        let mails = http
            .send(|client, base| {
                client.get(format!("{base}/dev/mail")).header("accept", "application/json")
            })
            .await;
        let link = mails.unwrap().json()[0]["link"].as_str().unwrap().to_owned();
        let (_, path) = link.split_once("/api/auth").unwrap();
        let secret = path.split(['/', '?', '&']).find(|part| part.len() >= 24);
        secrets.push(secret.unwrap().trim_start_matches("token=").to_owned());
        http.get(&format!("/api/auth{path}")).await;
        http.get(&format!("/api/auth{}/", path.split('?').next().unwrap())).await;
    }
    let reset = json!({ "token": secrets[0], "newPassword": "sesame-open-sesame" });
    http.post("/api/auth/reset-password", reset).await;
    secrets
}

/// Uses a session by its cookie until its end, and a forged cookie.
async fn use_cookie(http: &HttpClient, cookie: &str, book: &Value) {
    let http = http.clone().with_token(None);
    let forged = cookie.replace('.', ".x");
    for (cookie, name) in [(cookie, json!("ann")), (&forged, Value::Null)] {
        let get = |path: &str| {
            let path = path.to_owned();
            http.send(move |client, base| {
                client.get(base.to_owned() + &path).header(COOKIE, cookie)
            })
        };
        let session = get("/api/auth/get-session").await.unwrap().json();
        assert_eq!(session["user"]["name"], name);
        get("/graphql?query={me{email}}&token=sesame-open-sesame").await.unwrap();
        let post = |path: &str, body: Value| {
            let path = path.to_owned();
            http.send(move |client, base| {
                client
                    .post(base.to_owned() + &path)
                    .header(COOKIE, cookie)
                    .header(ORIGIN, base.replace("127.0.0.1", "localhost"))
                    .json(&body)
            })
        };
        let rename = json!({ "query": RENAME, "variables": { "id": book } });
        post("/graphql", rename).await.unwrap();
        post("/api/auth/sign-out", json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn secrets_tokens_and_addresses_are_not_logged() {
    for (format, level) in [("json", "info"), ("text", "info"), ("json", "trace")] {
        let database = TestDatabase::create().await;
        let settings = [("LOG_FORMAT", format), ("RUST_LOG", level)];
        let server = ServerProcess::start_with(&database, &["serve"], &settings).await;

        let mut secrets = send_all_kinds_of_requests(&server).await;

        secrets.push(fs::read_to_string(database.folder().join("data/secret")).unwrap());
        secrets.extend(database.first_column(r#"select "password" from "account""#).await);
        secrets.extend(database.first_column(r#"select "token" from "session""#).await);
        let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
        let printed = stdout + &stderr;
        assert!(printed.contains("/api/auth/sign-up/email"), "{printed}");
        for word in secrets {
            let line = printed.lines().find(|line| line.contains(word.trim()));
            assert_eq!(line, None, "{word} at {level}");
        }
    }
}

#[tokio::test]
async fn production_logs_json_and_its_port() {
    let database = TestDatabase::create().await;
    let secret = "0123456789abcdefghijklmnopqrstuv";
    let production = [("APP_ENV", "production"), ("BETTER_AUTH_SECRET", secret)];
    let server = ServerProcess::start_with(&database, &["serve"], &production).await;
    let status = server.http().query("{ __typename }").await.status;
    assert_eq!(status, StatusCode::OK);

    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    assert_eq!(stdout, "");
    let log = lines(&stderr);
    let listening = log.iter().find(|line| line["message"] == "listening").unwrap();
    assert!(listening["url"].as_str().unwrap().starts_with("http://localhost:"), "{listening}");
    assert!(
        log.iter()
            .any(|line| line["level"] == "WARN" && line["message"].to_string().contains("https"))
    );
    assert!(!stderr.contains(secret));
}

/// Standard error is a full disk, or a pipe that is not read.
#[tokio::test]
async fn requests_succeed_though_logs_cannot_be_written() {
    let full = File::options().write(true).open("/dev/full").ok().map(Stdio::from);
    let (reader, closed) = pipe().unwrap();
    drop(reader);
    for complaints in full.into_iter().chain([Stdio::from(closed)]) {
        let database = TestDatabase::create().await;
        let settings = [("DATABASE_URL", database.url()), ("PORT", "0"), ("RUST_LOG", "debug")];
        let command = bookplate_command(&database.folder(), &["serve"], &settings);
        let server =
            ServerProcess::wait_until_ready(Process::spawn_with_stderr(command, complaints)).await;

        let mut ann = server.http();
        ann.sign_up("ann").await;
        ann.query(CREATE).await.data();
        assert_eq!(server.http().get("/nowhere").await.status, StatusCode::NOT_FOUND);
        server.terminate().await.expect_success();
    }
}
