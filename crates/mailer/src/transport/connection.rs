//! Connections to a mail server, kept for the next mail.
//!
//! Not by lettre's own pool: that knows no time limit, and hands a connection whose
//! conversation was cut off to the next mail, which would take the answers to the
//! former for its own. Here a connection comes back only after a mail that went well;
//! any other is closed.

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

/// How long a connection is kept without a mail; servers close them after minutes.
const IDLE: Duration = Duration::from_secs(30);
/// How long one of several addresses of a server may take to answer at all.
const CONNECT: Duration = Duration::from_secs(20);

/// The way to one server.
pub(crate) struct Connections {
    smtp: Smtp,
    tls: Option<TlsParameters>,
    hello: ClientId,
    /// With the time since when they are not used.
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

    /// Sends a mail. May be dropped at any time: then its connection is closed.
    pub(super) async fn send(&self, message: &Message) -> std::result::Result<(), Error> {
        let mut connection = match self.take().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.send(message.envelope(), &message.formatted()).await?;
        self.lock().push((connection, Instant::now()));
        Ok(())
    }

    /// Greets the server, signs in, and says farewell.
    pub(super) async fn check(&self) -> std::result::Result<(), Error> {
        self.connect().await?.quit().await?;
        Ok(())
    }

    /// A connection that is kept and still works.
    async fn take(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.lock().pop()?;
            if since.elapsed() < IDLE && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> std::result::Result<AsyncSmtpConnection, Error> {
        let Smtp { host, port, login, tls } = &self.smtp;
        let address = (host.as_str(), *port);
        let at_once = self.tls.clone().filter(|_| *tls == Tls::Tls);
        let connected =
            AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, at_once, None);
        let mut connection = connected.await?;
        if let Some(parameters) = self.tls.clone().filter(|_| *tls == Tls::StartTls) {
            // Fails where it is not offered.
            connection.starttls(parameters, &self.hello).await?;
        }
        if let Some((user, password)) = login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &login).await?;
        }
        Ok(connection)
    }

    /// Closes what is kept and not used, politely.
    pub(super) async fn close_idle(&self) {
        let idle: Vec<_> =
            self.lock().extract_if(.., |(_, since)| since.elapsed() >= IDLE).collect();
        for (mut connection, _) in idle {
            // Who does not answer to a farewell is left without one.
            _ = connection.quit().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
