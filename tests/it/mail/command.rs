//! The command `bookplate mail`.

use super::MailApp;
use crate::it::support::SmtpBehavior;

#[tokio::test]
async fn failed_mails_are_listed_and_retried_by_command() {
    let post = MailApp::start().await;
    let database = &post.app.database;
    post.write(&["ann@books.org"]).await;
    post.work().await;
    post.smtp.set_behavior(SmtpBehavior::ReplyToRecipient("550 <bob@books.org> unknown"));
    post.write(&["bob@books.org"]).await;
    post.work().await;

    let all = database.bookplate(&["mail", "list"]).await.expect_success();
    let lines: Vec<_> = all.lines().collect();
    assert_eq!(lines.len(), 3, "{all}");
    for (line, words) in [
        (lines[0], ["verification", "failed", "1", "b…@books.org", "permanent error (550): …"]),
        (lines[1], ["verification", "sent", "1", "a…@books.org", ""]),
    ] {
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
    assert_eq!(lines[2], "0 waiting, 1 sent, 1 failed, 0 in the mailbox");
    assert!(!all.contains("bob") && !all.contains("ann@"), "{all}");

    let failed = database.bookplate(&["mail", "list", "--failed"]).await.expect_success();
    assert_eq!(failed.lines().count(), 2, "{failed}");
    let id = failed.split_whitespace().next().unwrap();

    post.smtp.set_behavior(SmtpBehavior::Accept);
    let retried = database.bookplate(&["mail", "retry", id]).await.expect_success();
    assert_eq!(retried, "1 mail will be sent again\n");
    // The command uses the system clock, which is ahead of the worker's clock.
    post.wait(10 * 365 * 24 * 3_600);
    assert_eq!(post.work().await, 1);
    assert_eq!(post.smtp.mails()[1].to, "bob@books.org");

    let refused = database.bookplate(&["mail", "retry", id]).await.expect_failure();
    assert!(refused.contains(&format!("no mail that failed has the id {id}")), "{refused}");
    let output = database.bookplate(&["mail", "retry", "--all"]).await.expect_success();
    assert_eq!(output, "0 mails will be sent again\n");
    for arguments in [&["mail"][..], &["mail", "retry"], &["mail", "retry", id, "--all"]] {
        assert_eq!(database.bookplate(arguments).await.exit_code(), Some(2), "{arguments:?}");
    }
}
