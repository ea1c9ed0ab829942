//! Authentication of sockets: cookies, tokens and origins.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use super::{BASE_URL, PROTOCOL, ServedApp, Socket, cookie};
use crate::it::support::PASSWORD;

/// Returns `me` over a socket.
async fn query_me(socket: &mut Socket) -> Value {
    socket.execute("me", "{ me { name } }").await;
    let query_me = socket.next("me").await["me"]["name"].clone();
    assert_eq!(socket.receive().await["type"], "complete");
    query_me
}

/// Cross-site WebSocket hijacking: any page can open a socket, and browsers send the cookie.
#[tokio::test]
async fn an_untrusted_page_cannot_open_a_socket_with_a_cookie() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let cookie = cookie(&ann);
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost:3000.evil.example")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        let headers = [&[PROTOCOL, ("cookie", &*cookie)], headers].concat();
        let Err(Error::Http(refusal)) = Socket::try_open(served.port, &headers).await else {
            panic!("{headers:?}")
        };
        assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
        let body = String::from_utf8(refusal.body().clone().unwrap_or_default()).unwrap();
        assert!(body.contains("INVALID_ORIGIN"), "{body}");
    }
}

#[tokio::test]
async fn a_token_takes_precedence_over_the_cookie() {
    let served = ServedApp::open().await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let former = ann.duplicate();
    former.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    // One session ended, and its cookie is sent first.
    let both = format!("{}; {}", cookie(&former), cookie(&ann));
    former.post_auth_strings("sign-out", &[]).await.expect_ok();
    let cookie = cookie(&ann);
    let (port, token) = (served.port, bob.signed_session_token());
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
        assert_eq!(query_me(&mut socket).await, name, "{headers:?} {payload}");
    }
}
