//! The destination of a request with a mailed link.

use axum::http::{HeaderMap, header::ACCEPT};

/// better-auth's default target of a link. A service without a front end has no such page and
/// shows its own.
pub(crate) const HOME: &str = "/";

/// Where a request with a link ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    /// At the URL that the link names.
    Target(&'a str),
    /// At a page of this server: a person opened a link that names no page of the application.
    Page,
    /// At a program, which reads JSON.
    Program,
}

impl<'a> Destination<'a> {
    /// The destination of a request with these headers, for a link to `callback`.
    pub(crate) fn of(headers: &HeaderMap, callback: Option<&'a str>) -> Self {
        match callback.filter(|url| !url.is_empty()) {
            None | Some(HOME) if is_navigation(headers) => Self::Page,
            Some(url) => Self::Target(url),
            None => Self::Program,
        }
    }
}

/// Whether a browser opened the link in a tab.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    match text(headers, "sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => accept(headers).contains("text/html"),
    }
}

/// Whether a page may be shown instead of JSON: to everyone except a program that asks for
/// JSON. A mail scanner sends no such header.
pub(crate) fn accepts_page(headers: &HeaderMap) -> bool {
    let accept = accept(headers);
    let prefers_page = accept.contains("text/html") || !accept.contains("application/json");
    text(headers, "sec-fetch-mode").map_or(prefers_page, |mode| mode == "navigate")
}

fn accept(headers: &HeaderMap) -> &str {
    text(headers, ACCEPT.as_str()).unwrap_or_default()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn programs_are_distinguished_from_browsers() {
        for (pairs, accepts, navigates) in [
            (vec![], true, false),
            (vec![("accept", "*/*")], true, false),
            (vec![("accept", "text/html,*/*")], true, true),
            (vec![("accept", "application/json")], false, false),
            (vec![("accept", "text/html,application/json")], true, true),
            (vec![("sec-fetch-mode", "navigate"), ("accept", "*/*")], true, true),
            (vec![("sec-fetch-mode", "cors"), ("accept", "text/html")], false, false),
        ] {
            let headers = headers(&pairs);
            assert_eq!((accepts_page(&headers), is_navigation(&headers)), (accepts, navigates));
        }
    }

    #[test]
    fn a_browser_gets_the_servers_page_if_the_link_names_none() {
        let browser = headers(&[("accept", "text/html")]);
        for (callback, for_browser, for_program) in [
            (None, Destination::Page, Destination::Program),
            (Some(""), Destination::Page, Destination::Program),
            (Some("/"), Destination::Page, Destination::Target("/")),
            (Some("/x"), Destination::Target("/x"), Destination::Target("/x")),
        ] {
            assert_eq!(Destination::of(&browser, callback), for_browser, "{callback:?}");
            assert_eq!(Destination::of(&headers(&[]), callback), for_program, "{callback:?}");
        }
    }
}
