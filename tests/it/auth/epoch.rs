//! Which links still count after what ends everything that was authorized before.

use std::fmt::Write;

use serde_json::json;

use crate::it::support::{Client, Mail, PASSWORD, Response, TestApp};

const NEW: &str = "another horse battery";
/// What else the apps of [`table`] need.
pub(in crate::it) const FLAGS: [&str; 2] = ["--auth-delete-user-verification", "true"];

/// The links that may be mailed.
const TOKENS: [&str; 5] = ["verify", "change, step 1", "change, step 2", "reset", "delete"];

/// What a user, or somebody in their name, does before a link is opened.
const EVENTS: [&str; 8] = [
    "nothing",
    "reset",
    "change of password",
    "sign out everywhere",
    "sign out elsewhere",
    "end of a session",
    "change of address",
    // Nobody can be banned yet: the epoch alone advances.
    "ban",
];

/// Somebody with links that nobody has opened.
struct Person {
    client: Client,
    name: String,
    email: String,
    password: &'static str,
    links: Vec<(&'static str, Mail)>,
}

impl Person {
    /// With all links that an address can have which is proved, or is not.
    async fn with_links(app: &TestApp, name: &str, is_proved: bool) -> Self {
        let client = app.signed_in(name).await;
        let email = format!("{name}@example.com");
        let mut links = Vec::new();
        if is_proved {
            client.verify_email(app, name).await;
            let first =
                ask_for_change(app, &client, &email, &format!("{name}.one@example.com")).await;
            client.open_link(&first).await;
            let to = format!("{name}.one@example.com");
            links.push(("change, step 2", app.newest_mail("change-email-verification", &to).await));
            let to = format!("{name}.two@example.com");
            links.push(("change, step 1", ask_for_change(app, &client, &email, &to).await));
        } else {
            client
                .post_auth_strings("send-verification-email", &[("email", &email)])
                .await
                .expect_ok();
            links.push(("verify", app.newest_mail("verification", &email).await));
        }
        links.push(("reset", ask_for_reset(app, &email).await));
        client.post_auth_strings("delete-user", &[]).await.expect_ok();
        links.push(("delete", app.newest_mail("delete-account", &email).await));
        Self { client, name: name.to_owned(), email, password: PASSWORD, links }
    }

