use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::*;

/// A provider that answers each connection with the same bytes, then closes it.
struct Fake {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<String>,
}

/// What happens after the response.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    Hang,
}

async fn fake(response: impl Into<Vec<u8>>, then: Then) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = mpsc::unbounded_channel();
    let response: Arc<[u8]> = Arc::from(response.into());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, response.clone(), then, sender.clone()));
        }
    });
    Fake { address, requests }
}

async fn answer(
    mut stream: TcpStream,
    response: Arc<[u8]>,
    then: Then,
    requests: mpsc::UnboundedSender<String>,
) {
    let mut request = Vec::new();
    while !is_complete(&request) {
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return;
        }
    }
    _ = requests.send(String::from_utf8(request).unwrap());
    // The client may close before the end of a long response.
    _ = stream.write_all(&response).await;
    if then == Then::Hang {
        // Until the client closes.
        _ = stream.read(&mut [0]).await;
    }
}

/// Whether a request has its whole body.
fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

impl Fake {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn ok(kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
}

const ADDRESSES: Addresses = Addresses { private: false, setting: "PRIVATE_ADDRESSES" };

fn client() -> HttpClient {
    HttpClient::new(ADDRESSES, Limits::default())
}

/// A client whose time limit ends soon, for servers that never answer.
fn impatient() -> HttpClient {
    let soon = Duration::from_millis(300);
    HttpClient::new(ADDRESSES, Limits { connect: soon, total: soon, ..Limits::default() })
}

async fn refusal(client: &HttpClient, url: &str) -> Cause {
    client.get_json(url, &[]).await.unwrap_err().cause
}

#[tokio::test]
async fn documents_are_requested_and_parsed() {
    let mut fake = fake(ok("text/plain", "\u{feff}{\"id\": 5}"), Then::Hang).await;
    let headers = [("Authorization", "Bearer secret"), ("user-agent", "own")];
    let document = client().get_json(&fake.url("/me?a=b#c"), &headers).await.unwrap();
    assert_eq!(document["id"], 5);

    let request = fake.requests.recv().await.unwrap();
    assert!(request.starts_with("GET /me?a=b HTTP/1.1\r\n"), "{request}");
    let host = format!("host: {}\r\n", fake.address);
    let expected = ["authorization: Bearer secret\r\n", "user-agent: own\r\n", host.as_str()];
    for header in expected.into_iter().chain(["accept: application/json\r\n"]) {
        assert!(request.contains(header), "{header} {request}");
    }
}

#[tokio::test]
async fn forms_and_documents_are_sent() {
    let mut fake = fake(ok("application/json", "[]"), Then::Close).await;
    let form = [("code", "a b&c=d"), ("redirect_uri", "https://x.y/é")];
    client().post_form(&fake.url("/token"), &[("Accept", "text/plain")], &form).await.unwrap();
    let request = fake.requests.recv().await.unwrap();
    assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(request.contains("accept: text/plain\r\n"), "{request}");
    assert!(!request.contains("application/json"), "{request}");
    assert!(request.ends_with("\r\n\r\ncode=a+b%26c%3Dd&redirect_uri=https%3A%2F%2Fx.y%2F%C3%A9"));

    let document = serde_json::json!({ "query": "{ viewer }" });
    client().post_json(&fake.url("/graphql"), &[], &document).await.unwrap();
    let request = fake.requests.recv().await.unwrap();
    assert!(request.ends_with("\r\n\r\n{\"query\":\"{ viewer }\"}"), "{request}");
    assert_eq!(client().get_bytes(&fake.url("/photo"), &[]).await.unwrap(), "[]");
}

#[tokio::test]
async fn responses_that_are_no_documents_are_refused() {
    let html = fake(ok("text/html", "<html>busy</html>"), Then::Close).await;
    assert!(matches!(refusal(&client(), &html.url("/")).await, Cause::NotJson));
    let empty = fake(ok("application/json", ""), Then::Close).await;
    assert!(matches!(refusal(&client(), &empty.url("/")).await, Cause::NotJson));
    let nothing = fake("", Then::Close).await;
    assert!(matches!(refusal(&client(), &nothing.url("/")).await, Cause::Connection(_)));
    let cut = fake("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}", Then::Close).await;
    assert!(matches!(refusal(&client(), &cut.url("/")).await, Cause::Connection(_)));
    let other = fake("SSH-2.0-OpenSSH\r\n\r\n", Then::Close).await;
    assert!(matches!(refusal(&client(), &other.url("/")).await, Cause::Connection(_)));

    let error = "HTTP/1.1 500 Oops\r\ncontent-length: 15\r\n\r\n{\"error\":\"bad\"}";
    let failing = fake(error, Then::Close).await;
    let Cause::Status(status, Some(body)) = refusal(&client(), &failing.url("/")).await else {
        panic!("no status")
    };
    assert_eq!((status.as_u16(), &body["error"]), (500, &"bad".into()));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let mut target = fake(ok("application/json", "{}"), Then::Close).await;
    for status in [301, 302, 303, 307, 308] {
        let location = target.url("/secret");
        let redirect =
            format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let fake = fake(redirect, Then::Close).await;
        assert!(matches!(refusal(&client(), &fake.url("/")).await, Cause::Redirected), "{status}");
    }
    assert!(target.requests.try_recv().is_err());
}

#[tokio::test]
async fn long_responses_are_refused() {
    let body = " ".repeat(10 * 1024 * 1024);
    let known = fake(ok("application/json", &body), Then::Close).await;
    assert!(matches!(refusal(&client(), &known.url("/")).await, Cause::TooLarge(_)));
    let unknown = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
    let unknown = fake(unknown, Then::Close).await;
    assert!(matches!(refusal(&client(), &unknown.url("/")).await, Cause::TooLarge(_)));
    let headers = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n{{}}", "x".repeat(4 * MAX_HEADERS));
    let headers = fake(headers, Then::Close).await;
    assert!(matches!(refusal(&client(), &headers.url("/")).await, Cause::Connection(_)));
}

#[tokio::test]
async fn responses_that_do_not_end_are_refused() {
    for start in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", "HTTP/1.1 200 OK\r\n"] {
        let fake = fake(start, Then::Hang).await;
        let cause = refusal(&impatient(), &fake.url("/")).await;
        assert!(matches!(cause, Cause::TimedOut), "{start}");
    }
    // TLS, too: this server sends no certificate.
    let silent = fake("", Then::Hang).await;
    let url = format!("https://{}", silent.address);
    assert!(matches!(refusal(&impatient(), &url).await, Cause::TimedOut));
}

