//! Mailed codes: sign-in, verification of addresses, password reset and change of address.

mod abuse;
mod address;
mod enumeration;
mod password;
mod sign_in;
mod verification;

use serde_json::{Value, json};

use crate::it::support::{Client, Mail, Response, TestApp};

const ON: &str = "--auth-plugins=email-otp,two-factor";
const EMAIL: &str = "ann@example.com";
const NOBODY: &str = "nobody@example.com";
const NEW: &str = "another horse battery";
/// A code that is never right: it has a letter.
const WRONG: &str = "00000x";

async fn start(flags: &[&str]) -> TestApp {
    TestApp::start_with(&[&[ON], flags].concat()).await
}

/// Ann, who verified her address.
async fn ann(app: &TestApp) -> Client {
    let ann = app.signed_in("ann").await;
    ann.verify_email(app, "ann").await;
    ann
}

/// The code in a mail, on its own line.
fn code_in(mail: &Mail) -> String {
    let is_code = |line: &&str| line.len() > 3 && line.bytes().all(|c| c.is_ascii_digit());
    mail.text.lines().find(is_code).unwrap_or_else(|| panic!("{}", mail.text)).to_owned()
}

async fn newest_code(app: &TestApp, kind: &str, email: &str) -> String {
    code_in(&app.newest_mail(kind, email).await)
}

async fn request(app: &TestApp, email: &str, kind: &str) -> Response {
    let body = json!({ "email": email, "type": kind });
    app.anonymous().post_auth("email-otp/send-verification-otp", body).await
}

/// Requests a code to sign in, and returns it.
async fn sign_in_code(app: &TestApp, email: &str) -> String {
    let answer = request(app, email, "sign-in").await.expect_ok();
    assert_eq!(answer, json!({ "success": true }));
    newest_code(app, "sign-in-code", email).await
}

async fn sign_in(client: &Client, email: &str, otp: &str) -> Response {
    client.post_auth("sign-in/email-otp", json!({ "email": email, "otp": otp })).await
}

async fn count(app: &TestApp, table: &str) -> usize {
    app.database.first_column(&format!(r#"select "id" from "{table}""#)).await.len()
}

fn success() -> Value {
    json!({ "success": true })
}

/// Asserts a refusal without a code.
#[track_caller]
fn assert_plain(response: &Response, message: &str) {
    assert_eq!(response.status.as_u16(), 400, "{}", response.text);
    assert_eq!(response.json(), json!({ "message": message }));
}
