//! The development mailbox: `GET /dev/mail` shows the mails that, without a mail
//! server, stay here. In production, and where browsers find the server by a public
//! name, there is no such route.
//!
//! Its links sign in and reset passwords, so that whoever is at this machine alone is
//! answered: the connection comes from here, and nothing says that it is a proxy's. A
//! foreign page must not read it by giving its own name this machine's address (DNS
//! rebinding): only requests to this machine's names are answered. Nor may a page of another
//! origin read it, not even a trusted one. What a
//! mail says runs nothing: it stands in a sandbox.

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode, Version,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, FORWARDED, HOST, ORIGIN, VIA},
        uri::Authority,
    },
    response::{Html, IntoResponse, Response},
    routing::get,
};
use chrono::SecondsFormat;
use mailer::{Delivered, Mailer};
use minijinja::{Environment, context};
use serde_json::{Value, json};
use url::Host;

use crate::{config::exposure::is_local_host, telemetry::chain};

/// Where the mailbox is.
pub(crate) const PATH: &str = "/dev/mail";
const TEMPLATE: &str = include_str!("../dev_mail/index.html");
/// How many mails are shown.
const SHOWN: u64 = 50;
/// Mails bring inline styles, and nothing else of what they might bring is loaded.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";
/// How the names of headers begin that proxies add, tunnels and CDNs among them.
const OF_PROXIES: [&str; 14] = [
    "x-forwarded-",
    "x-real-ip",
    "x-original-",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-",
    "x-amz",
    "x-azure-",
    "x-proxy",
    "true-client-ip",
    "cf-",
    "cdn-",
    "fastly-",
    "fly-",
];

/// The route, if the mailbox is open.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(mailer: Option<&Mailer>) -> Router<S> {
    let Some(mailer) = mailer else { return Router::new() };
    Router::new().route(PATH, get(show)).with_state(mailer.clone())
}

/// Whether who asks is at this machine. An unknown other end is not.
fn is_from_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    // Proxies that name nobody speak the older version.
    peer && request.version() > Version::HTTP_10 && !is_forwarded(request.headers())
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        name == FORWARDED
            || name == VIA
            || OF_PROXIES.iter().any(|start| name.as_str().starts_with(start))
    })
}

/// Whether a request names this machine as its host. Browsers always name one.
fn is_to_here(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    let host = authority.and_then(|authority| Host::parse(authority.host()).ok());
    host.is_some_and(|host| is_local_host(&host))
}

/// Whether no page of another origin could read the answer: none asks, or one of ours, or a
/// link led here.
fn is_by_own_page(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let host = said(HOST.as_str()).unwrap_or_default();
    let is_own = |origin: &[u8]| origin.strip_prefix(b"http://").is_some_and(|own| own == host);
    let is_link = said("sec-fetch-mode") == Some(b"navigate".as_slice())
        && said("sec-fetch-dest") == Some(b"document".as_slice());
    headers.get_all(ORIGIN).iter().all(|origin| is_own(origin.as_bytes()))
        && said("sec-fetch-site")
            .is_none_or(|site| site == b"same-origin" || site == b"none" || is_link)
}

async fn show(State(mailer): State<Mailer>, request: Request) -> Response {
    let headers = request.headers();
    if !(is_from_here(&request) && is_to_here(headers) && is_by_own_page(headers)) {
        return (StatusCode::FORBIDDEN, "the mailbox is open to this machine alone")
            .into_response();
    }
    let mails = match mailer.messages(SHOWN).await {
        Ok(mails) => mails,
        Err(error) => {
            tracing::error!(error = %chain(&error), "the mailbox cannot be read");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let wants_json = |accept: &str| accept.contains("application/json");
    let answer = if headers.get(ACCEPT).and_then(|it| it.to_str().ok()).is_some_and(wants_json) {
        Json(mails.iter().map(object).collect::<Value>()).into_response()
    } else {
        page(&mails)
    };
    ([(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, POLICY)], answer).into_response()
}

fn object(mail: &Delivered) -> Value {
    let Delivered { id, to, kind, subject, text, html, link, created_at } = mail;
    let created_at = created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({
        "id": id, "to": to, "kind": kind, "subject": subject, "text": text, "html": html,
        "link": link, "createdAt": created_at,
    })
}

fn page(mails: &[Delivered]) -> Response {
    let mails: Vec<_> = mails.iter().map(values).collect();
    let rendered = Environment::new().render_named_str("index.html", TEMPLATE, context! { mails });
    match rendered {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(error = %chain(&error), "the mailbox cannot be shown");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn values(mail: &Delivered) -> minijinja::Value {
    let Delivered { id: _, to, kind, subject, text, html, link, created_at } = mail;
    context! {
        to => to.as_str(),
        kind => kind.as_str(),
        subject => subject.as_str(),
        text => text.as_str(),
        // Its links open beside the mailbox, not within the sandbox.
        html => html.replacen("<head>", "<head><base target=\"_blank\">", 1),
        link => link.as_deref(),
        created_at => created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}
