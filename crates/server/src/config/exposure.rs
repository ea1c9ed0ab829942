//! Whether other hosts can reach a server that runs in development.
//!
//! Development enables tools for the developer. A forgotten `APP_ENV` must not open them to
//! others: a server that other hosts can reach has the defaults of production.

use std::net::IpAddr;

use auth::oauth::is_loopback;
use url::Url;

/// The setting that lets other hosts reach the server, with its value.
pub(super) fn exposure(host: IpAddr, base_url: Option<&Url>) -> Option<String> {
    if let Some(url) = base_url.filter(|url| !is_local(url)) {
        return Some(format!("BETTER_AUTH_URL is {url}"));
    }
    (!host.to_canonical().is_loopback()).then(|| format!("HOST is {host}"))
}

/// Whether a URL names this machine, for every client.
pub(crate) fn is_local(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_addresses_of_this_machine_are_private() {
        let local: IpAddr = [127, 0, 0, 1].into();
        for (url, private) in [
            ("http://localhost:3000", true),
            ("https://books.localhost", true),
            ("http://127.0.0.1:3000", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:3000", true),
            ("http://[::ffff:127.0.0.1]", false),
            ("https://books.example.com", false),
            ("http://localhost.example.com", false),
            ("http://notlocalhost", false),
            ("http://0.0.0.0:3000", false),
            ("http://192.168.1.7:3000", false),
            ("http://[::]:3000", false),
        ] {
            let url: Url = url.parse().unwrap();
            assert_eq!(exposure(local, Some(&url)).is_none(), private, "{url}");
        }
        for (host, private) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("10.0.0.7", false),
        ] {
            assert_eq!(exposure(host.parse().unwrap(), None).is_none(), private, "{host}");
        }
    }
}
