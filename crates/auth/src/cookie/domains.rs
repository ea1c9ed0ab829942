//! For which hosts a browser may hold cookies of our names.
//!
//! Browsers keep a cookie for each pair of name and domain, and one more without a domain,
//! which is the host's alone. They send all that fit the host, and do not say for which
//! domain each of them is. A cookie for another domain than the configured one stands there
//! when `AUTH_COOKIE_DOMAIN` was changed, or when another server (e.g. better-auth on Node
//! with `crossSubDomainCookies`) set it before.

use url::{Host, Url};

/// The domains besides `own` for which browsers keep cookies of `base`'s host; `None` is the
/// host alone.
pub(super) fn others(base: &Url, own: Option<&str>) -> Vec<Option<String>> {
    let host = match base.host() {
        Some(Host::Domain(host)) => host,
        _ => "",
    };
    let all = [None].into_iter().chain(domains(host).map(Some));
    all.filter(|domain| *domain != own).map(|domain| domain.map(str::to_owned)).collect()
}

/// `host` and its parents, up to the domain that somebody has registered. Above it browsers
/// take no cookie, and none for an address or a name without a dot.
fn domains(host: &str) -> impl Iterator<Item = &str> {
    let registered = psl::domain_str(host);
    let parents = std::iter::successors(Some(host), |name| Some(name.split_once('.')?.1));
    parents
        .take_while(move |name| registered.is_some_and(|registered| name.len() >= registered.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains_besides(base: &str, own: Option<&str>) -> Vec<String> {
        let others = others(&Url::parse(base).unwrap(), own).into_iter();
        others.map(|domain| domain.unwrap_or_else(|| "host".to_owned())).collect()
    }

    #[test]
    fn cookies_stand_for_the_host_and_its_domains_below_a_public_suffix() {
        for (base, own, others) in [
            ("http://app.books.test", None, vec!["app.books.test", "books.test"]),
            ("http://app.books.test", Some("books.test"), vec!["host", "app.books.test"]),
            ("http://app.books.test", Some("app.books.test"), vec!["host", "books.test"]),
            (
                "https://a.b.example.co.uk",
                None,
                vec!["a.b.example.co.uk", "b.example.co.uk", "example.co.uk"],
            ),
            ("https://ann.github.io", None, vec!["ann.github.io"]),
            ("http://books", None, vec![]),
            ("http://localhost:3000", None, vec![]),
            ("http://127.0.0.1:3000", None, vec![]),
            ("http://[::1]:3000", None, vec![]),
            ("http://localhost:3000", Some("example.com"), vec!["host"]),
        ] {
            assert_eq!(domains_besides(base, own), others, "{base} {own:?}");
        }
    }
}
