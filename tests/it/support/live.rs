//! A server of its own process, and its clients over real sockets.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use axum::http::StatusCode;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{
    Answer, Ended, PASSWORD, TestDatabase,
    process::{Process, bookplate, eventually},
};

/// A started server; killed when dropped.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) port: u16,
}

impl Server {
    /// On a free port, with its working directory in the database's folder.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &["serve"], &[]).await
    }

    pub(crate) async fn start_with(
        database: &TestDatabase,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Self {
        let own = [("DATABASE_URL", database.url()), ("PORT", "0")];
        let settings = [&own, settings].concat();
        let process = Process::spawn(bookplate(&database.folder(), arguments, &settings));
        Self::ready(process).await
    }

    /// Waits until the process says where it listens, and is ready.
    pub(crate) async fn ready(mut process: Process) -> Self {
        let port = eventually("a started server", async || {
            let running = process.is_running();
            let printed = process.stdout() + &process.stderr();
            assert!(running, "the server ended:\n{printed}");
            port_in(&printed)
        })
        .await;
        let server = Self { process, port };
        let http = server.http();
        eventually("readiness", async || {
            let ready = http.try_get("/readyz").await;
            ready.ok().filter(|answer| answer.status == StatusCode::OK)
        })
        .await;
        server
    }

    pub(crate) fn http(&self) -> Http {
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Http {
            base_url: format!("http://127.0.0.1:{}", self.port),
            client: client.build().unwrap(),
            token: None,
        }
    }

    /// A connection on which nothing was said yet.
    pub(crate) fn connect(&self) -> RawConnection {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        RawConnection(stream)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn terminate(self) -> Ended {
        self.process.signal("TERM");
        self.process.end().await
    }
}

/// The port in the first URL of this machine, or in the log line that names it.
fn port_in(printed: &str) -> Option<u16> {
    let url = printed.split_once("http://localhost:");
    let (_, rest) = url.or_else(|| printed.split_once(r#""port":"#))?;
    let (port, _) = rest.split_once(|character: char| !character.is_ascii_digit())?;
    port.parse().ok()
}

/// A client that keeps its token itself and sends it as a bearer.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) base_url: String,
    client: reqwest::Client,
    pub(crate) token: Option<String>,
}

impl Http {
    /// The same client as somebody else, or as nobody.
    pub(crate) fn with_token(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// Sends a request, with the token, if there is one.
    pub(crate) async fn send(
        &self,
        change: impl FnOnce(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> reqwest::Result<Answer> {
        let mut request = change(&self.client, &self.base_url);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        self.send(|client, base| client.get(format!("{base}{path}"))).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.unwrap()
    }

    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        self.send(|client, base| client.post(format!("{base}{path}")).json(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_post(path, &body).await.unwrap()
    }

    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.post("/graphql", json!({ "query": query, "variables": variables })).await
    }

    pub(crate) async fn query(&self, query: &str) -> Answer {
        self.graphql(query, json!({})).await
    }

    /// Signs a new user up, `name@example.com`, and is them from now on.
    pub(crate) async fn sign_up(&mut self, name: &str) -> Answer {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let answer = self.post("/api/auth/sign-up/email", body).await;
        self.keep(answer)
    }

    /// Signs in, and is that user from now on.
    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        let answer = self.post("/api/auth/sign-in/email", body).await;
        self.keep(answer)
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        self.token = Some(answer.header("set-auth-token").to_owned());
        answer
    }
}

/// A socket, to say what no client library would say.
pub(crate) struct RawConnection(pub(crate) TcpStream);

impl RawConnection {
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Reads until `end` has come.
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

    /// Reads until the server closes the connection, in whichever manner.
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
