//! The webhook: a signed request for each message.
//!
//! ```text
//! POST {"id":"…","to":"+4930123456","text":"…","kind":"phone-verification"}
//! Bookplate-Signature: t=1764500000,v1=<hexadecimal HMAC-SHA-256 of "1764500000.<body>">
//! ```
//!
//! A receiver verifies the signature, refuses an old `t`, and sends each `id` once: a request is
//! repeated if its response was lost. A response of 2xx ends the message, and so does one of 4xx,
//! except 408 and 429; after others the request is repeated later.
//!
//! Threats: a forged request that makes the receiver send texts (the signature), a recorded
//! request that is sent again (`t` and `id`), log lines (neither URL, secret, number, text nor
//! response is logged).

use chrono::{DateTime, Utc};
use domain::{Error, Result};
use http_client::{Addresses, Cause, HttpClient, Limits};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::config::Webhook;
use crate::transport::Outcome;

/// The header of the signature.
const SIGNATURE: &str = "bookplate-signature";
/// Statuses of 4xx after which another attempt may succeed: Request Timeout, Too Many Requests.
const LATER: [u16; 2] = [408, 429];

/// One attempt to send a message.
pub(crate) struct Delivery<'a> {
    /// The same for every attempt.
    pub(crate) id: &'a str,
    pub(crate) to: &'a str,
    pub(crate) text: &'a str,
    pub(crate) kind: &'a str,
    /// When the attempt is made.
    pub(crate) at: DateTime<Utc>,
}

/// The body of a request.
#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    to: &'a str,
    text: &'a str,
    kind: &'a str,
}

/// Sends requests to the webhook.
pub(crate) struct Sender {
    client: HttpClient,
    webhook: Webhook,
}

impl Sender {
    pub(super) fn new(webhook: &Webhook) -> Self {
        // The operator chose the host, which may be in their own network.
        let addresses = Addresses { private: true, setting: "AUTH_SMS_WEBHOOK" };
        let client = HttpClient::new(addresses, Limits::default());
        Self { client, webhook: webhook.clone() }
    }

    pub(super) async fn send(&self, delivery: &Delivery<'_>) -> Outcome {
        let (body, signature) = match self.request(delivery) {
            Ok(request) => request,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        let (url, headers) = (self.webhook.url.as_str(), [(SIGNATURE, signature.as_str())]);
        match self.client.post_bytes(url, &headers, body.into()).await {
            Ok(_) => Outcome::Sent,
            Err(error) => {
                let error = error.without_path();
                failure(&error.cause, format!("the SMS webhook failed: {error}"))
            }
        }
    }

    /// The body, and the header that signs it.
    fn request(&self, delivery: &Delivery<'_>) -> Result<(String, String)> {
        let Delivery { id, to, text, kind, at } = *delivery;
        let body = serde_json::to_string(&Body { id, to, text, kind }).map_err(Error::internal)?;
        let time = at.timestamp();
        let key = self.webhook.secret.expose_secret();
        let signature = crypto::hex_hmac(key, &format!("{time}.{body}"));
        Ok((body, format!("t={time},v1={signature}")))
    }
}

/// Whether another attempt may succeed after this failure, whose text is `reason`.
fn failure(cause: &Cause, reason: String) -> Outcome {
    match cause {
        Cause::Status(status, _)
            if status.is_client_error() && !LATER.contains(&status.as_u16()) =>
        {
            Outcome::Refused(reason)
        }
        _ => Outcome::Delayed(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_signed_with_the_time() {
        let url = "https://sms.example.com/hook?key=s3cret".parse().unwrap();
        let webhook = Webhook { url, secret: "whsec".into() };
        let at = DateTime::from_timestamp(1_764_500_000, 0).unwrap();
        let delivery = Delivery { id: "1", to: "+4930123456", text: "012345", kind: "k", at };
        let (body, signature) = Sender::new(&webhook).request(&delivery).unwrap();
        assert_eq!(body, r#"{"id":"1","to":"+4930123456","text":"012345","kind":"k"}"#);
        let expected = crypto::hex_hmac("whsec", &format!("1764500000.{body}"));
        assert_eq!(signature, format!("t=1764500000,v1={expected}"));
        assert!(!format!("{webhook:?}").contains("s3cret"), "{webhook:?}");
    }

    #[test]
    fn a_refusal_ends_a_message_and_other_failures_delay_it() {
        for (status, is_refused) in [
            (400, true),
            (401, true),
            (404, true),
            (422, true),
            (408, false),
            (429, false),
            (500, false),
            (503, false),
        ] {
            let cause = Cause::Status(status.try_into().unwrap(), None);
            let outcome = failure(&cause, String::new());
            assert_eq!(matches!(outcome, Outcome::Refused(_)), is_refused, "{status}");
        }
        for cause in [Cause::TimedOut, Cause::Redirected, Cause::Connection(String::new())] {
            assert!(matches!(failure(&cause, String::new()), Outcome::Delayed(_)));
        }
    }
}
