//! Settings of the plugin.

use auth::siwe::Config;

use super::domain_name::{domain_name, host_and_port};
use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Ethereum", "Sign-in with an Ethereum wallet (EIP-4361).";
    DOMAIN = Setting::text(
        "AUTH_SIWE_DOMAIN", "Host, with its port, that signed messages must name",
    )
    .computed("the one of `BETTER_AUTH_URL`")
    .example("books.example.com");
    EMAIL_DOMAIN_NAME = Setting::text(
        "AUTH_SIWE_EMAIL_DOMAIN_NAME", "Domain of the addresses of users without one",
    )
    .computed("one that receives no mail")
    .example("wallet.example.com");
    ANONYMOUS = Setting::switch(
        "AUTH_SIWE_ANONYMOUS", true, "Whether a sign-in needs no email address",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    Config {
        domain: host_and_port(check, &DOMAIN),
        email_domain_name: domain_name(check, &EMAIL_DOMAIN_NAME),
        anonymous: check.switch(&ANONYMOUS),
    }
}
