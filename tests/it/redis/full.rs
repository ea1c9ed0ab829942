//! A full or read-only Redis: sessions can be ended, and limits are counted.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Shared, sessions, token};
use crate::it::support::PASSWORD;

impl super::Redis {
    /// Removes or restores the memory for writes.
    fn set_full(&self, is_full: bool) {
        let bytes = if is_full { "1" } else { "0" };
        let () = self.run_command("CONFIG", &["SET", "maxmemory", bytes]);
    }
}

#[tokio::test]
async fn a_full_redis_reads_and_ends_sessions() {
    let Some(shared) = Shared::start_with(&["--auth-rate-limit", "true"]).await else { return };
    let app = &shared.app;
    let ann = app.anonymous().at_address("192.0.2.1");
    ann.sign_up("ann").await;
    let others: Vec<_> =
        (2..5).map(|index| app.anonymous().at_address(&format!("192.0.2.{index}"))).collect();
    for other in &others {
        sessions::sign_in(other, "ann").await;
    }
    shared.redis.set_full(true);

    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
    let list = ann.get("/api/auth/list-sessions").await;
    assert_eq!(list.json().as_array().map(Vec::len), Some(4), "{}", list.text);
    let first = token(&others[0]).await;
    for (who, path, body) in [
        (&ann, "revoke-session", json!({ "token": first })),
        (&others[1], "sign-out", json!({})),
        (&ann, "revoke-other-sessions", json!({})),
    ] {
        let response = who.post(&format!("/api/auth/{path}"), body).await;
        assert_eq!(response.status, StatusCode::OK, "{path}: {}", response.text);
    }
    for other in &others {
        assert_eq!(sessions::session(other).await, Value::Null);
    }
    // A session due for extension is extended.
    app.clock.advance(TimeDelta::days(2));
    let before = shared.redis.json(&token(&ann).await);
    assert!(before["session"]["updatedAt"].as_str().unwrap().starts_with("2026-11-22"));
    assert!(shared.redis.seconds(&token(&ann).await) > 600_000);
    let ended = ann.post("/api/auth/revoke-sessions", json!({})).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    assert_eq!(sessions::session(&ann).await, Value::Null);

    // New sessions are refused.
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let refused = ann.post("/api/auth/sign-in/email", body.clone()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    shared.redis.set_full(false);
    assert_eq!(ann.post("/api/auth/sign-in/email", body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_read_only_redis_is_reported_by_readyz_and_doctor() {
    let Some(shared) = Shared::start().await else { return };
    let ready = async || {
        shared.app.clock.advance(TimeDelta::seconds(3));
        let response = shared.app.anonymous().get("/readyz").await;
        (response.status.as_u16(), response.json())
    };
    let refused = json!({ "status": "redis unavailable", "failed": ["redis.write"] });
    shared.redis.set_full(true);
    assert_eq!(ready().await, (503, refused.clone()));
    shared.redis.set_full(false);
    assert_eq!(ready().await, (200, json!({ "status": "ok" })));

    let () = shared.redis.run_command("REPLICAOF", &["127.0.0.1", "1"]);
    assert_eq!(ready().await, (503, refused));
    let () = shared.redis.run_command("REPLICAOF", &["NO", "ONE"]);
    assert_eq!(ready().await, (200, json!({ "status": "ok" })));
}

#[tokio::test]
async fn doctor_reports_settings_of_redis_that_lose_data() {
    let Some(shared) = Shared::start().await else { return };
    let url = shared.redis.url();
    let doctor = async || {
        let settings = [("REDIS_URL", &*url)];
        shared.app.database.bookplate_with(&["doctor"], &settings).await.stdout
    };
    let findings = doctor().await;
    assert!(findings.contains("ok       REDIS_URL is redis 127.0.0.1"), "{findings}");
    assert!(findings.contains("append-only"), "{findings}");
    assert!(findings.contains("set `appendonly yes` in Redis"), "{findings}");

    shared.redis.set_full(true);
    let findings = doctor().await;
    assert!(findings.contains("fails (redis.write)"), "{findings}");
    assert!(findings.contains("raise `maxmemory`"), "{findings}");
    shared.redis.set_full(false);
    let () = shared.redis.run_command("REPLICAOF", &["127.0.0.1", "1"]);
    let findings = doctor().await;
    assert!(findings.contains("name the primary"), "{findings}");
}
