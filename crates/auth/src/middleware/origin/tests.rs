//! Pages, their origins, and redirect targets.

use axum::http::{HeaderName, HeaderValue};
use serde_json::json;

use super::*;
use crate::extract::{parse_json, parse_query};

fn origins() -> Origins {
    let base = "http://localhost:3101".parse().unwrap();
    Origins::new(&base, vec!["https://*.example.com".parse().unwrap()])
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        })
        .collect()
}

fn name(result: Result<(), AuthError>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(AuthError::Refused(refusal)) => refusal.code.unwrap_or("no code"),
        Err(AuthError::Failed(_)) => "failed",
    }
}

/// Recorded from `POST /sign-in/email` at better-auth, 2026-11-20.
#[test]
fn sign_in_is_allowed_from_no_page_or_a_trusted_one() {
    let own = ("origin", "http://localhost:3101");
    for (pairs, expected) in [
        (vec![], "ok"),
        (vec![own], "ok"),
        (vec![own, ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], "ok"),
        (vec![own, own], "INVALID_ORIGIN"),
        (vec![own, ("origin", "http://evil.com")], "INVALID_ORIGIN"),
        (vec![("referer", "http://localhost:3101/x"), ("referer", "http://evil.com")], "ok"),
        (vec![("referer", "http://localhost:3101/x/y")], "ok"),
        (vec![("origin", "https://a.example.com")], "ok"),
        (vec![("origin", "http://evil.com")], "INVALID_ORIGIN"),
        (vec![("origin", "http://evil.com\u{e9}")], "INVALID_ORIGIN"),
        (vec![("referer", "http://evil.com/http://localhost:3101/")], "INVALID_ORIGIN"),
        (vec![("origin", "null")], "MISSING_OR_NULL_ORIGIN"),
        (vec![("sec-fetch-mode", "cors")], "MISSING_OR_NULL_ORIGIN"),
        (
            vec![own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
        ),
        (
            vec![("origin", "null"), ("sec-fetch-site", "same-origin"), ("host", "localhost:3101")],
            "ok",
        ),
        (
            vec![("origin", "null"), ("sec-fetch-site", "same-origin"), ("host", "evil.com")],
            "INVALID_ORIGIN",
        ),
    ] {
        assert_eq!(name(check_sign_in(&origins(), &headers(&pairs))), expected, "{pairs:?}");
    }
}

#[test]
fn the_origin_of_a_page_is_never_null_and_never_an_untrusted_one() {
    let hidden = ("origin", "null");
    let (same, own) = (("sec-fetch-site", "same-origin"), "http://localhost:3101");
    for (pairs, expected) in [
        (vec![], None),
        (vec![("referer", "http://localhost:3101/x")], None),
        (vec![("origin", own)], Some(own)),
        (vec![("origin", "https://a.example.com")], Some("https://a.example.com")),
        (vec![("origin", "http://evil.com")], None),
        (vec![hidden], None),
        (vec![hidden, ("sec-fetch-site", "same-site"), ("host", "localhost:3101")], None),
        (vec![hidden, same, ("host", "localhost:3101")], Some(own)),
        (vec![hidden, same, ("host", "evil.com")], None),
        (vec![hidden, same], None),
    ] {
        let found = trusted_page(&origins(), &headers(&pairs));
        assert_eq!(found.as_deref(), expected, "{pairs:?}");
    }
}

#[test]
fn a_websocket_with_a_cookie_must_come_from_a_trusted_page() {
    let (cookie, socket) = (("cookie", "a=b"), ("upgrade", "WebSocket"));
    let (own, evil) = (("origin", "http://localhost:3101"), ("origin", "http://evil.com"));
    for (pairs, expected) in [
        (vec![cookie, evil], "ok"),
        (vec![socket, evil], "ok"),
        (vec![cookie, socket, own], "ok"),
        (vec![cookie, socket, evil], "INVALID_ORIGIN"),
        (vec![cookie, socket], "MISSING_OR_NULL_ORIGIN"),
        (vec![cookie, ("upgrade", "h2c"), socket, evil], "INVALID_ORIGIN"),
    ] {
        let checked = check_route(&origins(), &Method::GET, &headers(&pairs));
        assert_eq!(name(checked), expected, "{pairs:?}");
    }
}

/// Recorded from `POST /sign-in/email` at better-auth, 2026-11-20.
#[test]
fn every_redirect_target_is_checked() {
    let evil = "http://evil.com";
    for (body, query, expected) in [
        (json!({}), "", "ok"),
        (json!({ "callbackURL": "/ok" }), "callbackURL=//evil.com", "ok"),
        (json!({ "callbackURL": null, "redirectTo": "", "errorCallbackURL": 0 }), "", "ok"),
        (json!({ "callbackURL": evil }), "", "INVALID_CALLBACK_URL"),
        (json!({ "callbackURL": "" }), "callbackURL=//evil.com", "INVALID_CALLBACK_URL"),
        (json!({ "redirectTo": evil }), "", "INVALID_REDIRECT_URL"),
        (json!({ "errorCallbackURL": evil }), "", "INVALID_ERROR_CALLBACK_URL"),
        (json!({ "newUserCallbackURL": evil }), "", "INVALID_NEW_USER_CALLBACK_URL"),
        (json!({ "redirectTo": 5 }), "", "no code"),
        (json!({}), "callbackURL=/a&callbackURL=/b", "no code"),
    ] {
        let document = parse_json(body.to_string().as_bytes()).unwrap();
        let found = name(check_targets(&origins(), Some(&document), &parse_query(query)));
        assert_eq!(found, expected, "{body} {query}");
    }
}
