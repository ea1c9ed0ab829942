//! SMS: the outbox, the operator's webhook and the development mailbox.

use axum::{
    body::Body,
    http::{Request, StatusCode, header::ACCEPT},
};
use chrono::TimeDelta;
use mailer::{Recipient, Sms, Stats};
use serde_json::json;
use server::App;

use crate::it::support::{
    ProcessOutput, SECRET, ServerProcess, SmsWebhook, TestApp, WEBHOOK_SECRET, WebhookBehavior,
    WebhookRequest, eventually,
};

const NUMBER: &str = "+4930123456";
const ON: &str = "--auth-plugins=phone-number";
const STATES: &str =
    r#"select "channel" || ' ' || "state" || ' ' || "attempts" from "mail" order by "id""#;

async fn write(app: &App, to: Recipient<'_>) {
    write_valid_for(app, to, TimeDelta::minutes(5)).await;
}

async fn write_valid_for(app: &App, to: Recipient<'_>, expires_in: TimeDelta) {
    let sms = Sms::PhoneVerification { code: "012345".to_owned(), expires_in };
    let tx = app.db.begin().await.unwrap();
    app.mailer.enqueue_sms(tx.connection(), to, &sms).await.unwrap();
    tx.commit().await.unwrap();
}

async fn start(webhook: &SmsWebhook) -> TestApp {
    let [url, secret] = webhook.flags();
    TestApp::start_with(&[&url, &secret]).await
}

#[tokio::test]
async fn a_webhook_gets_a_signed_request_once() {
    let webhook = SmsWebhook::start().await;
    let app = start(&webhook).await;
    write(&app.app, Recipient::User(NUMBER)).await;
    write(&app.app, Recipient::Simulated("+4930999999")).await;

    assert_eq!(app.app.mailer.run_once().await.unwrap(), 2);
    assert_eq!(app.app.mailer.run_once().await.unwrap(), 0);

    let requests = webhook.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("content-type"), "application/json");
    let (message, time) = requests[0].verified();
    let id = app.database.first_column(r#"select "id" from "mail""#).await.remove(0);
    let text = "012345 is your Bookplate code, valid for 5 minutes. Share it with nobody.";
    let expected = json!({ "id": id, "to": NUMBER, "text": text, "kind": "phone-verification" });
    assert_eq!((message, time), (expected, app.clock.now().timestamp()));
    // A sent message is in the table without its content.
    assert_eq!(app.database.first_column(STATES).await, ["sms sent 1"]);
    let content = r#"select coalesce("content", 'gone') from "mail""#;
    assert_eq!(app.database.first_column(content).await, ["gone"]);
}

#[tokio::test]
async fn a_failing_webhook_gets_the_message_again_with_the_same_id() {
    let webhook = SmsWebhook::start().await;
    let app = start(&webhook).await;
    write(&app.app, Recipient::User(NUMBER)).await;
    for (behavior, pause) in [
        (WebhookBehavior::Respond(500), 5),
        (WebhookBehavior::Disconnect, 30),
        (WebhookBehavior::Respond(429), 120),
    ] {
        webhook.set_behavior(behavior);
        assert_eq!(app.app.mailer.run_once().await.unwrap(), 1, "{behavior:?}");
        app.clock.advance(TimeDelta::seconds(pause - 1));
        assert_eq!(app.app.mailer.run_once().await.unwrap(), 0, "{behavior:?}");
        app.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(app.database.first_column(STATES).await, ["sms waiting 3"]);
    webhook.set_behavior(WebhookBehavior::Respond(202));
    assert_eq!(app.app.mailer.run_once().await.unwrap(), 1);
    assert_eq!(app.app.mailer.run_once().await.unwrap(), 0);

    assert_eq!(app.database.first_column(STATES).await, ["sms sent 4"]);
    let requests: Vec<_> = webhook.requests().iter().map(WebhookRequest::verified).collect();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|(message, _)| *message == requests[0].0));
    assert!(requests.is_sorted_by(|(_, earlier), (_, later)| earlier < later));
}

