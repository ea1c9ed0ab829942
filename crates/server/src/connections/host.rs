//! The host that a request is for.
//!
//! Proxies, caches and virtual hosts choose by it, so that all of them have to see the same
//! one. HTTP/1.0, as many health checks speak it, needs none.
//!
//! Source: RFC 9112, section 3.2, and RFC 3986, section 3.2.

use axum::http::{Request, Version, header::HOST};

/// What is wrong with the host of a request.
pub(super) fn fault<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => None,
        (None, _) => Some("HTTP/1.1 needs the header Host"),
        (Some(_), Some(_)) => Some("the header Host is there more than once"),
        (Some(host), None) if is_valid(host.as_bytes()) => None,
        (Some(_), None) => Some("the header Host is no host with or without a port"),
    }
}

/// Whether this is a host with or without a port. An empty one is for targets that have no
/// authority.
fn is_valid(value: &[u8]) -> bool {
    let (is_host, port) = match value.strip_prefix(b"[") {
        Some(rest) => {
            let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
            let (address, rest) = rest.split_at(end);
            let of_address = |byte: &u8| byte.is_ascii_alphanumeric() || b":.".contains(byte);
            (!address.is_empty() && address.iter().all(of_address), rest.strip_prefix(b"]"))
        }
        None => {
            let end = value.iter().position(|byte| *byte == b':').unwrap_or(value.len());
            let (name, rest) = value.split_at(end);
            (name.iter().all(is_of_name), Some(rest))
        }
    };
    let port = port.map(|port| port.strip_prefix(b":").or(port.is_empty().then_some(port)));
    is_host && port.flatten().is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// Whether a name may have this byte.
fn is_of_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_name_or_an_address_and_a_port_or_none() {
        for good in [
            "books.example.com",
            "BOOKS.example.com:443",
            "api_1:3000",
            "127.0.0.1:3000",
            "[::1]",
            "[fe80::1]:3000",
            "xn--bcher-kva.example",
            "localhost:",
            "",
        ] {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
        for bad in [
            "a b",
            "http://books.example.com",
            "books.example.com/path",
            "us@them",
            "a:b",
            "a:80:80",
            "::1",
            "[::1",
            "[]",
            "[::1]80",
            "[a b]",
            "a?b",
            "a#b",
            "a\\b",
            "\"a\"",
            "b\u{fc}cher.example",
        ] {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
    }
}
