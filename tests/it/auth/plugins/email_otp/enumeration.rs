//! Requests and tries must not reveal which accounts exist.

use serde_json::{Value, json};

use super::{EMAIL, NEW, NOBODY, ON, WRONG, ann, start};
use crate::it::support::TestApp;

/// The status, the body and the number of statements of a request.
async fn observe(app: &TestApp, route: &str, body: Value) -> (u16, String, u64) {
    let client = app.anonymous();
    let (response, statements) = app.count_statements(client.post_auth(route, body)).await;
    (response.status.as_u16(), response.text, statements)
}

/// Requests a code for an address, and tries wrong ones until it ends.
async fn observe_flow(
    app: &TestApp,
    email: &str,
    requests: (&str, &str),
    tries: &str,
) -> Vec<(u16, String, u64)> {
    let (route, kind) = requests;
    let ask = json!({ "email": email, "type": kind });
    let wrong = json!({ "email": email, "type": kind, "otp": WRONG, "password": NEW });
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(observe(app, route, ask.clone()).await);
        for _ in 0..5 {
            seen.push(observe(app, tries, wrong.clone()).await);
        }
    }
    app.clock.advance(chrono::TimeDelta::minutes(1));
    seen.push(observe(app, route, ask).await);
    app.clock.advance(chrono::TimeDelta::minutes(6));
    seen.push(observe(app, tries, wrong).await);
    seen
}

#[tokio::test]
async fn unknown_addresses_get_the_responses_of_known_ones() {
    for flags in [
        &[][..],
        &["--auth-email-otp-resend-strategy", "reuse"],
        &["--auth-email-otp-disable-sign-up", "true"],
        &["--auth-email-otp-store-otp", "hashed"],
    ] {
        let app = start(flags).await;
        ann(&app).await;
        for (requests, tries) in [
            (("email-otp/send-verification-otp", "sign-in"), "sign-in/email-otp"),
            (("email-otp/send-verification-otp", "email-verification"), "email-otp/verify-email"),
            (
                ("email-otp/send-verification-otp", "email-verification"),
                "email-otp/check-verification-otp",
            ),
            (("email-otp/send-verification-otp", "forget-password"), "email-otp/reset-password"),
            (("email-otp/request-password-reset", "forget-password"), "email-otp/reset-password"),
            (("forget-password/email-otp", "forget-password"), "email-otp/reset-password"),
        ] {
            let known = observe_flow(&app, EMAIL, requests, tries).await;
            let unknown = observe_flow(&app, NOBODY, requests, tries).await;
            assert_eq!(known, unknown, "{flags:?} {requests:?} {tries}");
            let codes: Vec<_> = known.iter().map(|(status, ..)| *status).collect();
            assert_eq!(
                codes,
                [200, 400, 400, 400, 403, 400, 200, 400, 400, 400, 403, 400, 200, 400]
            );
        }
        let mails = app.mail_kinds().await;
        let to_nobody: Vec<_> = mails.iter().filter(|(_, to)| to == NOBODY).collect();
        let expected = if flags.contains(&"--auth-email-otp-disable-sign-up") { 0 } else { 3 };
        assert_eq!(to_nobody.len(), expected, "{to_nobody:?}");
    }
}

/// Requests codes for an address, and tries wrong ones.
async fn rounds(app: &TestApp, email: &str, kind: &str, tries: &str) -> Vec<(u16, String)> {
    let mut seen = Vec::new();
    for round in 0..8 {
        let client = app.anonymous().at_address(&format!("203.0.113.{round}"));
        let ask = json!({ "email": email, "type": kind });
        let asked = client.post_auth("email-otp/send-verification-otp", ask).await;
        seen.push(asked.status_and_code());
        for address in 0..4 {
            let client = app.anonymous().at_address(&format!("198.51.{round}.{address}"));
            let wrong = json!({ "email": email, "otp": WRONG, "type": kind, "password": NEW });
            seen.push(client.post_auth(tries, wrong).await.status_and_code());
        }
    }
    app.clock.advance(chrono::TimeDelta::hours(2));
    seen
}

#[tokio::test]
async fn over_the_limit_of_mails_an_unknown_address_is_answered_as_a_known_one() {
    let app = start(&["--auth-rate-limit", "true"]).await;
    ann(&app).await;
    for (kind, tries) in [
        ("sign-in", "sign-in/email-otp"),
        ("email-verification", "email-otp/verify-email"),
        ("forget-password", "email-otp/reset-password"),
    ] {
        let known = rounds(&app, EMAIL, kind, tries).await;
        assert_eq!(known, rounds(&app, NOBODY, kind, tries).await, "{kind}");
        assert_eq!((known[24].0, known[29].0), (403, 400), "{kind} {known:?}");
    }
}

