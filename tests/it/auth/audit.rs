//! What is kept of who did what: one row for each deed, and no secret in any.

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

/// The columns of all events, but their ids, oldest first.
async fn events(app: &TestApp) -> Vec<String> {
    let columns = ["action", "actor", "subject", "outcome", "ip", "userAgent", "requestId"];
    let columns = columns.map(|name| format!(r#"coalesce("{name}", '-')"#)).join(" || '|' || ");
    let sql = format!(r#"select {columns} from "auditEvent" order by "at", "id""#);
    app.database.first_column(&sql).await
}

/// Sends a request as a browser at an address does.
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

/// What a deed left: action, actor, subject, outcome of each row; the rest of each
/// row must tell of the request.
async fn left(app: &TestApp, before: &[String], response: &Response) -> Vec<[String; 4]> {
    let request = format!("|192.0.2.7|Browser/1.0|{}", response.header("x-request-id"));
    let mut rows = Vec::new();
    for row in events(app).await {
        if before.contains(&row) {
            continue;
        }
        let deed = row.strip_suffix(&request).unwrap_or_else(|| panic!("{row} is not {request}"));
        let fields: Vec<_> = deed.split('|').map(str::to_owned).collect();
        rows.push(fields.try_into().unwrap());
    }
    rows.sort();
    rows
}

struct Deeds<'a> {
    app: &'a TestApp,
    /// The rows of the client's own deeds name them.
    id: String,
}

impl Deeds<'_> {
    /// Does it, and compares what it left with `action outcome`, by the client, or by
    /// nobody where that begins with `?`, or about nobody with `??`.
    async fn does(&self, client: &Client, route: &str, body: Value, expected: &[&str]) -> Response {
        self.asks(client, Method::POST, &format!("/api/auth/{route}"), body, expected).await
    }

    async fn asks(
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
        assert_eq!(left(self.app, &before, &response).await, expected, "{path}: {}", response.text);
        response
    }

    fn row(&self, expected: &str) -> [String; 4] {
        let deed = expected.trim_start_matches('?');
        let (action, outcome) = deed.split_once(' ').unwrap();
        let (actor, subject) = match expected.len() - deed.len() {
            0 => (&*self.id, &*self.id),
            1 => ("nobody", &*self.id),
            _ => ("nobody", "-"),
        };
        [action, actor, subject, outcome].map(str::to_owned)
    }
}

/// Everything that can be done to an account; each deed is checked.
async fn life(app: &TestApp) -> Vec<String> {
    let ann = app.signed_in("ann").await;
    let deeds = Deeds { app, id: ann.user_id().await };
    let credentials = |password: &str| json!({ "email": EMAIL, "password": password });
    let wrong = credentials("wrong horse battery");
    let nobody = json!({ "email": "nobody@example.com", "password": PASSWORD });
    let refused = "INVALID_EMAIL_OR_PASSWORD";
    let anonymous = app.anonymous();

    deeds.does(&ann, "sign-in/email", credentials(PASSWORD), &["sign-in done"]).await;
    let row = format!("?sign-in {refused}");
    deeds.does(&anonymous, "sign-in/email", wrong, &[&row]).await;
    deeds.does(&anonymous, "sign-in/email", nobody.clone(), &[&format!("?{row}")]).await;
    let password = json!({ "password": "wrong horse battery" });
    deeds
        .does(&ann, "verify-password", password.clone(), &["verify-password INVALID_PASSWORD"])
        .await;
    deeds.does(&ann, "delete-user", password, &["delete-user INVALID_PASSWORD"]).await;
    let change = json!({ "currentPassword": "wrong horse 1", "newPassword": NEW });
    deeds.does(&ann, "change-password", change, &["change-password INVALID_PASSWORD"]).await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    deeds.does(&ann, "change-password", change, &["change-password done"]).await;
    let foreign = json!({ "token": "x" });
    deeds.does(&ann, "revoke-session", foreign, &["revoke-session done"]).await;
    deeds.does(&ann, "revoke-other-sessions", json!({}), &["revoke-sessions done"]).await;
    let ask = json!({ "email": EMAIL });
    deeds
        .does(&anonymous, "request-password-reset", ask.clone(), &["?request-password-reset done"])
        .await;
    deeds
        .does(&anonymous, "request-password-reset", nobody, &["??request-password-reset done"])
        .await;
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    let reset = json!({ "token": token, "newPassword": PASSWORD });
    deeds.does(&anonymous, "reset-password", reset.clone(), &["reset-password done"]).await;
    deeds.does(&anonymous, "reset-password", reset, &[]).await;
    deeds.does(&ann, "sign-in/email", credentials(PASSWORD), &["sign-in done"]).await;

    anonymous.post_auth("send-verification-email", ask).await.expect_ok();
    let link = app.newest_mail("verification", EMAIL).await;
    let none = || json!(null);
    deeds.asks(&ann, Method::GET, &link.link_path(), none(), &["verify-email done"]).await;
    deeds.asks(&ann, Method::GET, &link.link_path(), none(), &[]).await;
    let to = json!({ "newEmail": "new@example.com" });
    deeds.does(&ann, "change-email", to, &["request-email-change done"]).await;
    let first = app.newest_mail("change-email-confirmation", EMAIL).await;
    deeds.asks(&ann, Method::GET, &first.link_path(), none(), &["confirm-email-change done"]).await;
    let second = app.newest_mail("change-email-verification", "new@example.com").await;
    deeds.asks(&ann, Method::GET, &second.link_path(), none(), &["change-email done"]).await;
    deeds.does(&ann, "sign-out", json!({}), &["sign-out done"]).await;
    deeds.does(&ann, "sign-out", json!({}), &[]).await;
    let new = json!({ "email": "new@example.com", "password": PASSWORD });
    deeds.does(&ann, "sign-in/email", new, &["sign-in done"]).await;
    deeds.does(&ann, "delete-user", json!({}), &["delete-user done"]).await;
    vec![token, link.link_token(), first.link_token(), second.link_token()]
}

#[tokio::test]
async fn each_deed_leaves_one_row_and_no_secret() {
    let app = TestApp::start().await;
    let mut private = life(&app).await;
    private
        .extend([EMAIL, "nobody@example.com", "new@example.com", PASSWORD, NEW].map(str::to_owned));
    private.push("wrong horse".to_owned());
    let rows =
        app.database.first_column(r#"select "id" || '|' || "outcome" from "auditEvent""#).await;
    for row in events(&app).await.into_iter().chain(rows) {
        for word in &private {
            assert!(!row.contains(word.as_str()), "{row}");
        }
    }
}

#[tokio::test]
async fn signing_up_is_kept_with_the_sign_in() {
    for (flags, second) in [(vec![], "sign-up done"), (vec!["--auth-auto-sign-in", "false"], "")] {
        let app = TestApp::start_with(&flags).await;
        let body = json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD });
        let client = app.anonymous();
        let response = send(&client, Method::POST, "/api/auth/sign-up/email", &body).await;
        let id = response.expect_ok()["user"]["id"].as_str().unwrap().to_owned();
        let deeds = Deeds { app: &app, id };
        let mut expected = vec![deeds.row("sign-up done")];
        if !second.is_empty() {
            expected.insert(0, deeds.row("sign-in done"));
        }
        assert_eq!(left(&app, &[], &response).await, expected);
    }
}

#[tokio::test]
async fn a_role_given_by_command_is_kept() {
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
async fn what_fails_leaves_nothing() {
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
