//! Which mailed links remain valid after an event that ends earlier authorizations.

use std::fmt::Write;

use serde_json::json;

use crate::it::support::{Client, Mail, PASSWORD, Response, TestApp};

const NEW: &str = "another horse battery";
/// The flags that [`link_table`] needs.
pub(in crate::it) const FLAGS: [&str; 2] = ["--auth-delete-user-verification", "true"];

/// The kinds of mailed links.
const TOKENS: [&str; 5] = ["verify", "change, step 1", "change, step 2", "reset", "delete"];

/// What happens to a user between the mail and the opening of its link.
const EVENTS: [&str; 8] = [
    "nothing",
    "reset",
    "change of password",
    "sign out everywhere",
    "sign out elsewhere",
    "end of a session",
    "change of address",
    // No operation bans users yet, so the test advances the epoch.
    "ban",
];

/// A user with unopened links.
struct UserWithLinks {
    client: Client,
    name: String,
    email: String,
    password: &'static str,
    links: Vec<(&'static str, Mail)>,
}

impl UserWithLinks {
    /// Signs a user up and requests every link that a verified or unverified address can have.
    async fn with_links(app: &TestApp, name: &str, is_verified: bool) -> Self {
        let client = app.signed_in(name).await;
        let email = format!("{name}@example.com");
        let mut links = Vec::new();
        if is_verified {
            client.verify_email(app, name).await;
            let first =
                request_change(app, &client, &email, &format!("{name}.one@example.com")).await;
            client.open_link(&first).await;
            let to = format!("{name}.one@example.com");
            links.push(("change, step 2", app.newest_mail("change-email-verification", &to).await));
            let to = format!("{name}.two@example.com");
            links.push(("change, step 1", request_change(app, &client, &email, &to).await));
        } else {
            client
                .post_auth_strings("send-verification-email", &[("email", &email)])
                .await
                .expect_ok();
            links.push(("verify", app.newest_mail("verification", &email).await));
        }
        links.push(("reset", request_reset(app, &email).await));
        client.post_auth_strings("delete-user", &[]).await.expect_ok();
        links.push(("delete", app.newest_mail("delete-account", &email).await));
        Self { client, name: name.to_owned(), email, password: PASSWORD, links }
    }

    /// Performs an event, and signs in again.
    async fn apply(&mut self, app: &TestApp, event: &str) {
        let client = &self.client;
        match event {
            "nothing" => {}
            "reset" => {
                let token = request_reset(app, &self.email).await.link_token();
                app.anonymous().reset_password(&token, NEW).await.expect_ok();
                self.password = NEW;
            }
            "change of password" => {
                let fields = [("currentPassword", PASSWORD), ("newPassword", NEW)];
                client.post_auth_strings("change-password", &fields).await.expect_ok();
                self.password = NEW;
            }
            "sign out everywhere" => {
                _ = client.post_auth_strings("revoke-sessions", &[]).await.expect_ok();
            }
            "sign out elsewhere" => {
                _ = client.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok();
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
        // The links are opened with a session, or their pages are submitted.
        self.client.sign_in(&self.email, self.password).await.expect_ok();
    }

    /// Opens a link with everything it requires.
    async fn open(&self, token: &str) -> Option<Response> {
        let (_, link) = self.links.iter().find(|(name, _)| *name == token)?;
        let (client, secret) = (&self.client, link.link_token());
        Some(match token {
            "verify" => client.get_auth(&format!("verify-email?token={secret}")).await,
            "reset" => client.reset_password(&secret, "evil horse battery").await,
            "delete" => client.get_auth(&format!("delete-user/callback?token={secret}")).await,
            _ => client.post_auth_strings("verify-email", &[("token", &secret)]).await,
        })
    }
}

/// Requests a change of address, and returns the mail to the old address.
async fn request_change(app: &TestApp, client: &Client, email: &str, to: &str) -> Mail {
    client.post_auth_strings("change-email", &[("newEmail", to)]).await.expect_ok();
    app.newest_mail("change-email-confirmation", email).await
}

/// Requests a reset link, and returns its mail.
async fn request_reset(app: &TestApp, email: &str) -> Mail {
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", email)])
        .await
        .expect_ok();
    app.newest_mail("reset", email).await
}

/// Returns the outcome of each link after an event. Without an event, each link gets a user of its
/// own, since the first link opened voids the others.
async fn outcomes(app: &TestApp, number: usize, event: &str, is_verified: bool) -> Vec<String> {
    let mut results = Vec::new();
    let mut user: Option<UserWithLinks> = None;
    for (index, token) in TOKENS.into_iter().enumerate() {
        if event == "nothing" || user.is_none() {
            let name = format!("p{number}{}{index}", if is_verified { "v" } else { "u" });
            let mut new = UserWithLinks::with_links(app, &name, is_verified).await;
            new.apply(app, event).await;
            user = Some(new);
        }
        let Some(response) = user.as_ref().unwrap().open(token).await else { continue };
        let (status, code) = response.status_and_code();
        let result = if status == 200 { "works".to_owned() } else { format!("{status} {code}") };
        results.push(format!("{token}|{result}"));
    }
    results
}

/// Returns the outcomes of all kinds of links after all events, as a table.
pub(in crate::it) async fn link_table(app: &TestApp) -> String {
    let mut link_table = format!("{:<20}", "event");
    for token in TOKENS {
        write!(link_table, " {token:<18}").unwrap();
    }
    for (number, event) in EVENTS.into_iter().enumerate() {
        let mut results = outcomes(app, number, event, false).await;
        results.extend(outcomes(app, number, event, true).await);
        write!(link_table, "\n{event:<20}").unwrap();
        for token in TOKENS {
            let mut cells: Vec<_> = results
                .iter()
                .filter_map(|result| result.strip_prefix(&format!("{token}|")))
                .collect();
            cells.dedup();
            write!(link_table, " {:<18}", cells.join(", ")).unwrap();
        }
    }
    link_table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Asserts the table; the outcomes are equal in every session store.
pub(in crate::it) fn assert_link_table(link_table: &str) {
    insta::allow_duplicates! {
        insta::assert_snapshot!(link_table, @r"
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
async fn each_event_voids_all_links_mailed_before() {
    let app = TestApp::start_with(&FLAGS).await;
    assert_link_table(&link_table(&app).await);
}

#[tokio::test]
async fn revoking_sessions_advances_the_epoch() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let epoch = async || {
        let epochs = app.database.first_column(r#"select cast("epoch" as text) from "user""#).await;
        epochs[0].parse::<i64>().unwrap()
    };
    assert_eq!(epoch().await, 0);
    for (index, route) in ["revoke-other-sessions", "revoke-sessions"].into_iter().enumerate() {
        ann.post_auth_strings(route, &[]).await.expect_ok();
        assert_eq!(epoch().await, i64::try_from(index).unwrap() + 1);
    }
}
