use std::net::Ipv4Addr;

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

use super::*;

/// A certificate authority, valid from 2020 to 2120.
const AUTHORITY: &str = "\
    MIIBVTCB/aADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB1Rlc3QgQ0EwIBcNMjAwMTAxMDAwMDAwWhgP\
    MjEyMDAxMDEwMDAwMDBaMBIxEDAOBgNVBAMMB1Rlc3QgQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATWDD0g\
    CUz4RmBJOYgUh0peEkgUT1epzjhUER95NfRRe1w/pfg34AHARnE3yyawEmKRG6m/UYuUOdET7hFSvV9no0IwQDAP\
    BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUWd9lKOEQaR7FG9K7WS/nSP7SjIkwCgYI\
    KoZIzj0EAwIDRwAwRAIgJuCCIbfDIw/E5NhOKf2gGfMJtoYHnQ5wo8+auJ/AjjQCIEFbtLwCDZS6KRvrnuSIcRGU\
    6NkSCebHoZaha5aXHTpC";
/// Its certificate for localhost.
const CERTIFICATE: &str = "\
    MIIBkzCCATigAwIBAgIBAjAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAdUZXN0IENBMCAXDTIwMDEwMTAwMDAwMFoY\
    DzIxMjAwMTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQG\
    6zYMC0iuZQC6VXdFlRZdR9C24hjKA3NMq3uKtxo2RR4jJ9NQ/wbo62YUH1T3KBhgTmlg3AmvPVjE2AaAf7Gno3sw\
    eTAMBgNVHRMBAf8EAjAAMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHQ4E\
    FgQUv7x2edKobgrFVFt2ZVh9r6SQDw8wHwYDVR0jBBgwFoAUWd9lKOEQaR7FG9K7WS/nSP7SjIkwCgYIKoZIzj0E\
    AwIDSQAwRgIhAIasWHPblp3rRveiJxPthT3KhlO5XwhRC9+d5d6HaCg8AiEAjth70QKmmuMIcwJOBZjiE2sz472z\
    As87fhPKOL215Bs=";
/// The key of the certificate, for this test alone.
const KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfvvYVLaPJlZ8JVs8TTXLgJNyzU2xFrbIfCgGxA1C\
    tdKhRANCAAQG6zYMC0iuZQC6VXdFlRZdR9C24hjKA3NMq3uKtxo2RR4jJ9NQ/wbo62YUH1T3KBhgTmlg3AmvPVjE\
    2AaAf7Gn";

fn decoded(text: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text).unwrap()
}

/// The port of a server with the certificate, which sends back what it gets.
async fn echo() -> u16 {
    let chain = vec![CertificateDer::from(decoded(CERTIFICATE))];
    let key = PrivatePkcs8KeyDer::from(decoded(KEY)).into();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust the certificate ends the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            stream.write_all(&byte).await.unwrap();
            stream.flush().await.unwrap();
        }
    });
    port
}

fn trusting(authority: Option<&str>) -> Connector {
    let connector = Connector::new(false, Duration::from_secs(5));
    let authority = authority.map(|text| CertificateDer::from(decoded(text)));
    let config = tls_config(authority).unwrap();
    assert!(connector.tls.set(TlsConnector::from(Arc::new(config))).is_ok());
    connector
}

async fn connect(connector: &Connector, host: &str, port: u16) -> Result<Connection, Cause> {
    connector.connect(&Url::parse(&format!("https://{host}:{port}/")).unwrap()).await
}

#[tokio::test]
async fn a_server_with_a_trusted_certificate_for_its_name_is_reached() {
    let (port, connector) = (echo().await, trusting(Some(AUTHORITY)));
    let Ok(Connection::Encrypted(mut stream)) = connect(&connector, "localhost", port).await else {
        panic!("no connection")
    };
    stream.write_all(b"x").await.unwrap();
    let mut byte = [0];
    stream.read_exact(&mut byte).await.unwrap();
    assert_eq!(&byte, b"x");
}

#[tokio::test]
async fn other_certificates_are_refused() {
    let port = echo().await;
    // Another name, and an address, than the certificate's.
    let connector = trusting(Some(AUTHORITY));
    for host in ["other.localhost", "127.0.0.1"] {
        let refused = connect(&connector, host, port).await;
        assert!(matches!(refused, Err(Cause::Connection(_) | Cause::Unresolved(_))), "{host}");
    }
    // An authority that neither the platform nor Mozilla knows.
    let Err(Cause::Connection(reason)) = connect(&trusting(None), "localhost", port).await else {
        panic!("a connection")
    };
    assert!(reason.contains("UnknownIssuer"), "{reason}");
}

#[test]
fn a_name_with_one_allowed_address_is_reached_there_alone() {
    let found = |texts: &[&str]| {
        texts.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect::<Vec<_>>()
    };
    let mixed = found(&["10.0.0.1", "1.1.1.1", "::1"]);
    let kept: Vec<_> = allowed(mixed, Rule::Public).unwrap().collect();
    assert_eq!(kept, found(&["1.1.1.1"]));
    let rebound = allowed(found(&["169.254.169.254", "127.0.0.1"]), Rule::Public);
    assert!(matches!(rebound, Err(ResolveError::NotAllowed(ip)) if ip.is_ipv4()));
}
