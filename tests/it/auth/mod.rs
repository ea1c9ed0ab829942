//! The authentication, seen from outside.

mod headers;
mod hostile;
mod mail_limit;
mod password_limit;
mod proxies;
mod rate_limit;
mod redirects;
