//! A pool of connections to the mail server.
//!
//! lettre's own pool has no time limit, and reuses a connection after a canceled send: the next
//! mail would read the replies to the one before. This pool keeps a connection only after a mail
//! was sent completely; every other connection is closed.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::Result;
use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret;

use crate::config::{Smtp, Tls};

/// How long an idle connection is kept. Servers close them after minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// The time limit of connecting to one of the server's addresses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// The connections to one server.
pub(crate) struct Connections {
    smtp: Smtp,
    tls: Option<TlsParameters>,
    hello: ClientId,
    /// Idle connections, and since when they are idle.
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Connections {
    pub(super) fn new(smtp: &Smtp) -> Result<Self> {
        let tls = match smtp.tls {
            Tls::StartTls | Tls::Tls => Some(TlsParameters::new(smtp.host.clone())),
            Tls::None => None,
        };
        let tls = tls.transpose().map_err(domain::Error::internal)?;
        let hello = ClientId::default();
        Ok(Self { smtp: smtp.clone(), tls, hello, idle: Mutex::default() })
    }

    /// Sends a mail. If the future is dropped, its connection is closed.
    pub(super) async fn send(&self, message: &Message) -> std::result::Result<(), Error> {
        let mut connection = match self.take().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.send(message.envelope(), &message.formatted()).await?;
        self.lock().push((connection, Instant::now()));
        Ok(())
    }

    /// Connects, signs in, and disconnects.
    pub(super) async fn check(&self) -> std::result::Result<(), Error> {
        self.connect().await?.quit().await?;
        Ok(())
    }

    /// Takes an idle connection that still works.
    async fn take(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.lock().pop()?;
            if since.elapsed() < IDLE_TIMEOUT && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> std::result::Result<AsyncSmtpConnection, Error> {
        let Smtp { host, port, login, tls } = &self.smtp;
        let address = (host.as_str(), *port);
        let at_once = self.tls.clone().filter(|_| *tls == Tls::Tls);
        let connected = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(CONNECT_TIMEOUT),
            &self.hello,
            at_once,
            None,
        );
        let mut connection = connected.await?;
        if let Some(parameters) = self.tls.clone().filter(|_| *tls == Tls::StartTls) {
            // Fails if the server does not offer it.
            connection.starttls(parameters, &self.hello).await?;
        }
        if let Some((user, password)) = login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &login).await?;
        }
        Ok(connection)
    }

    /// Closes connections that have been idle for too long, with `QUIT`.
    pub(super) async fn close_idle(&self) {
        let idle: Vec<_> =
            self.lock().extract_if(.., |(_, since)| since.elapsed() >= IDLE_TIMEOUT).collect();
        for (mut connection, _) in idle {
            // An error means that the server closed the connection first.
            _ = connection.quit().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
