//! A server on this machine that receives SMS, whose behavior a test chooses.

use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::eventually;

/// The key that signs the requests to every test's webhook.
pub(crate) const WEBHOOK_SECRET: &str = "a webhook secret for tests, 0123456789";

/// The server's behavior towards requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebhookBehavior {
    /// Responds with this status.
    Respond(u16),
    /// Closes the connection after it has read a request.
    Disconnect,
}

/// A request that the server read.
#[derive(Clone, Debug)]
pub(crate) struct WebhookRequest {
    /// Names in lowercase.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl WebhookRequest {
    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Returns the message, if the signature is right, and the time of the signature.
    pub(crate) fn verified(&self) -> (Value, i64) {
        let signature = self.header("bookplate-signature");
        let (time, v1) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{time}.{}", self.body));
        mac.verify_slice(&hex::decode(v1).unwrap()).unwrap();
        (serde_json::from_str(&self.body).unwrap(), time.parse().unwrap())
    }
}

/// A running webhook, which ends with the test.
pub(crate) struct SmsWebhook {
    pub(crate) port: u16,
    shared: Arc<Mutex<(WebhookBehavior, Vec<WebhookRequest>)>>,
}

impl SmsWebhook {
    /// Starts a server that accepts every message.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new((WebhookBehavior::Respond(204), Vec::new())));
        let server = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&server)));
            }
        });
        Self { port, shared }
    }

    /// Returns the flags of an application that sends its SMS here.
    pub(crate) fn flags(&self) -> [String; 2] {
        [
            format!("--auth-sms-webhook=http://127.0.0.1:{}/send?key=url-s3cret", self.port),
            format!("--auth-sms-webhook-secret={WEBHOOK_SECRET}"),
        ]
    }

    /// Changes the behavior.
    pub(crate) fn set_behavior(&self, behavior: WebhookBehavior) {
        self.shared.lock().unwrap().0 = behavior;
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<WebhookRequest> {
        self.shared.lock().unwrap().1.clone()
    }

    /// Waits until there were this many requests, and returns them.
    pub(crate) async fn wait_for_requests(&self, count: usize) -> Vec<WebhookRequest> {
        let poll = async || (self.requests().len() >= count).then(|| self.requests());
        eventually("requests to the webhook", poll).await
    }
}

async fn serve(
    stream: TcpStream,
    shared: Arc<Mutex<(WebhookBehavior, Vec<WebhookRequest>)>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.push((name.to_lowercase(), value.to_owned()));
        }
    }
    let mut request = WebhookRequest { headers, body: String::new() };
    let mut body = vec![0; request.header("content-length").parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).ok()?;
    let behavior = {
        let mut shared = shared.lock().unwrap();
        shared.1.push(request);
        shared.0
    };
    if let WebhookBehavior::Respond(status) = behavior {
        let response = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(response.as_bytes()).await.ok()?;
    }
    Some(())
}
