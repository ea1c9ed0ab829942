//! The development mailbox: `GET /dev/mail` shows the mails that, without a mail
//! server, stay here. In production there is no such route.
//!
//! Its links sign in and reset passwords. A foreign page must therefore not read it by
//! giving its own name this machine's address (DNS rebinding): only requests to this
//! machine's names, or the configured one, are answered. What a mail says runs nothing:
//! it stands in a sandbox.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST},
        uri::Authority,
    },
    response::{Html, IntoResponse, Response},
    routing::get,
};
use chrono::SecondsFormat;
use mailer::{Delivered, Mailer};
use minijinja::{Environment, context};
use serde_json::{Value, json};

use crate::telemetry::chain;

const TEMPLATE: &str = include_str!("../dev_mail/index.html");
/// How many mails are shown.
const SHOWN: u64 = 50;
/// Mails bring inline styles, and nothing else of what they might bring is loaded.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The mailbox, and the name under which browsers find it.
pub(crate) struct Mailbox {
    mailer: Mailer,
    host: Option<String>,
}

impl Mailbox {
    /// `host` is the one of the base URL.
    pub(crate) fn new(mailer: Mailer, host: Option<&str>) -> Self {
        Self { mailer, host: host.map(str::to_owned) }
    }

    /// Whether a request to this host is for us. Browsers always name one.
    fn is_at(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST) else { return true };
        let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        authority.is_some_and(|authority| {
            let named = |name: &str| name.eq_ignore_ascii_case(authority.host());
            LOCAL.into_iter().any(named) || self.host.as_deref().is_some_and(named)
        })
    }
}

/// The route, if the mailbox is open.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(
    mailbox: Option<&Arc<Mailbox>>,
) -> Router<S> {
    let Some(mailbox) = mailbox else { return Router::new() };
    Router::new().route("/dev/mail", get(show)).with_state(Arc::clone(mailbox))
}

async fn show(State(mailbox): State<Arc<Mailbox>>, headers: HeaderMap) -> Response {
    if !mailbox.is_at(&headers) {
        return (StatusCode::FORBIDDEN, "the mailbox is open to this machine alone")
            .into_response();
    }
    let mails = match mailbox.mailer.messages(SHOWN).await {
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
