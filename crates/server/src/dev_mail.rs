//! The development mailbox: `GET /dev/mail` shows the mails of a server without a mail
//! server, and the SMS of one without a webhook. The route does not exist in production, nor if `BETTER_AUTH_URL` is public.
//!
//! Links in mails sign in and reset passwords. Only requests from this machine are answered:
//! the connection is local, and no header shows that a proxy forwarded the request. Against
//! DNS rebinding, the request must name this machine as its host. Pages of other origins
//! cannot read the mailbox, not even trusted ones. Mails are shown in a sandbox, and run no
//! scripts.

use std::net::SocketAddr;

use auth::oauth::is_loopback;
use axum::{
    Json,
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode, Version,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, FORWARDED, HOST, ORIGIN, VIA},
        uri::Authority,
    },
    response::{Html, IntoResponse, Response},
};
use chrono::SecondsFormat;
use mailer::{Channel, Delivered, Mailer};
use minijinja::{Environment, context};
use serde_json::{Value, json};
use url::Host;

use crate::telemetry::chain;

const TEMPLATE: &str = include_str!("../dev_mail/index.html");
/// The number of mails that the page shows.
const SHOWN: u64 = 50;
/// Mails have inline styles. Nothing else that a mail refers to is loaded.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";
/// Prefixes of the headers that proxies, tunnels and CDNs add.
const PROXY_HEADERS: [&str; 15] = [
    "x-forwarded",
    "x-real-ip",
    "x-original-",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-",
    "x-amz",
    "x-azure-",
    "x-proxy",
    "true-client-ip",
    "client-ip",
    "cf-",
    "cdn-",
    "fastly-",
    "fly-",
];

/// Whether the client is on this machine. An unknown peer is not.
fn is_from_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    // A proxy that adds no header uses HTTP/1.0.
    peer && request.version() > Version::HTTP_10 && !is_forwarded(request.headers())
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        name == FORWARDED
            || name == VIA
            || PROXY_HEADERS.iter().any(|start| name.as_str().starts_with(start))
    })
}

/// Whether a request names this machine as its host. Browsers always name one.
fn is_to_here(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    let host = authority.and_then(|authority| Host::parse(authority.host()).ok());
    host.is_some_and(|host| is_loopback(&host))
}

/// Whether no page of another origin can read the response: the request comes from no page or
/// from an own page, or follows a link.
fn is_by_own_page(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let host = value(HOST.as_str()).unwrap_or_default();
    let is_own = |origin: &[u8]| origin.strip_prefix(b"http://").is_some_and(|own| own == host);
    let is_link = value("sec-fetch-mode") == Some(b"navigate".as_slice())
        && value("sec-fetch-dest") == Some(b"document".as_slice());
    headers.get_all(ORIGIN).iter().all(|origin| is_own(origin.as_bytes()))
        && value("sec-fetch-site")
            .is_none_or(|site| site == b"same-origin" || site == b"none" || is_link)
}

/// `GET /dev/mail`, as a page or, by `Accept`, as JSON.
pub(crate) async fn show(State(mailer): State<Mailer>, request: Request) -> Response {
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
    let Delivered { id, channel, to, kind, subject, text, html, link, created_at } = mail;
    let created_at = created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({
        "id": id, "channel": channel.as_str(), "to": to, "kind": kind, "subject": subject, "text": text, "html": html,
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
    let Delivered { id: _, channel, to, kind, subject, text, html, link, created_at } = mail;
    context! {
        is_sms => *channel == Channel::Sms,
        to => to.as_str(),
        kind => kind.as_str(),
        subject => subject.as_str(),
        text => text.as_str(),
        // Links open in a new tab, not in the sandbox.
        html => html.replacen("<head>", "<head><base target=\"_blank\">", 1),
        link => link.as_deref(),
        created_at => created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}
