//! Redis that comes back as it was a while ago: nobody who was signed out is signed in again.

use serde_json::{Value, json};

use super::{Shared, at, sessions};
use crate::it::support::{Backend, Client, PASSWORD};

const WAYS: [&str; 8] = [
    "sign-out",
    "revoke-session",
    "revoke-other-sessions",
    "revoke-sessions",
    "change-password",
    "reset-password",
    "delete-user",
    "nothing",
];

/// Somebody with two sessions, and what ends the second one.
struct Person {
    first: Client,
    second: Client,
    name: String,
}

impl Person {
    async fn new(shared: &Shared, way: &str) -> Self {
        let name = way.replace('-', "");
        let (first, second) = (shared.app.signed_in(&name).await, shared.app.anonymous());
        sessions::sign_in(&second, &name).await;
        Self { first, second, name }
    }

    async fn undergo(&self, shared: &Shared, way: &str) {
        let token = super::token(&self.second).await;
        let post = async |client: &Client, body: Value| {
            let response = client.post(&format!("/api/auth/{way}"), body).await;
            assert_eq!(response.status.as_u16(), 200, "{way}: {}", response.text);
        };
        match way {
            "nothing" => {}
            "sign-out" => post(&at(&shared.app.app, &self.second), json!({})).await,
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
                let ask = json!({ "email": email });
                self.first.post("/api/auth/request-password-reset", ask).await;
                let token = shared.app.newest_mail("reset", &email).await.link_token();
                post(&self.first, json!({ "token": token, "newPassword": "another horse" })).await;
            }
            "delete-user" => post(&self.first, json!({ "password": PASSWORD })).await,
            _ => post(&self.first, json!({})).await,
        }
    }

    /// Whether the second session counts, asked in each way.
    async fn is_signed_in(&self) -> bool {
        let session = sessions::session(&self.second).await != Value::Null;
        let me = self.second.query("{ me { id } }").await.data()["me"] != Value::Null;
        assert_eq!(session, me, "{}", self.name);
        session
    }
}

#[tokio::test]
async fn nobody_is_signed_in_again_by_a_redis_that_went_back_in_time() {
    let Some(mut shared) = Shared::start_with(&["--auth-revoke-sessions-on-reset", "true"]).await
    else {
        return;
    };
    let another = shared.another().await;
    let mut people = Vec::new();
    for way in WAYS {
        people.push((way, Person::new(&shared, way).await));
    }
    let () = shared.redis.ask("SAVE", &[]);
    for (way, person) in &people {
        person.undergo(&shared, way).await;
        assert_eq!(person.is_signed_in().await, *way == "nothing", "{way}");
    }

    shared.redis.kill();
    shared.redis.run().await;

    // They are there again, as far as Redis knows.
    assert_eq!(shared.redis.keys("active-sessions-").len(), WAYS.len());
    for (way, person) in &people {
        let there = at(&another, &person.second);
        assert_eq!(sessions::session(&there).await == Value::Null, *way != "nothing", "{way}");
        assert_eq!(person.is_signed_in().await, *way == "nothing", "{way}");
    }
    // Whoever may go on sees no sessions that were ended.
    for (way, count) in [("nothing", 2), ("revoke-session", 1), ("revoke-other-sessions", 1)] {
        let (_, person) = people.iter().find(|(name, _)| *name == way).unwrap();
        let list = person.first.get("/api/auth/list-sessions").await.json();
        assert_eq!(list.as_array().unwrap().len(), count, "{way}: {list}");
    }
}

#[tokio::test]
async fn what_was_ended_is_remembered_until_it_would_have_ended_by_itself() {
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

/// Statements after which the database refuses to remember ends of sessions, and takes them.
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

/// A first try fails in the database; the second one is acknowledged.
#[tokio::test]
async fn an_end_that_is_acknowledged_at_the_second_try_is_remembered() {
    let Some(mut shared) = Shared::start().await else { return };
    for way in ["sign-out", "revoke-other-sessions"] {
        let person = Person::new(&shared, way).await;
        let () = shared.redis.ask("SAVE", &[]);
        let database = &shared.app.database;
        let (refuse, allow) = refusal();
        database.execute(refuse).await;
        let client = if way == "sign-out" { &person.second } else { &person.first };
        let response = client.post(&format!("/api/auth/{way}"), json!({})).await;
        assert_eq!(response.status.as_u16(), 500, "{way}: {}", response.text);
        database.execute(allow).await;

        person.undergo(&shared, way).await;
        assert!(!person.is_signed_in().await, "{way}");
        shared.redis.kill();
        shared.redis.run().await;
        assert!(!person.is_signed_in().await, "{way}");
    }
}
