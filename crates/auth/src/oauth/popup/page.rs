//! The page in the popup window that posts the result to the page that opened it.

use axum::{
    http::{
        HeaderValue,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};
use domain::{Error, Result};
use serde::Serialize;

const SCRIPT: &str = include_str!("page.js");
/// Allows only the script, by its SHA-256.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-6f2LN3T4FKgvoN4EGzJBpbK2r1YF8q3sOMjLsVO+weY='; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// What better-auth's client receives, and the origin that may receive it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    target_origin: &'a str,
    nonce: &'a str,
    /// The signed token of the new session.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    /// The page after the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem<'a>>,
}

/// An error for the client.
#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// A message for the page of this origin with this nonce.
    pub(super) fn new(target_origin: &'a str, nonce: &'a str) -> Self {
        let kind = "better-auth:oauth-popup";
        Self { kind, target_origin, nonce, token: None, redirect_to: None, error: None }
    }

    pub(super) fn signed_in(self, token: &'a str, target: &'a str) -> Self {
        Self { token: Some(token), redirect_to: Some(target), ..self }
    }

    pub(super) fn failed(self, code: &'a str, description: Option<&'a str>) -> Self {
        Self { error: Some(Problem { code, description }), ..self }
    }
}

/// The page that posts a message.
pub(super) fn response(message: &Message<'_>) -> Result<Response> {
    let json = serde_json::to_string(message).map_err(Error::internal)?;
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Signing in</title>\n\
         <p>You can close this window.</p>\n\
         <script type=\"application/json\" id=\"better-auth-oauth-popup\">{}</script>\n\
         <script>{SCRIPT}</script>\n</html>\n",
        escaped(&json)
    );
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, page).into_response())
}

/// JSON without characters that have a meaning in HTML or end a line in JavaScript.
fn escaped(json: &str) -> String {
    let escape = |c| match c {
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    json.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use crypto::base64url;

    use super::*;

    #[test]
    fn the_policy_has_the_hash_of_the_script() {
        let hash = base64url::decode(&crypto::digest(SCRIPT)).unwrap();
        let hash = BASE64_STANDARD.encode(hash);
        assert!(POLICY.contains(&format!("script-src 'sha256-{hash}';")), "{hash}");
    }

    #[tokio::test]
    async fn no_value_ends_the_element_or_is_html() {
        const EVIL: &str = "</script><script>alert(1)</script><!--\u{2028}&quot;\"\\";
        let message = Message::new(EVIL, EVIL).failed(EVIL, Some(EVIL));
        let page = to_bytes(response(&message).unwrap().into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert_eq!(page.matches("<script").count(), 2, "{page}");
        assert!(!page.contains("<!--") && !page.contains('\u{2028}') && !page.contains("&quot;"));
        let json = page.split_once("popup\">").unwrap().1.split_once("</script>").unwrap().0;
        let read: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(read["error"]["description"], EVIL);
    }
}
