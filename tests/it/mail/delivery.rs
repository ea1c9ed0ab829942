//! Each mail is sent once: after rollbacks, with several workers, and after crashes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use mailer::Recipient;

use super::{MailApp, verification, write};
use crate::it::support::{SmtpBehavior, eventually};

#[tokio::test]
async fn a_mail_is_part_of_the_transaction_that_causes_it() {
    let post = MailApp::start().await;
    let app = &post.app.app;

    let tx = app.db.begin().await.unwrap();
    app.mailer
        .enqueue(tx.connection(), Recipient::User("ann@books.org"), &verification("Ann"))
        .await
        .unwrap();
    drop(tx);

    assert_eq!(post.work().await, 0);
    assert!(post.states().await.is_empty());

    post.write(&["bob@books.org"]).await;
    assert_eq!(post.work().await, 1);
    assert_eq!(post.smtp.mails()[0].to, "bob@books.org");
    assert_eq!(post.states().await, ["sent 1"]);
    assert_eq!(post.work().await, 0);
}

#[tokio::test]
async fn several_workers_send_each_mail_once() {
    let post = MailApp::start().await;
    let (first, second) = (post.open_another().await, post.open_another().await);
    let addresses: Vec<_> = (0..60).map(|index| format!("reader-{index}@books.org")).collect();
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    post.write(&addresses[..30]).await;
    write(&first, &addresses[30..]).await;

    let all = [&post.app.app, &first, &second].map(|app| {
        let mailer = app.mailer.clone();
        tokio::spawn(async move { while mailer.run_once().await.unwrap() > 0 {} })
    });
    for worker in all {
        worker.await.unwrap();
    }

    let mut sent = BTreeMap::new();
    for mail in &*post.smtp.mails() {
        *sent.entry(mail.to.clone()).or_default() += 1;
    }
    let each_once = addresses.iter().map(|address| ((*address).to_owned(), 1)).collect();
    assert_eq!(sent, each_once);
    assert!(post.states().await.iter().all(|state| state == "sent 1"));
}

#[tokio::test]
async fn mails_of_a_crashed_worker_are_sent_after_its_lease() {
    let post = MailApp::start().await;
    let other = post.open_another().await;
    post.write(&["ann@books.org"]).await;
    post.smtp.set_behavior(SmtpBehavior::HoldData);
    let mailer = post.app.app.mailer.clone();
    let worker = tokio::spawn(async move { mailer.run_once().await });
    post.smtp.wait_for_command("DATA").await;
    // As at the end of a process, nothing more is sent or recorded.
    worker.abort();
    assert!(worker.await.is_err());

    post.wait(60);
    assert_eq!(other.mailer.run_once().await.unwrap(), 0);
    assert_eq!(post.states().await, ["waiting 1"]);

    post.wait(61);
    post.smtp.commands().clear();
    let retried = tokio::spawn(async move { other.mailer.run_once().await.unwrap() });
    post.smtp.wait_for_command("DATA").await;
    post.smtp.set_behavior(SmtpBehavior::Accept);
    assert_eq!(retried.await.unwrap(), 1);
    assert_eq!(post.states().await, ["sent 2"]);
    assert_eq!(post.smtp.mails().len(), 1);
}

