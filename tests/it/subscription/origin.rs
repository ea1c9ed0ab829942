//! Who may open a socket, and as whom.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use super::{BASE_URL, Library, PROTOCOL, Socket, cookie};
use crate::it::support::PASSWORD;

async fn me(socket: &mut Socket) -> Value {
    socket.execute("me", "{ me { name } }").await;
    let me = socket.next("me").await["me"]["name"].clone();
    assert_eq!(socket.hear().await["type"], "complete");
    me
}

/// Cross-site WebSocket hijacking: no page needs the server's consent to open a socket,
/// and browsers add the cookie.
#[tokio::test]
async fn a_page_that_is_not_trusted_opens_no_socket_with_a_cookie() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let cookie = cookie(&ann);
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost:3000.evil.example")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        let headers = [&[PROTOCOL, ("cookie", &*cookie)], headers].concat();
        let Err(Error::Http(refusal)) = Socket::try_open(library.port, &headers).await else {
            panic!("{headers:?}")
        };
        assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
        let body = String::from_utf8(refusal.body().clone().unwrap_or_default()).unwrap();
        assert!(body.contains("INVALID_ORIGIN"), "{body}");
    }
}

#[tokio::test]
async fn a_user_is_known_by_cookie_or_token_and_the_token_counts() {
    let library = Library::open().await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let former = ann.duplicate();
    former.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    // One session ended, and its cookie comes first.
    let both = format!("{}; {}", cookie(&former), cookie(&ann));
    former.post_auth_strings("sign-out", &[]).await.expect_ok();
    let cookie = cookie(&ann);
    let (port, token) = (library.port, bob.signed_session_token());
    let page = [("cookie", &*cookie), ("origin", BASE_URL)];
    for (headers, payload, name) in [
        (&page[..], json!({}), json!("ann")),
        (&[("cookie", &*cookie)], json!({}), json!("ann")),
        (&[("cookie", &*both)], json!({}), json!("ann")),
        (&page, json!({ "authorization": "", "token": null }), json!("ann")),
        (&page, json!({ "authorization": format!("Bearer {token}") }), json!("bob")),
        (&[], json!({ "Authorization": format!("bearer {token}") }), json!("bob")),
        (&[], json!({ "token": token }), json!("bob")),
        (&[("authorization", &*format!("Bearer {token}"))], json!({}), json!("bob")),
        (&[("cookie", "better-auth.session_token=forged.x")], json!({}), json!(null)),
        (&[("origin", "https://evil.example")], json!({}), json!(null)),
    ] {
        let mut socket = Socket::ready(port, headers, payload.clone()).await;
        assert_eq!(me(&mut socket).await, name, "{headers:?} {payload}");
    }
}
