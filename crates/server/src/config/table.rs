//! The table of settings: every section.

use super::{
    connection, cookie, deployment, graphql, graphql_limit, mail, plugins, providers, rate_limit,
    redis, retention, server, session,
    setting::{Section, Setting},
    sign_in, sms, subscription,
};

/// The settings that every command has.
pub const SECTIONS: [Section; 30] = [
    server::SECTION,
    deployment::SECTION,
    sign_in::SECTION,
    providers::SECTION,
    plugins::SECTION,
    plugins::two_factor::SECTION,
    plugins::passkey::SECTION,
    plugins::magic_link::SECTION,
    plugins::email_otp::SECTION,
    plugins::username::SECTION,
    plugins::phone_number::SECTION,
    plugins::anonymous::SECTION,
    plugins::multi_session::SECTION,
    plugins::one_time_token::SECTION,
    plugins::device_authorization::SECTION,
    plugins::siwe::SECTION,
    plugins::last_login_method::SECTION,
    plugins::captcha::SECTION,
    plugins::breach_check::SECTION,
    session::SECTION,
    cookie::SECTION,
    rate_limit::SECTION,
    mail::SECTION,
    sms::SECTION,
    redis::SECTION,
    retention::SECTION,
    graphql::SECTION,
    graphql_limit::SECTION,
    subscription::SECTION,
    connection::SECTION,
];

/// The settings of single commands, which have flags of their own.
pub const COMMANDS: Section =
    Section { title: "Commands", about: "Settings of single commands.", settings: &[IMPORT_FROM] };

pub(crate) const IMPORT_FROM: Setting = Setting::text(
    "IMPORT_FROM",
    "Database that `bookplate import better-auth` reads, unless `--from` names it",
)
.details("The variable keeps a password out of the list of processes.")
.secret();

/// Every setting that every command has.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    const TABLE: &[Section] = &SECTIONS;
    TABLE.iter().flat_map(|section| section.settings)
}
