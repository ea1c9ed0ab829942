//! `POST /dev/clock` moves the server's time, so that tests need not wait. Only in
//! builds with the feature `test-clock`, which release builds do not have.

use axum::{Json, Router, extract::State, routing::post};
use chrono::TimeDelta;
use domain::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Advance {
    /// Seconds.
    advance: i64,
}

pub(crate) fn router(clock: Clock) -> Router {
    Router::new().route("/dev/clock", post(advance)).with_state(clock)
}

async fn advance(State(clock): State<Clock>, Json(by): Json<Advance>) -> Json<Value> {
    clock.advance(TimeDelta::seconds(by.advance));
    Json(json!({ "now": clock.now() }))
}
