//! Mails, from the causing transaction to the mail server.

mod command;
mod delivery;
mod mailbox;
mod outage;
mod process;
mod smtp;

use chrono::TimeDelta;
use mailer::{Message, Recipient};
use server::App;

use super::support::{SmtpServer, TestApp};

pub(super) const FROM: &str = "Bookplate <no-reply@books.org>";
pub(super) const LINK: &str = "http://localhost:3000/api/auth/verify-email?token=s3cret";

/// An application that sends mails to an SMTP server of the test.
pub(super) struct MailApp {
    pub(super) smtp: SmtpServer,
    flags: Vec<String>,
    pub(super) app: TestApp,
}

impl MailApp {
    /// Starts an application and an SMTP server.
    pub(super) async fn start() -> Self {
        Self::start_with(&["--smtp-tls=none"]).await
    }

    /// Starts an application with additional flags.
    pub(super) async fn start_with(flags: &[&str]) -> Self {
        let smtp = SmtpServer::start().await;
        let port = smtp.port.to_string();
        let smtp_flags = ["--smtp-host=127.0.0.1", "--smtp-port", &port, "--smtp-from", FROM];
        let flags: Vec<_> = smtp_flags.iter().chain(flags).map(|flag| (*flag).to_owned()).collect();
        let app = TestApp::start_with(&as_strs(&flags)).await;
        Self { smtp, flags, app }
    }

    /// Opens another application on the same database.
    pub(super) async fn open_another(&self) -> App {
        TestApp::open_app(&self.app.database, &self.app.clock, &as_strs(&self.flags)).await
    }

    /// Writes a mail to each of these addresses.
    pub(super) async fn write(&self, addresses: &[&str]) {
        write(&self.app.app, addresses).await;
    }

    /// Runs the worker once, and returns the number of due mails.
    pub(super) async fn work(&self) -> usize {
        self.app.app.mailer.run_once().await.unwrap()
    }

    /// Returns `state attempts error` of every mail, oldest first.
    pub(super) async fn states(&self) -> Vec<String> {
        let sql = r#"select "state" || ' ' || "attempts" || coalesce(' ' || "error", '') from "mail" order by "id""#;
        self.app.database.first_column(sql).await
    }

    /// Advances the clock.
    pub(super) fn wait(&self, seconds: i64) {
        self.app.clock.advance(TimeDelta::seconds(seconds));
    }
}

/// Borrows flags as string slices.
fn as_strs(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

/// Writes a mail to each of these addresses in one transaction.
pub(super) async fn write(app: &App, addresses: &[&str]) {
    let tx = app.db.begin().await.unwrap();
    for address in addresses {
        app.mailer
            .enqueue(tx.connection(), Recipient::User(address), &verification("Ann"))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

/// Returns a verification mail.
pub(super) fn verification(name: &str) -> Message {
    let (name, url) = (name.to_owned(), LINK.to_owned());
    Message::Verification { name, provider: None, url, expires_in: Some(TimeDelta::hours(1)) }
}
