//! The target of a request: a path and a host.
//!
//! Proxies, caches and virtual hosts route by the host: all of them must see the same one.
//! HTTP/1.0, which many health checks use, needs none.
//!
//! Source: RFC 9112, section 3.2, and RFC 3986, section 3.2.

use axum::http::{Method, Request, Version, header::HOST};

/// The fault in the target of a request, if any. `CONNECT` has a host only, and is refused by
/// its method.
pub(super) fn fault<B>(request: &Request<B>) -> Option<&'static str> {
    if request.uri().path().is_empty() && request.method() != Method::CONNECT {
        return Some("the target is no path");
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => None,
        (None, _) => Some("HTTP/1.1 needs the header Host"),
        (Some(_), Some(_)) => Some("the header Host is there more than once"),
        (Some(host), None) if is_valid(host.as_bytes()) => None,
        (Some(_), None) => Some("the header Host is no host with or without a port"),
    }
}

/// Whether the value is a host with or without a port. Targets without an authority have an
/// empty one.
fn is_valid(value: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte);
    let of_address = |byte: &u8| byte.is_ascii_alphanumeric() || b":.".contains(byte);
    let (is_host, port) = if let Some(rest) = value.strip_prefix(b"[") {
        let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
        let (address, rest) = rest.split_at(end);
        (!address.is_empty() && address.iter().all(of_address), rest.strip_prefix(b"]"))
    } else {
        let end = value.iter().position(|byte| *byte == b':').unwrap_or(value.len());
        let (name, rest) = value.split_at(end);
        (name.iter().all(of_name), Some(rest))
    };
    let port = port.map(|port| port.strip_prefix(b":").or(port.is_empty().then_some(port)));
    is_host && port.flatten().is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
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
