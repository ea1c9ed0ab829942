//! Redis restored from an old snapshot: ended sessions stay ended.

use serde_json::{Value, json};

use super::{Shared, at_node, sessions};
use crate::it::support::{Backend, Client, PASSWORD};

const EVENTS: [&str; 8] = [
    "sign-out",
    "revoke-session",
    "revoke-other-sessions",
    "revoke-sessions",
    "change-password",
    "reset-password",
    "delete-user",
    "nothing",
];

/// A user with two sessions, of which an event ends the second one.
struct UserWithTwoSessions {
    first: Client,
    second: Client,
    name: String,
}

impl UserWithTwoSessions {
    async fn new(shared: &Shared, event: &str) -> Self {
        let name = event.replace('-', "");
        let (first, second) = (shared.app.signed_in(&name).await, shared.app.anonymous());
        sessions::sign_in(&second, &name).await;
        Self { first, second, name }
    }

    /// Performs an event.
    async fn apply(&self, shared: &Shared, event: &str) {
        let token = super::token(&self.second).await;
        let post = async |client: &Client, body: Value| {
            let response = client.post(&format!("/api/auth/{event}"), body).await;
            assert_eq!(response.status.as_u16(), 200, "{event}: {}", response.text);
        };
        match event {
            "nothing" => {}
            "sign-out" => post(&at_node(&shared.app.app, &self.second), json!({})).await,
            "revoke-session" => post(&self.first, json!({ "token": token })).await,
            "change-password" => {
                let body = json!({
                    "currentPassword": PASSWORD, "newPassword": "another horse battery",
                    "revokeOtherSessions": true,
                });
                post(&self.first, body).await;
            }
            "reset-password" => {
                let email = format!("{}@example.com", self.name);
                let address = json!({ "email": email });
                self.first.post("/api/auth/request-password-reset", address).await;
                let token = shared.app.newest_mail("reset", &email).await.link_token();
                post(&self.first, json!({ "token": token, "newPassword": "another horse" })).await;
            }
            "delete-user" => post(&self.first, json!({ "password": PASSWORD })).await,
            _ => post(&self.first, json!({})).await,
        }
    }

    /// Returns whether the second session is valid, on every kind of route.
    async fn is_signed_in(&self) -> bool {
        let session = sessions::session(&self.second).await != Value::Null;
        let me = self.second.query("{ me { id } }").await.data()["me"] != Value::Null;
        assert_eq!(session, me, "{}", self.name);
        session
    }
}

#[tokio::test]
async fn ended_sessions_stay_ended_after_redis_restored_a_snapshot() {
    let Some(mut shared) = Shared::start_with(&["--auth-revoke-sessions-on-reset", "true"]).await
    else {
        return;
    };
    let another = shared.open_another().await;
    let mut users = Vec::new();
    for event in EVENTS {
        users.push((event, UserWithTwoSessions::new(&shared, event).await));
    }
    let () = shared.redis.run_command("SAVE", &[]);
    for (event, user) in &users {
        user.apply(&shared, event).await;
        assert_eq!(user.is_signed_in().await, *event == "nothing", "{event}");
    }

    shared.redis.kill();
    shared.redis.run().await;

    // In Redis, the sessions exist again.
    assert_eq!(shared.redis.keys("active-sessions-").len(), EVENTS.len());
    for (event, user) in &users {
        let at_second_node = at_node(&another, &user.second);
        assert_eq!(
            sessions::session(&at_second_node).await == Value::Null,
            *event != "nothing",
            "{event}"
        );
        assert_eq!(user.is_signed_in().await, *event == "nothing", "{event}");
    }
    // The valid session lists no ended sessions.
    for (event, count) in [("nothing", 2), ("revoke-session", 1), ("revoke-other-sessions", 1)] {
        let (_, user) = users.iter().find(|(name, _)| *name == event).unwrap();
        let list = user.first.get("/api/auth/list-sessions").await.json();
        assert_eq!(list.as_array().unwrap().len(), count, "{event}: {list}");
    }
}

#[tokio::test]
async fn records_of_ended_sessions_last_until_their_expiry() {
    let Some(shared) = Shared::start().await else { return };
    let count = async || {
        let sql = r#"select cast(count(*) as text) from "revokedSession""#;
        shared.app.database.first_column(sql).await
    };
    let ann = shared.app.signed_in("ann").await;
    ann.post("/api/auth/sign-out", json!({})).await;
    assert_eq!(count().await, ["1"]);
    shared.app.app.sweep().await.unwrap();
    assert_eq!(count().await, ["1"]);
    shared.app.clock.advance(chrono::TimeDelta::days(60));
    shared.app.app.sweep().await.unwrap();
    assert_eq!(count().await, ["0"]);
}

/// Returns statements that make the database refuse and accept records of ended sessions.
fn refusal() -> (&'static str, &'static str) {
    match Backend::current() {
        Backend::Sqlite => (
            r#"create trigger refuse before insert on "revokedSession"
                begin select raise(abort, 'refused'); end"#,
            "drop trigger refuse",
        ),
        Backend::Postgres => (
            r#"create function refuse() returns trigger language plpgsql as
                'begin raise exception ''refused''; end';
               create trigger refuse before insert on "revokedSession"
                for each row execute function refuse()"#,
            r#"drop trigger refuse on "revokedSession"; drop function refuse()"#,
        ),
    }
}

/// The first attempt fails in the database; the second one is acknowledged.
#[tokio::test]
async fn an_end_acknowledged_at_the_second_attempt_is_recorded() {
    let Some(mut shared) = Shared::start().await else { return };
    for event in ["sign-out", "revoke-other-sessions"] {
        let user = UserWithTwoSessions::new(&shared, event).await;
        let () = shared.redis.run_command("SAVE", &[]);
        let database = &shared.app.database;
        let (refuse, allow) = refusal();
        database.execute(refuse).await;
        let client = if event == "sign-out" { &user.second } else { &user.first };
        let response = client.post(&format!("/api/auth/{event}"), json!({})).await;
        assert_eq!(response.status.as_u16(), 500, "{event}: {}", response.text);
        database.execute(allow).await;

        user.apply(&shared, event).await;
        assert!(!user.is_signed_in().await, "{event}");
        shared.redis.kill();
        shared.redis.run().await;
        assert!(!user.is_signed_in().await, "{event}");
    }
}