#[tokio::test]
async fn a_refused_message_and_an_expired_code_are_given_up() {
    let webhook = SmsWebhook::start().await;
    let app = start(&webhook).await;
    webhook.set_behavior(WebhookBehavior::Respond(422));
    write(&app.app, Recipient::User(NUMBER)).await;
    app.app.mailer.run_once().await.unwrap();
    webhook.set_behavior(WebhookBehavior::Respond(500));
    write(&app.app, Recipient::User(NUMBER)).await;
    app.app.mailer.run_once().await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    webhook.set_behavior(WebhookBehavior::Respond(204));
    app.app.mailer.run_once().await.unwrap();

    assert_eq!(webhook.requests().len(), 2);
    let errors = app.database.first_column(r#"select "error" from "mail" order by "id""#).await;
    assert!(errors[0].contains("422") && errors[1].contains("expired"), "{errors:?}");
    assert!(errors.iter().all(|error| !error.contains("s3cret")), "{errors:?}");
    // Codes do not stay; what has no content is not sent again.
    let content = r#"select "id" from "mail" where "content" is not null"#;
    assert!(app.database.first_column(content).await.is_empty());
    assert_eq!(app.app.mailer.outbox().retry(None).await.unwrap(), 0);
    let failed = Stats { failed: 2, ..Stats::default() };
    assert_eq!(app.app.mailer.stats().await.unwrap(), failed);
    let listed = app.app.mailer.outbox().list(None, 10).await.unwrap();
    assert!(listed.iter().all(|entry| entry.recipient == "…56"), "{listed:?}");
}

#[tokio::test]
async fn messages_that_wait_for_a_removed_webhook_are_given_up_with_their_codes() {
    let webhook = SmsWebhook::start().await;
    webhook.set_behavior(WebhookBehavior::Respond(500));
    let app = start(&webhook).await;
    write(&app.app, Recipient::User(NUMBER)).await;
    app.app.mailer.run_once().await.unwrap();
    let app = app.restart_with(&["--app-env=production"]).await;
    app.clock.advance(TimeDelta::minutes(4));
    app.app.sweep().await.unwrap();
    assert_eq!(app.database.first_column(STATES).await, ["sms waiting 1"]);
    app.clock.advance(TimeDelta::minutes(1));
    app.app.sweep().await.unwrap();
    assert_eq!(app.database.first_column(STATES).await, ["sms failed 2"]);
    let content = r#"select coalesce("content", 'gone') from "mail""#;
    assert_eq!(app.database.first_column(content).await, ["gone"]);
}

#[tokio::test]
async fn a_message_survives_a_killed_server_and_nothing_secret_is_logged() {
    let webhook = SmsWebhook::start().await;
    webhook.set_behavior(WebhookBehavior::Disconnect);
    let app = start(&webhook).await;
    // The process has the real clock, which is later than that of the test.
    write_valid_for(&app.app, Recipient::User(NUMBER), TimeDelta::days(10_000)).await;
    let url = format!("http://127.0.0.1:{}/path-s3cret?key=url-s3cret", webhook.port);
    let settings = [
        ("AUTH_SMS_WEBHOOK", url.as_str()),
        ("AUTH_SMS_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("BETTER_AUTH_SECRET", SECRET),
        ("RUST_LOG", "trace"),
    ];
    let server = ServerProcess::start_with(&app.database, &["serve"], &settings).await;
    let delayed = async || server.process.stderr().contains("mail delayed").then_some(());
    eventually("a delayed message", delayed).await;
    let first = server.process.stderr();
    server.process.send_signal("KILL");
    server.process.wait().await;

    webhook.set_behavior(WebhookBehavior::Respond(204));
    let before = webhook.requests().len();
    let server = ServerProcess::start_with(&app.database, &["serve"], &settings).await;
    let requests = webhook.wait_for_requests(before + 1).await;
    assert_eq!(requests[before].verified().0, requests[0].verified().0);
    let sent = async || server.process.stderr().contains("mail sent").then_some(());
    eventually("the sent message", sent).await;
    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    let printed = first + &stdout + &stderr;
    for secret in [WEBHOOK_SECRET, "path-s3cret", "url-s3cret", NUMBER, "012345 is"] {
        let line = printed.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn development_without_a_webhook_shows_messages_beside_mails() {
    let app = TestApp::start_with(&[ON]).await;
    write(&app.app, Recipient::User(NUMBER)).await;
    write(&app.app, Recipient::Simulated(NUMBER)).await;
    let client = app.anonymous().at_address("127.0.0.1");
    let open = async |accept: &str| {
        let request = Request::get("/dev/mail").header(ACCEPT, accept).body(Body::empty()).unwrap();
        client.send(request).await
    };
    let messages = open("application/json").await.json();
    assert_eq!(messages.as_array().unwrap().len(), 1);
    assert_eq!(messages[0]["channel"], "sms");
    assert_eq!(messages[0]["to"], NUMBER);
    assert!(messages[0]["text"].as_str().unwrap().starts_with("012345 "));
    let page = open("text/html").await.text;
    assert!(page.contains("<b>SMS</b>") && page.contains("012345 is your"), "{page}");

    // Beside a mail server, the mailbox shows SMS alone.
    let smtp = ["--smtp-host=127.0.0.1", "--smtp-from=Books <no-reply@books.org>"];
    let with_server = app.restart_with(&[&[ON][..], &smtp].concat()).await;
    let client = with_server.anonymous().at_address("127.0.0.1");
    let request = Request::get("/dev/mail").body(Body::empty()).unwrap();
    assert_eq!(client.send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn production_without_a_webhook_writes_no_messages() {
    let app = TestApp::start_with(&["--app-env=production", ON]).await;
    assert!(!app.app.mailer.has_sms());
    write(&app.app, Recipient::User(NUMBER)).await;
    assert_eq!(app.app.mailer.stats().await.unwrap(), Stats::default());
}
