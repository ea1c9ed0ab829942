//! Checks the mail server by connecting and signing in, without sending a mail.

use mailer::{Mailer, SmsConfig, Smtp, TransportConfig};

use super::report::Finding;
use crate::config::Config;

const HOST: &str = "SMTP_HOST";

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let mut findings = server(config).await;
    findings.extend(sms(config));
    findings
}

/// The webhook of SMS. No request is sent, as it would send an SMS.
fn sms(config: &Config) -> Option<Finding> {
    const WEBHOOK: &str = "AUTH_SMS_WEBHOOK";
    if let SmsConfig::Webhook(_) = config.mail.sms {
        return Some(Finding::ok(WEBHOOK, "is set"));
    }
    let message = "is not set: no SMS are sent, and users cannot verify phone numbers";
    let advice = "set AUTH_SMS_WEBHOOK and AUTH_SMS_WEBHOOK_SECRET";
    config.sms_notice().map(|_| Finding::warning(WEBHOOK, message, advice))
}

async fn server(config: &Config) -> Vec<Finding> {
    match &config.mail.transport {
        TransportConfig::Inbox => vec![Finding::ok(HOST, "is not set: /dev/mail shows the mails")],
        TransportConfig::Off => without(config),
        TransportConfig::Smtp(Smtp { host, port, .. }) => {
            let mut findings = vec![match Mailer::check(&config.mail).await {
                Ok(()) => Finding::ok(HOST, format!("is {host}, which responds at port {port}")),
                Err(reason) => Finding::wrong(
                    HOST,
                    format!("is {host}, but port {port} accepts no mails: {reason}"),
                    "compare SMTP_HOST, SMTP_PORT, SMTP_TLS, SMTP_USER and SMTP_PASSWORD with \
                     those of your mail provider",
                ),
            }];
            findings.extend(config.mail_notice().map(|notice| {
                Finding::warning("SMTP_TLS", notice, "set SMTP_TLS=starttls or tls")
            }));
            findings
        }
    }
}

/// The warnings of production without a mail server. Settings that require one stop the start.
fn without(config: &Config) -> Vec<Finding> {
    let advice = "set SMTP_HOST and SMTP_FROM";
    let mut findings = vec![Finding::warning(
        HOST,
        "is not set: users cannot reset forgotten passwords or verify addresses",
        advice,
    )];
    if config.sign_in.user.delete && config.sign_in.user.delete_by_mail {
        let message = "is true, but without SMTP_HOST users do not get the link";
        findings.push(Finding::wrong("AUTH_DELETE_USER_VERIFICATION", message, advice));
    }
    findings
}
