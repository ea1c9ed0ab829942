//! `bookplate providers`: what to enter at each provider. Needs no database, and shows no secret.

use std::fmt::Write;

use auth::oauth::{ProviderConfig, callback_url, provider::Definition};
use url::Url;

use crate::{
    config::{
        Config,
        exposure::is_local,
        providers::{credential_variables, own_variables},
    },
    failure::Failure,
    output,
};

/// Prints the configured providers, or all that can be configured.
pub(super) fn run(config: &Config, all: bool) -> Result<(), Failure> {
    let mut text = String::new();
    let base_url = config.base_url(config.port)?;
    let url = |id: &str| callback_url(&base_url, &config.deployment.base_path, id);
    if all {
        for definition in Definition::built_in().values() {
            describe(&mut text, definition, &url(&definition.id));
            variables(&mut text, definition);
        }
    } else {
        for provider in &config.oauth.providers {
            describe(&mut text, &provider.definition, &url(&provider.definition.id));
            line(&mut text, "scopes", &provider.default_and_further_scopes().join(" "));
            if provider.client_secret.is_none() {
                line(&mut text, "client secret", "none");
            }
        }
        if config.oauth.providers.is_empty() {
            text.push_str(
                "No provider is configured. `bookplate providers --all` lists what to set.\n\n",
            );
        }
    }
    for notice in notices(config, &base_url) {
        // Writing to a text does not fail.
        _ = writeln!(text, "! {notice}");
    }
    output::print(text)
}

/// Name, callback URL, and where it belongs.
fn describe(text: &mut String, definition: &Definition, callback_url: &str) {
    let Definition { id, name, console, .. } = definition;
    let separator = if text.is_empty() { "" } else { "\n" };
    // Writing to a text does not fail.
    _ = writeln!(text, "{separator}{name} ({id})");
    line(text, "callback URL", callback_url);
    if let Some(console) = console {
        line(text, "console", console);
    }
    line(text, "enter there", "the callback URL, as redirect URI (callback URL, return URL)");
}

fn variables(text: &mut String, definition: &Definition) {
    line(text, "set", &credential_variables(&definition.id).join(" and "));
    for (name, about) in own_variables(definition) {
        line(text, "", &format!("{name}: {about}"));
    }
}

fn line(text: &mut String, what: &str, value: &str) {
    // Writing to a text does not fail.
    _ = writeln!(text, "  {what:<14}{value}");
}

/// Warnings about the base URL, which all callback URLs begin with.
fn notices(config: &Config, base_url: &Url) -> Vec<String> {
    let mut notices = Vec::new();
    if is_local(base_url) {
        let given = match config.deployment.base_url {
            Some(_) => format!("BETTER_AUTH_URL is {base_url}"),
            None => format!("BETTER_AUTH_URL is not set, and taken as {base_url}"),
        };
        notices.push(format!(
            "{given}: these callback URLs are for browsers of this machine. In production, set \
             BETTER_AUTH_URL to the public URL, and enter its callback URLs, too"
        ));
    } else if base_url.scheme() == "http" {
        notices.push(format!(
            "BETTER_AUTH_URL is {base_url}: most providers refuse callback URLs without https"
        ));
    }
    let secretless = |it: &&ProviderConfig| it.client_secret.is_none();
    for provider in config.oauth.providers.iter().filter(secretless) {
        let [_, secret] = credential_variables(&provider.definition.id);
        notices.push(format!(
            "{secret} is not set: {} must allow public clients",
            provider.definition.name
        ));
    }
    notices
}