#[tokio::test]
async fn a_worker_whose_lease_expired_records_nothing() {
    let post = MailApp::start().await;
    let other = post.open_another().await;
    post.write(&["ann@books.org"]).await;
    post.smtp.set_behavior(SmtpBehavior::HoldData);
    let mailer = post.app.app.mailer.clone();
    let slow = tokio::spawn(async move { mailer.run_once().await.unwrap() });
    post.smtp.wait_for_command("DATA").await;

    // The lease expired: another worker has the mail, and crashes too.
    post.wait(121);
    post.smtp.commands().clear();
    let next = tokio::spawn(async move { other.mailer.run_once().await });
    post.smtp.wait_for_command("DATA").await;
    next.abort();
    assert!(next.await.is_err());
    post.smtp.set_behavior(SmtpBehavior::Accept);

    // The server accepted the slow worker's mail, but the worker may not record that.
    assert_eq!(slow.await.unwrap(), 1);
    assert_eq!(post.smtp.mails().len(), 1);
    assert_eq!(post.states().await, ["waiting 2"]);

    // Mails are sent at least once; recipients can detect duplicates by the message id.
    post.wait(121);
    assert_eq!(post.work().await, 1);
    let ids: Vec<_> = post.smtp.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn the_worker_starts_when_notified_and_completes_its_mails() {
    let post = MailApp::start().await;
    let mailer = post.app.app.mailer.clone();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn({
        let mailer = mailer.clone();
        async move { mailer.run(async move { _ = ended.await }).await }
    });

    post.write(&["ann@books.org"]).await;
    mailer.wake();
    post.smtp.wait_for_mails(1).await;

    post.smtp.commands().clear();
    post.smtp.set_behavior(SmtpBehavior::HoldData);
    post.write(&["bob@books.org"]).await;
    mailer.wake();
    post.smtp.wait_for_command("DATA").await;
    end.send(()).unwrap();
    tokio::task::yield_now().await;
    assert!(!worker.is_finished());

    post.smtp.set_behavior(SmtpBehavior::Accept);
    worker.await.unwrap();
    assert_eq!(post.smtp.mails().len(), 2);
    assert_eq!(post.states().await, ["sent 1", "sent 1"]);
}

#[tokio::test]
async fn a_slow_mail_does_not_delay_others() {
    let post = MailApp::start().await;
    let mailer = post.app.app.mailer.clone();
    let worker = tokio::spawn({
        let mailer = mailer.clone();
        async move { mailer.run(std::future::pending()).await }
    });
    post.smtp.set_behavior(SmtpBehavior::HoldData);
    post.write(&["slow@books.org"]).await;
    mailer.wake();
    post.smtp.wait_for_command("DATA").await;
    post.smtp.commands().clear();

    let others: Vec<_> = (0..20).map(|index| format!("reader-{index}@books.org")).collect();
    post.write(&others.iter().map(String::as_str).collect::<Vec<_>>()).await;
    mailer.wake();

    // The second mail uses another connection while the first one waits.
    post.smtp.wait_for_command("DATA").await;
    post.smtp.set_behavior(SmtpBehavior::Accept);
    post.smtp.wait_for_mails(21).await;
    worker.abort();
}

#[tokio::test]
async fn a_worker_sends_mails_of_other_nodes() {
    let post = MailApp::start().await;
    let other = post.open_another().await;
    let mailer = post.app.app.mailer.clone();
    let worker = tokio::spawn(async move { mailer.run(std::future::pending()).await });

    write(&other, &["ann@books.org"]).await;

    post.smtp.wait_for_mails(1).await;
    eventually("the note", async || (post.states().await == ["sent 1"]).then_some(())).await;
    worker.abort();
}

#[tokio::test]
async fn stored_mails_are_encrypted_and_removed_after_sending() {
    let post = MailApp::start().await;
    post.write(&["ann@books.org"]).await;
    let content = r#"select coalesce("content", 'gone') from "mail""#;

    let sealed = post.app.database.first_column(content).await;
    assert!(sealed[0].len() > 100 && sealed[0].bytes().all(|byte| byte.is_ascii_hexdigit()));

    post.work().await;
    assert_eq!(post.app.database.first_column(content).await, ["gone"]);
    // After a month, no row of the mail remains.
    post.wait(31 * 24 * 3_600);
    assert_eq!(post.app.app.sweep().await.unwrap(), 1);
    assert!(post.states().await.is_empty());
}

#[tokio::test]
async fn a_simulated_mail_is_stored_like_others_and_never_sent() {
    let post = MailApp::start().await;
    let app = &post.app.app;
    post.write(&["ann@books.org"]).await;
    let before = app.db.statements();
    let tx = app.db.begin().await.unwrap();
    app.mailer
        .enqueue(tx.connection(), Recipient::Simulated("nobody@books.org"), &verification("Ann"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let after = app.db.statements();
    post.write(&["bob@books.org"]).await;
    assert_eq!(app.db.statements() - after, after - before);

    let sizes =
        post.app.database.first_column(r#"select cast(length("content") as text) from "mail""#);
    let sizes: Vec<u32> = sizes.await.iter().map(|size| size.parse().unwrap()).collect();
    assert!(sizes.iter().all(|size| size.abs_diff(sizes[0]) < 200), "{sizes:?}");

    post.work().await;
    assert_eq!(post.smtp.mails().len(), 2);
    assert_eq!(post.states().await, ["sent 1", "sent 1"]);
}

#[tokio::test]
async fn a_clock_moved_back_delays_no_mail() {
    let post = MailApp::start().await;
    let back = TimeDelta::hours(-5);
    // A mail that was never tried.
    post.write(&["ann@books.org"]).await;
    post.app.clock.advance(back);
    post.app.app.sweep().await.unwrap();
    assert_eq!(post.work().await, 1);
    assert_eq!(post.states().await, ["sent 1"]);

    // A mail of a crashed worker.
    post.write(&["bob@books.org"]).await;
    post.smtp.set_behavior(SmtpBehavior::HoldData);
    let mailer = post.app.app.mailer.clone();
    let worker = tokio::spawn(async move { mailer.run_once().await });
    post.smtp.wait_for_command("DATA").await;
    worker.abort();
    assert!(worker.await.is_err());
    post.smtp.set_behavior(SmtpBehavior::Accept);
    post.app.clock.advance(back);
    post.app.app.sweep().await.unwrap();
    assert_eq!(post.work().await, 1);
    assert_eq!(post.smtp.mails().len(), 2);
}
