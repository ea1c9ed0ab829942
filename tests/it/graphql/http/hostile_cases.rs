//! The requests that `bench hostile` measures have the outcomes of its table.

#[path = "../../../bench/src/hostile/cases.rs"]
mod cases;

use serde_json::Value;

use self::cases::Hostile;
use super::{assert_alive, post};
use crate::it::support::TestApp;

#[tokio::test]
async fn every_hostile_request_has_its_expected_outcome() {
    let app = TestApp::start_with_demo_data().await;
    let anyone = app.anonymous();
    let mut wrong = Vec::new();
    for Hostile { name, body, status, code } in cases::all() {
        // The second execution uses caches.
        for _ in 0..2 {
            let response = post(&anyone, &[], body.clone()).await;
            let json = response.json();
            let found = json.pointer("/errors/0/extensions/code").and_then(Value::as_str);
            let found = (response.status.as_u16(), found.unwrap_or_default());
            if found != (status, code) || (!code.is_empty() && response.text.len() > 20_000) {
                wrong.push(format!(
                    "{name}: {found:?} {} {:.200}",
                    response.text.len(),
                    response.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_alive(&app).await;
}