    async fn undergo(&mut self, app: &TestApp, event: &str) {
        let client = &self.client;
        match event {
            "nothing" => {}
            "reset" => {
                let token = ask_for_reset(app, &self.email).await.link_token();
                reset(&app.anonymous(), &token, NEW).await.expect_ok();
                self.password = NEW;
            }
            "change of password" => {
                let fields = [("currentPassword", PASSWORD), ("newPassword", NEW)];
                client.post_auth_strings("change-password", &fields).await.expect_ok();
                self.password = NEW;
            }
            "sign out everywhere" => {
                _ = client.post_auth_strings("revoke-sessions", &[]).await.expect_ok()
            }
            "sign out elsewhere" => {
                _ = client.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok()
            }
            "end of a session" => {
                _ = client.post_auth_strings("revoke-session", &[("token", "x")]).await.expect_ok();
            }
            "change of address" => {
                let to = format!("{}.moved@example.com", self.name);
                client.post_auth_strings("change-email", &[("newEmail", &to)]).await.expect_ok();
                if client.session().await["user"]["emailVerified"] == true {
                    client
                        .open_link(&app.newest_mail("change-email-confirmation", &self.email).await)
                        .await;
                }
                client.open_link(&app.newest_mail("change-email-verification", &to).await).await;
                assert_eq!(client.session().await["user"]["email"], json!(to));
                self.email = to;
            }
            "ban" => {
                let email = &self.email;
                let ban =
                    format!(r#"update "user" set "epoch" = "epoch" + 1 where "email" = '{email}'"#);
                app.database.execute(&ban).await;
            }
            event => panic!("{event}"),
        }
        // Who opens the links can do all that a session and a press can.
        self.client.sign_in(&self.email, self.password).await.expect_ok();
    }

    /// Opens a link with everything that it asks for.
    async fn open(&self, token: &str) -> Option<Response> {
        let (_, link) = self.links.iter().find(|(name, _)| *name == token)?;
        let (client, secret) = (&self.client, link.link_token());
        Some(match token {
            "verify" => client.get_auth(&format!("verify-email?token={secret}")).await,
            "reset" => reset(client, &secret, "evil horse battery").await,
            "delete" => client.get_auth(&format!("delete-user/callback?token={secret}")).await,
            _ => client.post_auth_strings("verify-email", &[("token", &secret)]).await,
        })
    }
}

async fn ask_for_change(app: &TestApp, client: &Client, email: &str, to: &str) -> Mail {
    client.post_auth_strings("change-email", &[("newEmail", to)]).await.expect_ok();
    app.newest_mail("change-email-confirmation", email).await
}

async fn ask_for_reset(app: &TestApp, email: &str) -> Mail {
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", email)])
        .await
        .expect_ok();
    app.newest_mail("reset", email).await
}

async fn reset(client: &Client, token: &str, password: &str) -> Response {
    client.post_auth_strings("reset-password", &[("token", token), ("newPassword", password)]).await
}

/// What the links of a person lead to after an event. Where nothing happened, each is
/// opened by a person of its own: the first would void the others.
async fn opened(app: &TestApp, number: usize, event: &str, is_proved: bool) -> Vec<String> {
    let mut ends = Vec::new();
    let mut person: Option<Person> = None;
    for (i, token) in TOKENS.into_iter().enumerate() {
        if event == "nothing" || person.is_none() {
            let name = format!("p{number}{}{i}", if is_proved { "v" } else { "u" });
            let mut new = Person::with_links(app, &name, is_proved).await;
            new.undergo(app, event).await;
            person = Some(new);
        }
        let Some(response) = person.as_ref().unwrap().open(token).await else { continue };
        let (status, code) = response.status_and_code();
        let end = if status == 200 { "works".to_owned() } else { format!("{status} {code}") };
        ends.push(format!("{token}|{end}"));
    }
    ends
}

/// Every kind of link, and what becomes of it.
pub(in crate::it) async fn table(app: &TestApp) -> String {
    let mut table = format!("{:<20}", "event");
    for token in TOKENS {
        write!(table, " {token:<18}").unwrap();
    }
    for (number, event) in EVENTS.into_iter().enumerate() {
        let mut ends = opened(app, number, event, false).await;
        ends.extend(opened(app, number, event, true).await);
        write!(table, "\n{event:<20}").unwrap();
        for token in TOKENS {
            let mut of: Vec<_> =
                ends.iter().filter_map(|end| end.strip_prefix(&format!("{token}|"))).collect();
            of.dedup();
            write!(table, " {:<18}", of.join(", ")).unwrap();
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Wherever links are kept, the same of them count.
pub(in crate::it) fn is_as_it_shall_be(table: &str) {
    insta::allow_duplicates! {
        insta::assert_snapshot!(table, @r"
    event                verify             change, step 1     change, step 2     reset              delete
    nothing              works              works              works              works              works
    reset                401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    change of password   401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    sign out everywhere  401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    sign out elsewhere   401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    end of a session     401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    change of address    401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    ban                  401 INVALID_TOKEN  401 INVALID_TOKEN  401 INVALID_TOKEN  400 INVALID_TOKEN  404 INVALID_TOKEN
    ");
    }
}

#[tokio::test]
async fn what_ends_an_authorization_voids_every_link_that_was_mailed_before() {
    let app = TestApp::start_with(&FLAGS).await;
    is_as_it_shall_be(&table(&app).await);
}

#[tokio::test]
async fn each_event_begins_the_next_epoch() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let epoch = async || {
        let epochs = app.database.first_column(r#"select cast("epoch" as text) from "user""#).await;
        epochs[0].parse::<i64>().unwrap()
    };
    assert_eq!(epoch().await, 0);
    for (i, route) in ["revoke-other-sessions", "revoke-sessions"].into_iter().enumerate() {
        ann.post_auth_strings(route, &[]).await.expect_ok();
        assert_eq!(epoch().await, i64::try_from(i).unwrap() + 1);
    }
}
