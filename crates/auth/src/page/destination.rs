//! Where the browser goes after a mailed link.

use axum::http::{HeaderMap, header::ACCEPT};

/// better-auth's target of a link that names no other. Without a front end there is no page,
/// and the browser is shown what happened instead.
pub(crate) const HOME: &str = "/";

/// Where the browser goes after a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    /// At the URL that it names.
    Target(&'a str),
    /// At a page of this server: a person opened it, and it names no page of the application.
    Page,
    /// At a program, which reads JSON.
    Program,
}

impl<'a> Destination<'a> {
    /// Where a request with these headers ends, by a link that leads to `callback`.
    pub(crate) fn of(headers: &HeaderMap, callback: Option<&'a str>) -> Self {
        match callback.filter(|url| !url.is_empty()) {
            None | Some(HOME) if is_asked_for(headers) => Self::Page,
            Some(url) => Self::Target(url),
            None => Self::Program,
        }
    }
}

/// Whether a browser opened the link to show what comes.
pub(crate) fn is_asked_for(headers: &HeaderMap) -> bool {
    match said(headers, "sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => accept(headers).contains("text/html"),
    }
}

/// Whether a page may be shown instead of JSON: to everyone except a program that asks for
/// JSON. A mail scanner sends no such header.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let accept = accept(headers);
    let is_of_no_program = accept.contains("text/html") || !accept.contains("application/json");
    said(headers, "sec-fetch-mode").map_or(is_of_no_program, |mode| mode == "navigate")
}

fn accept(headers: &HeaderMap) -> &str {
    said(headers, ACCEPT.as_str()).unwrap_or_default()
}

fn said<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
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
    fn programs_are_told_from_browsers() {
        for (pairs, wanted, asked_for) in [
            (vec![], true, false),
            (vec![("accept", "*/*")], true, false),
            (vec![("accept", "text/html,*/*")], true, true),
            (vec![("accept", "application/json")], false, false),
            (vec![("accept", "text/html,application/json")], true, true),
            (vec![("sec-fetch-mode", "navigate"), ("accept", "*/*")], true, true),
            (vec![("sec-fetch-mode", "cors"), ("accept", "text/html")], false, false),
        ] {
            let headers = headers(&pairs);
            assert_eq!((is_wanted(&headers), is_asked_for(&headers)), (wanted, asked_for));
        }
    }

    #[test]
    fn a_browser_ends_at_a_page_of_ours_where_the_team_names_none() {
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
