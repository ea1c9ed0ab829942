//! Mail servers that are unreachable, full or refusing: mails are retried and failures visible.

use mailer::Stats;

use super::{FROM, MailApp};
use crate::it::support::{SmtpBehavior, TestApp};

#[tokio::test]
async fn an_outage_delays_mails() {
    let post = MailApp::start().await;
    post.smtp.set_behavior(SmtpBehavior::Disconnect);
    post.write(&["ann@books.org", "bob@books.org", "eve@books.org"]).await;

    // Each delay is longer than the one before, without attempts in between.
    for (attempt, pause) in [5, 30, 120, 600, 3_600].into_iter().enumerate() {
        assert_eq!(post.work().await, 3, "attempt {attempt}");
        post.wait(pause - 1);
        assert_eq!(post.work().await, 0, "attempt {attempt}");
        post.wait(1);
    }
    assert!(post.states().await.iter().all(|state| state.starts_with("waiting 5 ")));

    post.smtp.set_behavior(SmtpBehavior::Accept);
    assert_eq!(post.work().await, 3);
    let mut sent: Vec<_> = post.smtp.mails().iter().map(|mail| mail.to.clone()).collect();
    sent.sort();
    assert_eq!(sent, ["ann@books.org", "bob@books.org", "eve@books.org"]);
    assert_eq!(post.states().await, ["sent 6"; 3]);
}

#[tokio::test]
async fn a_mail_fails_after_a_day_of_attempts_and_stays_visible() {
    let post = MailApp::start().await;
    post.smtp
        .set_behavior(SmtpBehavior::ReplyToRecipient("451 4.3.2 <ann@books.org> come back later"));
    post.write(&["ann@books.org"]).await;

    let mut hours = 0;
    while post.app.app.mailer.stats().await.unwrap().waiting > 0 {
        post.work().await;
        post.wait(3_600);
        hours += 1;
    }

    assert!((20..30).contains(&hours), "{hours}");
    let states = post.states().await;
    assert!(states[0].starts_with("failed 9 "), "{states:?}");
    assert!(states[0].contains("451") && !states[0].contains("ann@books.org"), "{states:?}");
    let failed = Stats { failed: 1, ..Stats::default() };
    assert_eq!(post.app.app.mailer.stats().await.unwrap(), failed);
}

#[tokio::test]
async fn a_refused_mail_fails_at_once_and_can_be_retried() {
    let post = MailApp::start().await;
    post.smtp.set_behavior(SmtpBehavior::ReplyToRecipient(
        "550 5.1.1 <ann@books.org> unknown, see http://x.example/ann",
    ));
    post.write(&["ann@books.org", "no address"]).await;

    assert_eq!(post.work().await, 2);

    let states = post.states().await;
    assert!(states[0].starts_with("failed 1 permanent error (550)"), "{states:?}");
    assert!(!states[0].contains("ann"), "{states:?}");
    assert_eq!(states[1], "failed 1 the address is not valid");
    post.wait(24 * 3_600);
    assert_eq!(post.work().await, 0);

    post.smtp.set_behavior(SmtpBehavior::Accept);
    let outbox = post.app.app.mailer.outbox();
    assert_eq!(outbox.retry(None).await.unwrap(), 2);
    assert_eq!(post.work().await, 2);
    assert_eq!(post.smtp.mails().len(), 1);
}

#[tokio::test]
async fn a_refused_login_fails_no_mail() {
    let post = MailApp::start().await;
    post.smtp.set_behavior(SmtpBehavior::ReplyToRecipient("530 5.7.0 authentication required"));
    post.write(&["ann@books.org"]).await;
    post.work().await;
    let states = post.states().await;
    assert!(states[0].starts_with("waiting 1 "), "{states:?}");
}

#[tokio::test]
async fn queued_mails_move_to_the_mailbox_without_a_server() {
    let post = MailApp::start().await;
    post.smtp.set_behavior(SmtpBehavior::Disconnect);
    post.write(&["ann@books.org"]).await;
    post.work().await;
    post.wait(5);
    let without = TestApp::open_app(&post.app.database, &post.app.clock, &[]).await;

    assert_eq!(without.mailer.run_once().await.unwrap(), 1);

    assert_eq!(post.states().await, ["delivered 2"]);
    assert_eq!(without.mailer.messages(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn production_without_a_server_writes_no_mails() {
    let app = TestApp::start_with(&["--app-env=production"]).await;
    assert!(!app.app.mailer.is_on());
    super::write(&app.app, &["ann@books.org"]).await;
    assert_eq!(app.app.mailer.run_once().await.unwrap(), 0);
    assert_eq!(app.app.mailer.stats().await.unwrap(), Stats::default());

    let with = ["--app-env=production", "--smtp-host=127.0.0.1", "--smtp-from", FROM];
    assert!(TestApp::start_with(&with).await.app.mailer.is_on());
}