#[tokio::test]
async fn addresses_that_are_not_allowed_are_not_reached() {
    for (url, private) in [
        ("https://10.0.0.1/", false),
        ("https://[fc00::1]/", false),
        ("https://[::ffff:10.0.0.1]/", false),
        ("https://[::ffff:127.0.0.1]:1/", false),
        ("https://0.0.0.0:1/", true),
        ("https://169.254.169.254/latest/meta-data", true),
        ("https://[fd00:ec2::254]/", true),
    ] {
        let client = HttpClient::new(Addresses { private, ..ADDRESSES }, Limits::default());
        assert!(matches!(refusal(&client, url).await, Cause::Address(_)), "{url}");
    }
}

#[tokio::test]
async fn names_are_checked_where_they_lead() {
    let fake = fake(ok("application/json", "{}"), Then::Close).await;
    let port = fake.address.port();
    // A name of this machine is allowed, as the URL says what it is.
    assert!(client().get_json(&format!("http://localhost:{port}/"), &[]).await.is_ok());
    let missing = refusal(&client(), "https://nowhere.invalid/").await;
    assert!(matches!(missing, Cause::Unresolved(_)));
}

#[tokio::test]
async fn urls_are_https_or_on_loopback() {
    for url in ["http://example.com/", "http://10.0.0.1/", "http://localhost.example.com/"] {
        assert!(matches!(refusal(&client(), url).await, Cause::Insecure), "{url}");
    }
    for url in ["/token", "", "ftp://localhost/", "file:///etc/passwd", "https://a:b@localhost/"] {
        assert!(matches!(refusal(&client(), url).await, Cause::Url), "{url}");
    }
    let injected = [("Authorization", "Bearer a\r\nx: y")];
    let error = client().get_json("http://localhost:1/", &injected).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Header));
}

#[tokio::test]
async fn errors_show_no_secret() {
    let failing = "HTTP/1.1 400 Bad\r\ncontent-length: 12\r\n\r\n{\"a\":\"hush\"}";
    let fake = fake(failing, Then::Close).await;
    let url = fake.url("/check?access_token=hush");
    let error = client().get_json(&url, &[("Authorization", "Bearer hush")]).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("/check: the response has the status 400"), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
    let error = client().get_json("https://ann:hush@localhost/?hush", &[]).await.unwrap_err();
    assert!(!error.to_string().contains("hush"), "{error}");
}
