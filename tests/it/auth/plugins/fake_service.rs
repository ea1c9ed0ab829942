//! A fake service that the server asks: it answers every request as the test says.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::net::TcpListener;

/// What the service answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Json(Value),
    Text(String),
    Status(u16),
    /// Nothing, ever.
    Silence,
}

/// A request that the service received.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

#[derive(Debug)]
struct Shared {
    answer: Answer,
    requests: Vec<Received>,
}

/// The running service, which ends with the test.
pub(super) struct FakeService {
    /// Without a slash at the end.
    pub(super) url: String,
    shared: Arc<Mutex<Shared>>,
}

impl FakeService {
    pub(super) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared { answer, requests: Vec::new() }));
        let router = Router::new().fallback(respond).with_state(Arc::clone(&shared));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(super) fn answer(&self, answer: Answer) {
        self.shared.lock().unwrap().answer = answer;
    }

    /// The requests since the last call.
    pub(super) fn requests(&self) -> Vec<Received> {
        std::mem::take(&mut self.shared.lock().unwrap().requests)
    }
}

async fn respond(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
    let body = String::from_utf8(body.to_vec()).unwrap();
    let (path, headers) = (parts.uri.to_string(), parts.headers);
    let answer = {
        let mut shared = shared.lock().unwrap();
        shared.requests.push(Received { path, headers, body });
        shared.answer.clone()
    };
    match answer {
        Answer::Json(value) => axum::Json(value).into_response(),
        Answer::Text(text) => text.into_response(),
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Silence => std::future::pending().await,
    }
}
