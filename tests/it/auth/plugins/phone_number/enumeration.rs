//! Limits, and codes without SMS, must not reveal which numbers exist, or whose they are.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{NEW, NUMBER, OTHER, member, sign_in, start};
use crate::it::support::{Client, PASSWORD, Response, TestApp};

const LIMITED: [&str; 2] = ["--auth-rate-limit", "true"];
const EMAIL: &str = "ann@example.com";
const WRONG: &str = "wrong horse battery";

/// A client with an address that no other request had.
fn anywhere(app: &TestApp, next: &mut u16) -> Client {
    *next += 1;
    app.anonymous().at_address(&format!("203.0.{}.{}", *next / 256, *next % 256))
}

/// Requests codes that reset a password, and tries wrong ones.
async fn rounds(app: &TestApp, number: &str, next: &mut u16) -> Vec<(u16, String)> {
    let mut seen = Vec::new();
    for _ in 0..8 {
        let ask = json!({ "phoneNumber": number });
        let client = anywhere(app, next);
        let asked = client.post_auth("phone-number/request-password-reset", ask).await;
        seen.push(asked.status_and_code());
        for _ in 0..4 {
            let wrong = json!({ "phoneNumber": number, "otp": "no-code", "newPassword": NEW });
            let client = anywhere(app, next);
            let tried = client.post_auth("phone-number/reset-password", wrong).await;
            seen.push(tried.status_and_code());
        }
    }
    seen
}

#[tokio::test]
async fn over_the_limit_of_sms_an_unknown_number_is_answered_as_a_known_one() {
    for storage in ["memory", "database"] {
        let app =
            start(&[LIMITED[0], LIMITED[1], &format!("--auth-rate-limit-storage={storage}")]).await;
        member(&app, "ann", NUMBER).await;
        let mut next = 0;
        let known = rounds(&app, NUMBER, &mut next).await;
        let unknown = rounds(&app, OTHER, &mut next).await;
        assert_eq!(known, unknown, "{storage}");
        let (dead, over) = ((403, "TOO_MANY_ATTEMPTS"), (400, "OTP_NOT_FOUND"));
        assert_eq!((known[24].0, known[24].1.as_str()), dead);
        assert_eq!((known[29].0, known[29].1.as_str()), over);
        assert!(known.iter().all(|(status, _)| *status != 429), "{known:?}");
        assert_eq!(app.mails("phone-password-reset", NUMBER).await.len(), 5);
    }
}

#[tokio::test]
async fn without_sms_no_codes_are_made() {
    let verified = "--auth-phone-number-require-verification=true";
    let app = start(&["--app-env=production", verified]).await;
    app.anonymous().sign_up("ann").await.expect_ok();
    let set = format!(r#"update "user" set "phoneNumber" = '{NUMBER}'"#);
    app.database.execute(&set).await;
    for number in [NUMBER, OTHER] {
        let ask = json!({ "phoneNumber": number });
        let asked = app.anonymous().post_auth("phone-number/request-password-reset", ask).await;
        asked.assert_error(501, "SEND_OTP_NOT_IMPLEMENTED");
    }
    let refused = sign_in(&app.anonymous(), NUMBER, PASSWORD).await;
    refused.assert_error(401, "PHONE_NUMBER_NOT_VERIFIED");
    let rows = r#"select "identifier" from "verification""#;
    assert!(app.database.first_column(rows).await.is_empty());
}

async fn by_email(client: &Client, email: &str, password: &str) -> Response {
    client.sign_in(email, password).await
}

#[tokio::test]
async fn wrong_passwords_of_a_number_do_not_reveal_whose_it_is() {
    for storage in ["memory", "database"] {
        let app =
            start(&[LIMITED[0], LIMITED[1], &format!("--auth-rate-limit-storage={storage}")]).await;
        member(&app, "ann", NUMBER).await;
        let mut next = 0;
        let mut seen: Vec<Vec<(u16, Value)>> = Vec::new();
        for number in [NUMBER, OTHER] {
            let mut answers = Vec::new();
            for _ in 0..45 {
                let refused = sign_in(&anywhere(&app, &mut next), number, WRONG).await;
                answers.push((refused.status.as_u16(), refused.json()));
            }
            seen.push(answers);
        }
        assert_eq!(seen[0], seen[1], "{storage}");
        assert_eq!((seen[0][39].0, seen[0][40].0), (401, 429));
        let owner = by_email(&anywhere(&app, &mut next), EMAIL, PASSWORD).await;
        assert_eq!(owner.status.as_u16(), 200, "{storage} {}", owner.text);

        // All logins of a user together have a limit that does not show.
        let mut answers = Vec::new();
        for _ in 0..30 {
            let refused = by_email(&anywhere(&app, &mut next), EMAIL, WRONG).await;
            answers.push((refused.status.as_u16(), refused.text));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{storage} {answers:?}");
        let right = by_email(&anywhere(&app, &mut next), EMAIL, PASSWORD).await;
        assert_eq!((right.status.as_u16(), right.text), answers[0], "{storage}");
        app.clock.advance(TimeDelta::minutes(1));
        by_email(&anywhere(&app, &mut next), EMAIL, PASSWORD).await.expect_ok();
    }
}
