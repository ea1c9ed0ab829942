//! better-auth's plugins: which are on, and a file for the settings of each.

pub(super) mod anonymous;
pub(super) mod breach_check;
pub(super) mod captcha;
pub(super) mod device_authorization;
mod domain_name;
pub(super) mod email_otp;
pub(super) mod last_login_method;
pub(super) mod magic_link;
pub(super) mod multi_session;
pub(super) mod one_time_token;
pub(super) mod passkey;
pub(super) mod phone_number;
mod service_url;
pub(super) mod siwe;
pub(super) mod two_factor;
pub(super) mod username;

use auth::{Plugin, Plugins};

pub(super) use self::passkey::check_rp_id;

use super::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Plugins", "better-auth's plugins: further sign-in methods, and checks.";
    PLUGINS = Setting::text(
        "AUTH_PLUGINS",
        "better-auth's plugins to turn on, by better-auth's ids, separated by commas, or all",
    )
    .example("two-factor,passkey,magic-link")
    .details(
        "docs/plugins.md describes each plugin. `all`, and `serve --demo`, turn on every plugin \
         except captcha without its secret, and have-i-been-pwned, which asks a service of others.",
    );
}

/// Ids of plugins that are always on, or on with other settings.
const ALWAYS_ON: [&str; 2] = ["bearer", "generic-oauth"];
const ALL: &str = "all";

pub(super) fn check(check: &mut Check) -> Plugins {
    let mut plugins = read(check);
    let (named, is_all) = named(check);
    for plugin in Plugin::ALL {
        let is_named = named.iter().any(|id| id == plugin.id());
        let is_on = match plugin {
            Plugin::HaveIBeenPwned => breach_check::is_on(check, is_named),
            _ => is_named || is_all && plugins.is_on_with_all(plugin),
        };
        plugins.on.extend(is_on.then_some(plugin));
    }
    if plugins.has(Plugin::Captcha) && plugins.captcha.secret_key.is_none() {
        captcha::fail_without_secret(check);
    }
    plugins
}

fn read(check: &mut Check) -> Plugins {
    Plugins {
        on: Vec::new(),
        anonymous: anonymous::check(check),
        breach_check: breach_check::check(check),
        captcha: captcha::check(check),
        device_authorization: device_authorization::check(check),
        email_otp: email_otp::check(check),
        last_login_method: last_login_method::check(check),
        magic_link: magic_link::check(check),
        multi_session: multi_session::check(check),
        one_time_token: one_time_token::check(check),
        passkey: passkey::check(check),
        phone_number: phone_number::check(check),
        siwe: siwe::check(check),
        two_factor: two_factor::check(check),
        username: username::check(check),
    }
}

/// The ids in the list of plugins, and whether it has the word for all.
fn named(check: &mut Check) -> (Vec<String>, bool) {
    let given = check.items(&PLUGINS);
    let ids: Vec<_> = Plugin::ALL.iter().map(|plugin| plugin.id()).collect();
    for id in given.iter().map(String::as_str) {
        if !ids.contains(&id) && !ALWAYS_ON.contains(&id) && id != ALL {
            let known = ids.join(", ");
            let what = format!(
                "has {}, which is no plugin of this server; there are {known} and {ALL}",
                shown(id)
            );
            check.fail(&PLUGINS, &what);
        }
    }
    let is_all = given.iter().any(|id| id == ALL);
    (given, is_all)
}
