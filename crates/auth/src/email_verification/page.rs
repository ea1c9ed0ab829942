//! The page whose button confirms a change of address. Mail scanners open links, but press
//! no buttons. It needs no script.

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};
use domain::{Error, Result};
use minijinja::{Environment, context};
use url::Url;

/// The name makes the engine escape what stands in it.
const NAME: &str = "page.html";
const PAGE: &str = include_str!("page.html");

/// Whether a browser opened the link to show what comes, and not a program to read it.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => !said(ACCEPT.as_str()).is_some_and(|accept| {
            accept.contains("application/json") && !accept.contains("text/html")
        }),
    }
}

/// What the page asks.
pub(super) struct Question<'a> {
    /// Where the account moves to.
    pub(super) to: &'a str,
    /// Whether the new address asks; the old one does before.
    pub(super) is_last: bool,
    pub(super) token: &'a str,
    pub(super) callback: Option<&'a str>,
}

/// Asks whether the address shall be changed.
pub(super) fn show(question: &Question<'_>) -> Result<Response> {
    let &Question { to, is_last, token, callback } = question;
    let (title, asked, button) = if is_last {
        ("Use your new address", format!("Your account gets the address {to}."), "Use this address")
    } else {
        (
            "Change your address",
            format!("Your account shall move to {to}. A link is mailed there next."),
            "Confirm the change",
        )
    };
    let mut pages = Environment::new();
    pages.add_template(NAME, PAGE).map_err(Error::internal)?;
    let page = pages.get_template(NAME).map_err(Error::internal)?;
    let page = page
        .render(context! { title, question => asked, token, callback, button })
        .map_err(Error::internal)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy(callback)?),
        // The link's secret stands in the page's URL. With `no-referrer`, browsers would
        // not say in `Origin` either that the form is ours.
        (REFERRER_POLICY, HeaderValue::from_static("strict-origin")),
    ];
    Ok((headers, page).into_response())
}

/// Nothing but the page's own style, and a form that is posted here; its answer may lead
/// to `callback`, which browsers count as a part of that.
fn policy(callback: Option<&str>) -> Result<HeaderValue> {
    let target = callback.and_then(|url| Url::parse(url).ok()).map(|url| {
        let origin = url.origin();
        if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) }
    });
    let target = target.map(|target| format!(" {target}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'self'{target}"
    );
    HeaderValue::from_str(&policy).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_may_lead_where_the_link_leads() {
        let ends = |callback: Option<&str>| {
            let policy = policy(callback).unwrap();
            policy.to_str().unwrap().rsplit("; ").next().unwrap().to_owned()
        };
        assert_eq!(ends(None), "form-action 'self'");
        assert_eq!(ends(Some("/done?x=1")), "form-action 'self'");
        let far = ends(Some("https://app.example/x?y"));
        assert_eq!(far, "form-action 'self' https://app.example");
        assert_eq!(ends(Some("books://done")), "form-action 'self' books:");
    }

    #[test]
    fn programs_are_told_from_browsers() {
        for (headers, wanted) in [
            (vec![], true),
            (vec![("accept", "text/html,*/*")], true),
            (vec![("accept", "application/json")], false),
            (vec![("sec-fetch-mode", "navigate"), ("accept", "text/html")], true),
            (vec![("sec-fetch-mode", "cors")], false),
        ] {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .map(|(name, value): (axum::http::HeaderName, _)| (name, value))
                .collect();
            assert_eq!(is_wanted(&map), wanted, "{headers:?}");
        }
    }
}
