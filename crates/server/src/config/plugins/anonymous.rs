//! Settings of the plugin.

use auth::anonymous::Config;
use chrono::TimeDelta;

use super::domain_name::domain_name;
use crate::config::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Guests", "The plugin `anonymous`: users without a credential, who keep what they own when they sign in.";
    EMAIL_DOMAIN_NAME = Setting::text(
        "AUTH_ANONYMOUS_EMAIL_DOMAIN_NAME",
        "Domain of the placeholder addresses of guests; no mail must reach anybody there",
    )
    .computed("anonymous.placeholder.invalid")
    .example("guests.example.com");
    GENERATE_NAME = Setting::text("AUTH_ANONYMOUS_GENERATE_NAME", "Name of guests")
        .default("Anonymous");
    DISABLE_DELETE = Setting::switch(
        "AUTH_ANONYMOUS_DISABLE_DELETE_ANONYMOUS_USER",
        false,
        "Whether guests can neither delete themselves nor are deleted when they sign in",
    );
    SWEEP_AFTER = Setting::integer(
        "AUTH_ANONYMOUS_SWEEP_AFTER",
        30,
        (0, 3_650),
        "Days after which a guest is deleted whose last session has ended and who owns nothing; 0 is never",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    let days = check.integer(&SWEEP_AFTER);
    Config {
        email_domain_name: domain_name(check, &EMAIL_DOMAIN_NAME),
        name: name(check),
        disable_delete: check.switch(&DISABLE_DELETE),
        sweep_after: (days > 0).then(|| TimeDelta::days(days.into())),
    }
}

fn name(check: &mut Check) -> String {
    let name = check.text_or_default(&GENERATE_NAME);
    if let Some(wrong) = domain::name::error_in(&name) {
        check.fail(&GENERATE_NAME, &format!("is {}, but {wrong}", shown(&name)));
    }
    name
}
