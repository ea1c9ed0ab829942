//! All providers, on loopback.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::case::{FakeResponse, Sent};
use crate::oauth::fake_provider::serve;

/// All providers, on loopback: the path of a URL starts with the host.
#[derive(Clone)]
pub(super) struct Fake {
    origin: String,
    state: Arc<Mutex<FakeState>>,
}

#[derive(Default)]
struct FakeState {
    answers: BTreeMap<String, FakeResponse>,
    sent: Vec<Sent>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let state = Arc::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        Self { origin: serve(router).await, state }
    }

    pub(super) fn url_of(&self, real: &str) -> String {
        format!("{}/{}", self.origin, real.strip_prefix("https://").unwrap())
    }

    pub(super) fn expect(&self, answers: &BTreeMap<String, FakeResponse>) {
        let normal = answers.iter().map(|(key, answer)| {
            let (method, url) = key.split_once(' ').unwrap();
            (key_of(method, &Url::parse(url).unwrap()), answer.clone())
        });
        *self.state.lock().unwrap() = FakeState { answers: normal.collect(), sent: vec![] };
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        sorted(&self.state.lock().unwrap().sent)
    }
}

async fn answer(
    State(state): State<Arc<Mutex<FakeState>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let url = Url::parse(&format!("https:/{uri}")).unwrap();
    let key = key_of(method.as_str(), &url);
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let mut state = state.lock().unwrap();
    state.sent.push(Sent {
        key: key.clone(),
        authorization: text("authorization"),
        version: text("notion-version"),
        body: (!body.is_empty()).then(|| String::from_utf8(body.to_vec()).unwrap()),
    });
    match state.answers.get(&key) {
        None => (StatusCode::NOT_FOUND, "{}").into_response(),
        Some(FakeResponse { status, body, text }) => {
            let status = StatusCode::from_u16(*status).unwrap();
            (status, text.clone().unwrap_or_else(|| body.to_string())).into_response()
        }
    }
}

/// A request without the encoding and the order of its query.
fn key_of(method: &str, url: &Url) -> String {
    let path = percent_encoding::percent_decode_str(url.path()).decode_utf8().unwrap();
    let mut query: Vec<_> =
        url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    query.sort();
    let query = query.join("&");
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{method} {}{path}{separator}{query}", url.origin().ascii_serialization())
}

/// Requests without the order in which they were sent, and bodies without their spelling.
pub(super) fn sorted(sent: &[Sent]) -> Vec<Sent> {
    let mut sent: Vec<_> = sent
        .iter()
        // JWKS are cached.
        .filter(|sent| !sent.key.ends_with("/jwks.json"))
        .map(|sent| Sent { body: sent.body.as_deref().and_then(body), ..sent.clone() })
        .collect();
    sent.sort();
    sent
}

fn body(text: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Null) => None,
        Ok(document) => {
            let query = document["query"].as_str().unwrap();
            Some(query.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Err(_) => {
            let pairs = form_urlencoded::parse(text.as_bytes());
            let mut pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
            pairs.sort();
            Some(pairs.join("&"))
        }
    }
}
