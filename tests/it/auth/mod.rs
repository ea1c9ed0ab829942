//! The authentication, as its clients and its attackers see it.

mod account;
mod audit;
mod cache;
mod change_email;
mod change_email_button;
mod cookies;
mod delete_user;
pub(in crate::it) mod epoch;
mod hashes;
mod headers;
mod hostile;
mod mail_limit;
mod password_limit;
mod passwords;
mod proxies;
mod races;
mod rate_limit;
mod redirects;
mod reset;
mod secrets;
mod sessions;
mod sign_in;
mod sign_up;
mod sign_up_hidden;
mod timing;
mod tokens;
mod verification;
