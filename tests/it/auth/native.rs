//! Native apps, whose origins and links have custom URL schemes.

use serde_json::json;

use crate::it::support::{PASSWORD, TestApp};

const APPS: &str = "myapp://,exp://192.168.*.*:*/**";

#[tokio::test]
async fn a_native_app_signs_in_and_is_redirected_by_its_scheme() {
    let app = TestApp::start_with(&["--better-auth-trusted-origins", APPS]).await;
    app.signed_in("ann").await;
    let sign_in = async |origin: &str, callback: &str| {
        let body =
            json!({ "email": "ann@example.com", "password": PASSWORD, "callbackURL": callback });
        let headers = [("origin", origin), ("cookie", "a=b")];
        app.anonymous().post_with_headers("/api/auth/sign-in/email", &headers, body).await
    };
    for (origin, callback) in [
        ("myapp://", "myapp://home?x=1"),
        ("exp://192.168.1.7:8081", "exp://192.168.1.7:8081/--/home"),
        ("http://localhost:3000", "myapp:///"),
    ] {
        let response = sign_in(origin, callback).await;
        assert_eq!(response.status.as_u16(), 200, "{}", response.text);
        assert_eq!(response.header("location"), callback);
    }
    for origin in ["other://", "exp://192.168.evil.example:8081", "exp://8.8.8.8:80"] {
        let response = sign_in(origin, "/").await;
        assert_eq!(response.status.as_u16(), 403, "{origin}");
        assert!(response.text.contains("INVALID_ORIGIN"), "{}", response.text);
        let response = sign_in("myapp://", origin).await;
        assert_eq!(response.status.as_u16(), 403, "{origin}");
        assert!(response.text.contains("INVALID_CALLBACK_URL"), "{}", response.text);
    }
}
