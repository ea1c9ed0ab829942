//! Connections to servers, at allowed addresses only.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
    vec,
};

use http::Uri;
use hyper_util::client::legacy::connect::{HttpConnector, dns::Name};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, Error as TlsError, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};
use tower::Service;
use url::{Host, Url};

use super::{Cause, address::Rule};

/// A connection: plain on loopback, encrypted otherwise.
pub(super) enum Connection {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// Opens connections.
pub(super) struct Connector {
    tcp: HttpConnector<Resolver>,
    /// Made at the first https request, as reading the platform's certificates takes time.
    tls: OnceLock<TlsConnector>,
    private_addresses: bool,
}

impl Connector {
    pub(super) fn new(private_addresses: bool, timeout: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver { private_addresses });
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(timeout));
        tcp.set_nodelay(true);
        Self { tcp, tls: OnceLock::new(), private_addresses }
    }

    /// Connects to the host of an http or https URL, if one of its addresses is allowed.
    pub(super) async fn connect(&self, url: &Url) -> Result<Connection, Cause> {
        let host = url.host().ok_or(Cause::Url)?;
        let rule = Rule::of(&host, self.private_addresses);
        // The connector resolves names alone.
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if let Some(address) = literal.filter(|address| !rule.allows(*address)) {
            return Err(Cause::Address(address));
        }
        let uri = url[..url::Position::AfterPort].parse::<Uri>().map_err(|_| Cause::Url)?;
        let stream =
            self.tcp.clone().call(uri).await.map_err(|error| connection_failure(&error))?;
        let stream = stream.into_inner();
        if url.scheme() == "http" {
            return Ok(Connection::Plain(stream));
        }
        let name = match literal {
            Some(address) => ServerName::IpAddress(address.into()),
            None => ServerName::try_from(url.host_str().unwrap_or_default().to_owned())
                .map_err(|_| Cause::Url)?,
        };
        let encrypted = self.tls()?.connect(name, stream).await;
        let encrypted = encrypted.map_err(|error| Cause::Connection(error.to_string()))?;
        Ok(Connection::Encrypted(Box::new(encrypted)))
    }

    fn tls(&self) -> Result<&TlsConnector, Cause> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let config = tls_config(None).map_err(|error| Cause::Connection(error.to_string()))?;
        Ok(self.tls.get_or_init(|| TlsConnector::from(Arc::new(config))))
    }
}

/// TLS 1.2 and 1.3, with the certificate authorities of the platform, of Mozilla, and this one.
fn tls_config(authority: Option<CertificateDer<'_>>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(authority);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// The reason in an error of the TCP connector.
fn connection_failure(error: &(dyn StdError + 'static)) -> Cause {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
        match cause.downcast_ref() {
            Some(ResolveError::Lookup(error)) => return Cause::Unresolved(error.to_string()),
            Some(ResolveError::NotAllowed(address)) => return Cause::Address(*address),
            None => {}
        }
    }
    match cause.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::TimedOut => Cause::TimedOut,
        _ => Cause::Connection(cause.to_string()),
    }
}

/// Finds the allowed addresses of a name. The connection is opened to one of these, so a second
/// answer of the name server (DNS rebinding) changes nothing.
#[derive(Clone, Copy)]
struct Resolver {
    private_addresses: bool,
}

#[derive(Debug)]
enum ResolveError {
    Lookup(io::Error),
    /// All addresses are like this one.
    NotAllowed(IpAddr),
}

impl Resolver {
    async fn resolve(self, name: Name) -> Result<vec::IntoIter<SocketAddr>, ResolveError> {
        let rule = Rule::of(&Host::Domain(name.as_str()), self.private_addresses);
        let found = lookup_host((name.as_str(), 0)).await.map_err(ResolveError::Lookup)?;
        allowed(found.collect(), rule)
    }
}

/// Those of a name's addresses that are allowed.
fn allowed(found: Vec<SocketAddr>, rule: Rule) -> Result<vec::IntoIter<SocketAddr>, ResolveError> {
    let (allowed, refused): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| rule.allows(address.ip()));
    match refused.first() {
        Some(address) if allowed.is_empty() => Err(ResolveError::NotAllowed(address.ip())),
        _ => Ok(allowed.into_iter()),
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = ResolveError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.resolve(name))
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(error) => error.fmt(f),
            Self::NotAllowed(address) => write!(f, "requests to {address} are not allowed"),
        }
    }
}

impl StdError for ResolveError {}

#[cfg(test)]
mod tests;
