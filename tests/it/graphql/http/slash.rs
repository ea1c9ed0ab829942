//! A trailing slash in paths.

use super::{JSON, document, request};
use crate::it::support::TestApp;

#[tokio::test]
async fn a_trailing_slash_is_ignored() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let json = [("content-type", JSON)];
    let sent = request("POST", "/graphql/", &json, document("{ __typename }"));
    assert_eq!(anyone.send(sent).await.data()["__typename"], "Query");
    let queried = anyone.get("/graphql/?query=%7B__typename%7D").await;
    assert_eq!(queried.data()["__typename"], "Query");
    let page = request("GET", "/graphql/", &[("accept", "text/html")], "");
    assert!(anyone.send(page).await.header("content-type").starts_with("text/html"));
    let preflight = anyone.send(request("OPTIONS", "/graphql/", &[], "")).await;
    assert_eq!(preflight.header("allow"), "GET, HEAD, POST, OPTIONS");
    for (path, status) in [
        ("/healthz/", 200),
        ("/readyz/", 200),
        ("/api/protected/me/", 401),
        ("/graphql//", 404),
        ("//graphql", 404),
        ("//", 404),
        ("/nowhere/", 404),
    ] {
        assert_eq!(anyone.get(path).await.status.as_u16(), status, "{path}");
    }
}

/// better-auth has a setting of the same name.
#[tokio::test]
async fn a_trailing_slash_of_authentication_routes_is_ignored_if_configured() {
    let setting = ["--auth-skip-trailing-slashes", "true"];
    for (flags, status, closed) in [(&[][..], 404, 404), (&setting[..], 200, 404)] {
        let closing = ["--auth-disabled-paths", "/list-sessions"];
        let app = TestApp::start_with(&[flags, &closing].concat()).await;
        let anyone = app.anonymous();
        assert_eq!(anyone.get("/api/auth/ok/").await.status.as_u16(), status);
        assert_eq!(anyone.get("/api/auth/get-session/?x=1").await.status.as_u16(), status);
        assert_eq!(anyone.get("/api/auth/list-sessions/").await.status.as_u16(), closed);
        for path in ["/api/auth/", "/api/auth/ok//", "/api/auth//ok"] {
            assert_eq!(anyone.get(path).await.status.as_u16(), 404, "{path}");
        }
    }
}
