//! The URL of a Redis server.

use std::{fmt, str::FromStr};

use database::url::server_url;
use redis::ConnectionInfo;

/// `redis://USER:PASSWORD@HOST:PORT/DATABASE`, or `rediss://` with TLS.
#[derive(Clone)]
pub struct RedisUrl(pub(super) ConnectionInfo);

impl FromStr for RedisUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if !matches!(scheme, Some("redis" | "rediss")) {
            return Err("is neither redis:// nor rediss://");
        }
        // A password that looks like a host would be shown.
        server_url(text)?;
        text.parse().map(Self).map_err(|_| "is no URL of a Redis server")
    }
}

/// For people and logs, without the password.
impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redis {}", self.0.addr())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_displayed_url_has_no_password() {
        let url: RedisUrl = "rediss://ann:s3cret@cache:6380/2".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "redis cache:6380 redis cache:6380");
    }

    #[test]
    fn urls_of_other_schemes_and_ambiguous_passwords_are_refused() {
        for text in [
            "",
            "cache:6379",
            "http://cache",
            "unix:///run/redis.sock",
            "redis://",
            "redis://ann:6379?cret@cache",
            "redis://ann:6379/cret@cache",
            "redis://:s3cret",
            "redis://:s3#cret@cache",
        ] {
            assert!(text.parse::<RedisUrl>().is_err(), "{text}");
        }
    }
}