#[tokio::test]
async fn an_address_that_no_mail_reaches_is_answered_as_an_unknown_one() {
    for limited in ["true", "false"] {
        let app = start(&["--auth-rate-limit", limited]).await;
        ann(&app).await;
        app.database.execute(r#"update "user" set "email" = 'ann@users.invalid'"#).await;
        for (kind, tries) in [
            ("sign-in", "sign-in/email-otp"),
            ("email-verification", "email-otp/verify-email"),
            ("forget-password", "email-otp/reset-password"),
        ] {
            let known = rounds(&app, "ann@users.invalid", kind, tries).await;
            let unknown = rounds(&app, "nobody@users.invalid", kind, tries).await;
            assert_eq!(known, unknown, "{kind}");
            assert_eq!(known[4].0, 403, "{kind} {known:?}");
        }
        assert!(app.mail_kinds().await.iter().all(|(_, to)| !to.ends_with(".invalid")));
    }
}

#[tokio::test]
async fn nobody_claims_a_placeholder() {
    let plugins = "--auth-plugins=email-otp,magic-link,phone-number";
    let app = TestApp::start_with(&[plugins, "--auth-email-otp-change-email", "true"]).await;
    let ann = ann(&app).await;
    app.signed_in("bob").await;
    let known = "4930123456@phone-number.placeholder.invalid";
    let rename = format!(r#"update "user" set "email" = '{known}' where "name" = 'bob'"#);
    app.database.execute(&rename).await;
    for email in [known, "0xab@siwe.placeholder.invalid", "Temp@Anonymous.Placeholder.Invalid"] {
        for (route, body) in [
            ("sign-up/email", json!({ "name": "Eve", "email": email, "password": NEW })),
            ("sign-in/magic-link", json!({ "email": email })),
            ("change-email", json!({ "newEmail": email })),
        ] {
            ann.post_auth(route, body).await.assert_error(400, "VALIDATION_ERROR");
        }
        for (route, body) in [
            ("email-otp/send-verification-otp", json!({ "email": email, "type": "sign-in" })),
            ("email-otp/request-password-reset", json!({ "email": email })),
            ("email-otp/request-email-change", json!({ "newEmail": email })),
        ] {
            ann.post_auth(route, body).await.assert_error(400, "INVALID_EMAIL");
        }
    }
}

/// A hidden sign-up mails a code to a free address, and a notice to the owner of a taken one.
#[tokio::test]
async fn a_hidden_sign_up_with_codes_needs_equal_statements() {
    for plugin in [
        "--auth-email-otp-override-default-email-verification",
        "--auth-email-otp-send-verification-on-sign-up",
    ] {
        for hidden in
            [["--auth-require-email-verification", "true"], ["--auth-auto-sign-in", "false"]]
        {
            let app = TestApp::start_with(&[&[ON, plugin, "true"], &hidden[..]].concat()).await;
            let sign_up = async |email: &str| {
                let body = json!({ "name": "Ann", "email": email, "password": NEW });
                observe(&app, "sign-up/email", body).await
            };
            let try_codes = async |email: &str| {
                let body = json!({ "email": email, "otp": WRONG });
                let mut seen = Vec::new();
                for _ in 0..5 {
                    seen.push(observe(&app, "email-otp/verify-email", body.clone()).await);
                }
                seen
            };
            sign_up(EMAIL).await;
            app.database
                .execute(r#"update "user" set "emailVerified" = true, "pending" = false"#)
                .await;
            let (taken, free) = (sign_up(EMAIL).await, sign_up("bob@example.com").await);
            assert_eq!((taken.0, taken.2), (free.0, free.2), "{plugin} {hidden:?}");
            assert_eq!(taken.0, 200);
            assert_eq!(try_codes(EMAIL).await, try_codes("bob@example.com").await);
            assert_eq!(app.mails("account-exists", EMAIL).await.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_taken_new_address_gets_the_response_of_a_free_one() {
    let app = start(&["--auth-email-otp-change-email", "true"]).await;
    let ann = ann(&app).await;
    app.signed_in("bob").await;
    let observe = async |route: &str, body: Value| {
        let (response, statements) = app.count_statements(ann.post_auth(route, body)).await;
        (response.status.as_u16(), response.text, statements)
    };
    let mut seen = Vec::new();
    for email in ["bob@example.com", "free@example.com"] {
        let mut one =
            vec![observe("email-otp/request-email-change", json!({ "newEmail": email })).await];
        for _ in 0..5 {
            let body = json!({ "newEmail": email, "otp": WRONG });
            one.push(observe("email-otp/change-email", body).await);
        }
        seen.push(one);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0][0].0, 200);
    assert_eq!(app.mails("change-email-code", "bob@example.com").await.len(), 0);
    assert_eq!(app.mails("change-email-code", "free@example.com").await.len(), 1);
    assert_eq!(app.mails("email-change-requested", EMAIL).await.len(), 2);
}
