//! `POST /dev/clock` moves the server's clock, so that tests need not wait. The route exists
//! only with the feature `test-clock`, which release builds do not have.

use axum::{Json, extract::State};
use chrono::TimeDelta;
use domain::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(crate) struct Advance {
    /// Seconds to add.
    advance: i64,
}

/// `POST /dev/clock`.
pub(crate) async fn advance(State(clock): State<Clock>, Json(by): Json<Advance>) -> Json<Value> {
    clock.advance(TimeDelta::seconds(by.advance));
    Json(json!({ "now": clock.now() }))
}
