//! What the log tells about sign-ins with providers.

use domain::Clock;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::json;

use super::{BOOKS, location, sorry, value_in, with_value};
use crate::it::support::{FakeProviders, ProcessOutput, ServerProcess, TestDatabase};

#[tokio::test]
async fn no_code_state_or_token_is_logged() {
    let providers = FakeProviders::start(&Clock::system()).await;
    let database = TestDatabase::create().await;
    let variables = providers.variables(&["github", "google"]);
    let mut settings: Vec<_> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    settings.extend([("LOG_FORMAT", "json"), ("RUST_LOG", "trace")]);
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let http = server.http();
    let mut secrets = Vec::new();
    for (provider, alters_code) in [("github", false), ("google", false), ("google", true)] {
        let body =
            json!({ "provider": provider, "callbackURL": BOOKS, "errorCallbackURL": "/sorry" });
        let begun = http.post("/api/auth/sign-in/social", body).await;
        let url = begun.expect_ok()["url"].as_str().unwrap().to_owned();
        let cookie = begun.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let mut answer = providers.authorize(provider, &url);
        secrets.extend([value_in(&answer, "code"), value_in(&url, "state"), cookie.to_owned()]);
        secrets.push(value_in(&url, "code_challenge"));
        if alters_code {
            answer = with_value(&answer, "code", "an-unknown-code");
            secrets.push("an-unknown-code".to_owned());
        }
        let sent = http.send(|client, base| {
            client.get(format!("{base}{answer}")).header(COOKIE, cookie).header(ORIGIN, base)
        });
        let expected = if alters_code { sorry("invalid_code") } else { BOOKS.to_owned() };
        assert_eq!(location(&sent.await.unwrap()), expected);
    }
    let token = providers.id_token("google", None);
    let body = json!({ "provider": "google", "idToken": { "token": token, "accessToken": "given-token" } });
    http.post("/api/auth/sign-in/social", body).await.expect_ok();
    secrets.extend([token, "given-token".to_owned(), "google-secret".to_owned()]);
    for column in ["accessToken", "refreshToken", "idToken"] {
        let sql = format!(r#"select "{column}" from "account" where "{column}" is not null"#);
        secrets.extend(database.first_column(&sql).await);
    }
    for provider in ["github", "google"] {
        for request in providers.requests(provider, "token") {
            secrets.extend(request.parameters.get("code_verifier").cloned());
        }
    }

    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    let printed = stdout + &stderr;
    assert!(secrets.len() > 18, "{}", secrets.len());
    for secret in secrets {
        let line = printed.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}
