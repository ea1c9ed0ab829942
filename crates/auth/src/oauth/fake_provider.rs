//! A provider on loopback, for tests.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use database::{Database, DatabaseUrl};
use domain::Clock;
use http_body_util::BodyExt;
use mailer::Mailer;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use super::{
    ProviderConfig,
    provider::{Definition, Provider},
};
use crate::{config::AuthConfig, context::Context};

/// A server whose responses a test sets, and which records its requests.
#[derive(Clone)]
pub(crate) struct FakeProvider {
    pub(crate) origin: String,
    state: Arc<Mutex<FakeState>>,
}

#[derive(Default)]
struct FakeState {
    by_path: HashMap<String, FakeResponse>,
    received: Vec<Received>,
}

/// The response of a path.
#[derive(Clone)]
pub(crate) enum FakeResponse {
    Json(Value),
    Text(u16, String),
    Redirect(String),
    /// Never responds.
    Silence,
}

/// A request that the server got.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let state = Arc::default();
        let router = Router::new().fallback(respond).with_state(Arc::clone(&state));
        Self { origin: serve(router).await, state }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Sets the response of a path. Other paths respond with 404.
    pub(crate) fn respond(&self, path: &str, answer: FakeResponse) {
        self.state.lock().unwrap().by_path.insert(path.to_owned(), answer);
    }

    /// The requests for a path.
    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        let state = self.state.lock().unwrap();
        let for_path = |request: &&Received| request.target.split('?').next() == Some(path);
        state.received.iter().filter(for_path).cloned().collect()
    }
}

/// Serves on a free port of loopback until the test ends. Returns the origin.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

async fn respond(State(state): State<Arc<Mutex<FakeState>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let received = Received {
        target: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let answer = {
        let mut state = state.lock().unwrap();
        state.received.push(received);
        state.by_path.get(head.uri.path()).cloned()
    };
    match answer {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(FakeResponse::Json(document)) => axum::Json(document).into_response(),
        Some(FakeResponse::Text(status, text)) => {
            (StatusCode::from_u16(status).unwrap(), text).into_response()
        }
        Some(FakeResponse::Redirect(url)) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
        Some(FakeResponse::Silence) => std::future::pending().await,
    }
}

/// The state of a service with an empty database.
pub(crate) struct Service {
    pub(crate) context: Arc<Context>,
    _folder: TempDir,
}

impl Service {
    pub(crate) async fn start(clock: Clock, providers: Vec<ProviderConfig>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let context = Arc::new(context(folder.path(), clock, providers).await);
        Self { context, _folder: folder }
    }
}

async fn context(folder: &Path, clock: Clock, providers: Vec<ProviderConfig>) -> Context {
    let url = Url::parse("http://localhost:3000").unwrap();
    let mut config = AuthConfig::new(url, "0123456789abcdefghijklmnopqrstuv".into()).unwrap();
    config.oauth.providers = providers;
    let db = Database::connect(&DatabaseUrl::sqlite(folder.join("b.db"))).await.unwrap();
    let mails = mailer::Config::new(mailer::TransportConfig::Off);
    let mailer = Mailer::new(mails, db.clone(), config.secrets.clone(), clock.clone()).unwrap();
    Context::new(config, db, mailer, clock)
}

/// The settings of a provider with this definition.
pub(crate) fn config(definition: Definition) -> ProviderConfig {
    ProviderConfig {
        definition,
        client_ids: vec!["client-id".to_owned()],
        client_secret: Some(SecretString::from("client-secret")),
        scopes: Vec::new(),
        disable_default_scopes: false,
        prompt: None,
        access_type: None,
        disable_sign_up: false,
        disable_implicit_sign_up: false,
        override_user_info: false,
        require_email_verification: false,
        disable_id_token: false,
    }
}

/// The provider of a table, named `fake`.
pub(crate) fn provider(table: &str) -> Provider {
    let mut all = Definition::parse(&format!("[fake]\n{table}")).unwrap();
    Provider::new(config(all.remove("fake").unwrap()), None).unwrap()
}
