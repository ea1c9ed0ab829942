//! The audit log: one row for each action, and no secret in any row.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{
        Method, Request,
        header::{CONTENT_TYPE, ORIGIN, USER_AGENT},
    },
};
use serde_json::{Value, json};

use crate::it::support::{BASE_URL, Client, PASSWORD, Response, TestApp};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";

/// Returns the columns of all events except ids and times, oldest first.
async fn events(app: &TestApp) -> Vec<String> {
    let columns = ["action", "actor", "subject", "outcome", "ip", "userAgent", "requestId"];
    let columns = columns.map(|name| format!(r#"coalesce("{name}", '-')"#)).join(" || '|' || ");
    let sql = format!(r#"select {columns} from "auditEvent" order by "at", "id""#);
    app.database.first_column(&sql).await
}

/// Sends a request with the address and `User-Agent` of a browser.
async fn send(client: &Client, method: Method, path: &str, body: &Value) -> Response {
    let address: SocketAddr = "192.0.2.7:1234".parse().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(CONTENT_TYPE, "application/json")
        .header(ORIGIN, BASE_URL)
        .header(USER_AGENT, "Browser/1.0")
        .extension(ConnectInfo(address));
    client.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// Returns action, actor, subject and outcome of each row that is not in `before`. Asserts that the
/// other columns describe the request.
async fn new_rows(app: &TestApp, before: &[String], response: &Response) -> Vec<[String; 4]> {
    let request = format!("|192.0.2.7|Browser/1.0|{}", response.header("x-request-id"));
    let mut rows = Vec::new();
    for row in events(app).await {
        if before.contains(&row) {
            continue;
        }
        let row_of_action =
            row.strip_suffix(&request).unwrap_or_else(|| panic!("{row} is not {request}"));
        let fields: Vec<_> = row_of_action.split('|').map(str::to_owned).collect();
        rows.push(fields.try_into().unwrap());
    }
    rows.sort();
    rows
}

/// Sends requests of one user and checks the rows that each of them writes.
struct ActionChecker<'a> {
    app: &'a TestApp,
    /// The id of the client's user, expected as actor and subject.
    id: String,
}

impl ActionChecker<'_> {
    /// Posts to a route, and compares the new rows with `expected`, each `action outcome`. A
    /// leading `?` expects the actor `unknown`; `??` expects no subject as well.
    async fn post(&self, client: &Client, route: &str, body: Value, expected: &[&str]) -> Response {
        self.send(client, Method::POST, &format!("/api/auth/{route}"), body, expected).await
    }

    /// Sends a request as [`ActionChecker::post`] does, with any method and path.
    async fn send(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        body: Value,
        expected: &[&str],
    ) -> Response {
        let before = events(self.app).await;
        let response = send(client, method, path, &body).await;
        let expected: Vec<[String; 4]> = expected.iter().map(|row| self.row(row)).collect();
        assert_eq!(
            new_rows(self.app, &before, &response).await,
            expected,
            "{path}: {}",
            response.text
        );
        response
    }

    /// Parses an expected row: action, actor, subject, outcome.
    fn row(&self, expected: &str) -> [String; 4] {
        let row_of_action = expected.trim_start_matches('?');
        let (action, outcome) = row_of_action.split_once(' ').unwrap();
        let (actor, subject) = match expected.len() - row_of_action.len() {
            0 => (&*self.id, &*self.id),
            1 => ("nobody", &*self.id),
            _ => ("nobody", "-"),
        };
        [action, actor, subject, outcome].map(str::to_owned)
    }
}

/// Performs every action on an account and checks its rows. Returns the secrets of the mailed
/// links.
async fn perform_all_actions(app: &TestApp) -> Vec<String> {
    let ann = app.signed_in("ann").await;
    let checker = ActionChecker { app, id: ann.user_id().await };
    let credentials = |password: &str| json!({ "email": EMAIL, "password": password });
    let wrong = credentials("wrong horse battery");
    let unknown = json!({ "email": "nobody@example.com", "password": PASSWORD });
    let refused = "INVALID_EMAIL_OR_PASSWORD";
    let anonymous = app.anonymous();

    checker.post(&ann, "sign-in/email", credentials(PASSWORD), &["sign-in done"]).await;
    let row = format!("?sign-in {refused}");
    checker.post(&anonymous, "sign-in/email", wrong, &[&row]).await;
    checker.post(&anonymous, "sign-in/email", unknown.clone(), &[&format!("?{row}")]).await;
    let password = json!({ "password": "wrong horse battery" });
    checker
        .post(&ann, "verify-password", password.clone(), &["verify-password INVALID_PASSWORD"])
        .await;
    checker.post(&ann, "delete-user", password, &["delete-user INVALID_PASSWORD"]).await;
    let change = json!({ "currentPassword": "wrong horse 1", "newPassword": NEW });
    checker.post(&ann, "change-password", change, &["change-password INVALID_PASSWORD"]).await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    checker.post(&ann, "change-password", change, &["change-password done"]).await;
    let other = json!({ "token": "x" });
    checker.post(&ann, "revoke-session", other, &["revoke-session done"]).await;
    checker.post(&ann, "revoke-other-sessions", json!({}), &["revoke-sessions done"]).await;
    let address = json!({ "email": EMAIL });
    checker
        .post(
            &anonymous,
            "request-password-reset",
            address.clone(),
            &["?request-password-reset done"],
        )
        .await;
    checker
        .post(&anonymous, "request-password-reset", unknown, &["??request-password-reset done"])
        .await;
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    let reset = json!({ "token": token, "newPassword": PASSWORD });
    checker.post(&anonymous, "reset-password", reset.clone(), &["reset-password done"]).await;
    checker.post(&anonymous, "reset-password", reset, &[]).await;
    checker.post(&ann, "sign-in/email", credentials(PASSWORD), &["sign-in done"]).await;

    anonymous.post_auth("send-verification-email", address).await.expect_ok();
    let link = app.newest_mail("verification", EMAIL).await;
    let no_body = || json!(null);
    checker.send(&ann, Method::GET, &link.link_path(), no_body(), &["verify-email done"]).await;
    checker.send(&ann, Method::GET, &link.link_path(), no_body(), &[]).await;
    let change = json!({ "newEmail": "new@example.com" });
    checker.post(&ann, "change-email", change, &["request-email-change done"]).await;
    let first = app.newest_mail("change-email-confirmation", EMAIL).await;
    checker
        .send(&ann, Method::GET, &first.link_path(), no_body(), &["confirm-email-change done"])
        .await;
    let second = app.newest_mail("change-email-verification", "new@example.com").await;
    checker.send(&ann, Method::GET, &second.link_path(), no_body(), &["change-email done"]).await;
    checker.post(&ann, "sign-out", json!({}), &["sign-out done"]).await;
    checker.post(&ann, "sign-out", json!({}), &[]).await;
    let new = json!({ "email": "new@example.com", "password": PASSWORD });
    checker.post(&ann, "sign-in/email", new, &["sign-in done"]).await;
    checker.post(&ann, "delete-user", json!({}), &["delete-user done"]).await;
    vec![token, link.link_token(), first.link_token(), second.link_token()]
}

#[tokio::test]
async fn each_action_writes_one_row_without_secrets() {
    let app = TestApp::start().await;
    let mut secrets = perform_all_actions(&app).await;
    secrets
        .extend([EMAIL, "nobody@example.com", "new@example.com", PASSWORD, NEW].map(str::to_owned));
    secrets.push("wrong horse".to_owned());
    let rows =
        app.database.first_column(r#"select "id" || '|' || "outcome" from "auditEvent""#).await;
    for row in events(&app).await.into_iter().chain(rows) {
        for word in &secrets {
            assert!(!row.contains(word.as_str()), "{row}");
        }
    }
}

#[tokio::test]
async fn signing_up_is_recorded_with_the_sign_in() {
    for (flags, second) in [(vec![], "sign-up done"), (vec!["--auth-auto-sign-in", "false"], "")] {
        let app = TestApp::start_with(&flags).await;
        let body = json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD });
        let client = app.anonymous();
        let response = send(&client, Method::POST, "/api/auth/sign-up/email", &body).await;
        let id = response.expect_ok()["user"]["id"].as_str().unwrap().to_owned();
        let checker = ActionChecker { app: &app, id };
        let mut expected = vec![checker.row("sign-up done")];
        if !second.is_empty() {
            expected.insert(0, checker.row("sign-in done"));
        }
        assert_eq!(new_rows(&app, &[], &response).await, expected);
    }
}

#[tokio::test]
async fn a_role_set_by_command_is_recorded() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let before = events(&app).await;
    app.run_command(&["user", "set-role", EMAIL, "admin_rw"]).await.unwrap();
    let mut after = events(&app).await;
    after.retain(|row| !before.contains(row));
    assert_eq!(
        after,
        [format!("change-role|operator: user set-role|{}|done|||", ann.user_id().await)]
    );
}

#[tokio::test]
async fn invalid_requests_write_no_row() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let before = events(&app).await;
    for (route, body) in [
        ("sign-up/email", json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD })),
        ("reset-password", json!({ "token": "x", "newPassword": NEW })),
        ("unlink-account", json!({ "accountId": "x" })),
        ("delete-user", json!({ "token": "x" })),
        ("change-email", json!({ "newEmail": EMAIL })),
    ] {
        assert!(ann.post_auth(route, body).await.status.is_client_error());
    }
    assert_eq!(events(&app).await, before);
}
