//! A server in a process of its own, and clients that connect by TCP.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use axum::http::StatusCode;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{
    PASSWORD, ProcessOutput, Response, TestDatabase,
    process::{Process, bookplate_command, eventually},
};

/// A running server process, killed when dropped.
pub(crate) struct ServerProcess {
    pub(crate) process: Process,
    pub(crate) port: u16,
}

impl ServerProcess {
    /// Starts `bookplate serve` on a free port. Its working directory is the database's folder.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &["serve"], &[]).await
    }

    /// Starts the binary with these arguments and environment variables.
    pub(crate) async fn start_with(
        database: &TestDatabase,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Self {
        let defaults = [("DATABASE_URL", database.url()), ("PORT", "0")];
        let settings = [&defaults, settings].concat();
        let process = Process::spawn(bookplate_command(&database.folder(), arguments, &settings));
        Self::wait_until_ready(process).await
    }

    /// Waits until the process printed its port and `/readyz` succeeds.
    pub(crate) async fn wait_until_ready(mut process: Process) -> Self {
        let port = eventually("a started server", async || {
            let running = process.is_running();
            let printed = process.stdout() + &process.stderr();
            assert!(running, "the server ended:\n{printed}");
            find_port(&printed)
        })
        .await;
        let server = Self { process, port };
        let http = server.http();
        eventually("readiness", async || {
            let ready = http.try_get("/readyz").await;
            ready.ok().filter(|response| response.status == StatusCode::OK)
        })
        .await;
        server
    }

    /// Creates a client of this server.
    pub(crate) fn http(&self) -> HttpClient {
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        HttpClient {
            base_url: format!("http://127.0.0.1:{}", self.port),
            client: client.build().unwrap(),
            token: None,
        }
    }

    /// Opens a TCP connection.
    pub(crate) fn connect(&self) -> RawConnection {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        RawConnection(stream)
    }

    /// Sends SIGTERM, and waits until the process ends.
    pub(crate) async fn terminate(self) -> ProcessOutput {
        self.process.send_signal("TERM");
        self.process.wait().await
    }
}

/// Finds the port in the first localhost URL or in the log line with `"port":`.
fn find_port(printed: &str) -> Option<u16> {
    let url = printed.split_once("http://localhost:");
    let (_, rest) = url.or_else(|| printed.split_once(r#""port":"#))?;
    let (port, _) = rest.split_once(|character: char| !character.is_ascii_digit())?;
    port.parse().ok()
}

/// An HTTP client that authenticates by a bearer token.
#[derive(Clone)]
pub(crate) struct HttpClient {
    pub(crate) base_url: String,
    client: reqwest::Client,
    pub(crate) token: Option<String>,
}

impl HttpClient {
    /// Replaces the bearer token.
    pub(crate) fn with_token(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// Sends the request that `build` makes of client and base URL, with the bearer token.
    pub(crate) async fn send(
        &self,
        build: impl FnOnce(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> reqwest::Result<Response> {
        let mut request = build(&self.client, &self.base_url);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Response { status, headers, text: response.text().await? })
    }

    /// Sends a GET request.
    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Response> {
        self.send(|client, base| client.get(format!("{base}{path}"))).await
    }

    /// Sends a GET request that must be answered.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.try_get(path).await.unwrap()
    }

    /// Posts JSON.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.send(|client, base| client.post(format!("{base}{path}")).json(body)).await
    }

    /// Posts JSON; the request must be answered.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.try_post(path, &body).await.unwrap()
    }

    /// Executes a GraphQL document with variables.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Response {
        self.post("/graphql", json!({ "query": query, "variables": variables })).await
    }

    /// Executes a GraphQL document without variables.
    pub(crate) async fn query(&self, query: &str) -> Response {
        self.graphql(query, json!({})).await
    }

    /// Signs up as `{name}@example.com`, and uses the new session's token.
    pub(crate) async fn sign_up(&mut self, name: &str) -> Response {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let response = self.post("/api/auth/sign-up/email", body).await;
        self.store_token(response)
    }

    /// Signs in, and uses the new session's token.
    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Response {
        let body = json!({ "email": email, "password": password });
        let response = self.post("/api/auth/sign-in/email", body).await;
        self.store_token(response)
    }

    /// Uses the token of a response that began a session.
    fn store_token(&mut self, response: Response) -> Response {
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        self.token = Some(response.header("set-auth-token").to_owned());
        response
    }
}

/// A TCP connection, for bytes that no client library sends.
pub(crate) struct RawConnection(pub(crate) TcpStream);

impl RawConnection {
    /// Sends bytes.
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Reads until the bytes read end with `end`.
    pub(crate) fn read_until(&mut self, end: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            let mut byte = [0];
            let length = self.0.read(&mut byte).unwrap();
            assert_eq!(length, 1, "closed after {:?}", String::from_utf8_lossy(&bytes));
            bytes.push(byte[0]);
        }
        String::from_utf8(bytes).unwrap()
    }

    /// Reads until the server closes or resets the connection.
    pub(crate) fn read_to_end(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
