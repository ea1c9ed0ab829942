//! Links of another person, in a browser with a session.

use serde_json::json;

use super::{EMAIL, link};
use crate::it::support::{Client, Mail, Response, TestApp};

/// A click in a web mail, a click in a mail program, and a browser without such headers.
const CLICKS: [&[(&str, &str)]; 3] = [
    &[("sec-fetch-mode", "navigate"), ("sec-fetch-site", "cross-site")],
    &[("sec-fetch-mode", "navigate"), ("sec-fetch-site", "none")],
    &[("accept", "text/html")],
];

async fn start() -> TestApp {
    TestApp::start_with(&["--auth-plugins=magic-link,anonymous"]).await
}

/// A guest who owns a book, and their id.
async fn guest(app: &TestApp) -> (Client, String) {
    let client = app.anonymous();
    client.post_auth("sign-in/anonymous", json!({})).await.expect_ok();
    client.create_book("Emma").await;
    let id = client.user_id().await;
    (client, id)
}

async fn owners(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "userId" from "book""#).await
}

async fn click(client: &Client, mail: &Mail, headers: &[(&str, &str)]) -> Response {
    client.get_with_headers(&mail.link_path(), headers).await
}

fn is_button(response: &Response) -> bool {
    response.text.contains("<button>")
}

#[tokio::test]
async fn a_link_of_another_person_takes_nothing_from_a_guest_before_the_button_is_pressed() {
    let app = start().await;
    let (client, id) = guest(&app).await;
    let mail = link(&app, EMAIL).await;
    for headers in CLICKS {
        let page = click(&client, &mail, headers).await;
        assert!(is_button(&page) && page.text.contains(EMAIL), "{}", page.text);
        assert!(page.set_cookies().is_empty());
    }
    assert_eq!(client.user_id().await, id);
    assert_eq!(owners(&app).await, [id]);
    let fields = [("token", &*mail.link_token()), ("callbackURL", "/")];
    client.post_form("/api/auth/magic-link/verify", &fields, &[]).await;
    assert_eq!(client.session().await["user"]["email"], EMAIL);
    assert_eq!(owners(&app).await, [client.user_id().await]);
}

#[tokio::test]
async fn a_user_who_is_signed_in_presses_a_button_before_they_are_another_one() {
    let app = start().await;
    let bob = app.signed_in("bob").await;
    let id = bob.user_id().await;
    let mail = link(&app, EMAIL).await;
    assert!(is_button(&click(&bob, &mail, CLICKS[0]).await));
    assert_eq!(bob.user_id().await, id);
    // Their own link signs in at once.
    let own = link(&app, "bob@example.com").await;
    assert!(!is_button(&click(&bob, &own, CLICKS[0]).await));
    assert_eq!(bob.user_id().await, id);
}

#[tokio::test]
async fn a_link_signs_in_at_once_in_the_browser_that_requested_it_and_in_one_without_a_session() {
    for store in ["plain", "hashed"] {
        let flags = ["--auth-plugins=magic-link,anonymous", "--auth-magic-link-store-token", store];
        let app = TestApp::start_with(&flags).await;
        let (client, guest) = guest(&app).await;
        let body = json!({ "email": EMAIL });
        client.post_auth("sign-in/magic-link", body).await.expect_ok();
        let mail = app.newest_mail("magic-link", EMAIL).await;
        assert!(!is_button(&click(&client, &mail, CLICKS[0]).await));
        let ann = client.user_id().await;
        assert_ne!(ann, guest);
        assert_eq!(owners(&app).await, std::slice::from_ref(&ann));
        let other = app.anonymous();
        assert!(!is_button(&click(&other, &link(&app, EMAIL).await, CLICKS[0]).await));
        assert_eq!(other.user_id().await, ann);
    }
}
