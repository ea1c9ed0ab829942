//! The table of providers in `docs/sign-in.md`, and what `bookplate providers` says of each.

use std::fmt::Write;

use auth::oauth::provider::Definition;

use super::{
    names::{PRIVATE_KEY, PRIVATE_KEY_FILE, variable},
    provider_settings::{CLIENT_ID, CLIENT_SECRET},
};

/// The table of the built-in providers, as in `docs/sign-in.md`.
pub(crate) fn table() -> String {
    let mut text = String::from(
        "| provider | client id | default scopes | further variables |\n|---|---|---|---|\n",
    );
    for definition in Definition::built_in().values() {
        let Definition { id, name, console, scopes, .. } = definition;
        let name = match console {
            Some(url) => format!("[{name}]({url})"),
            None => name.clone(),
        };
        let scopes: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let further: Vec<_> = own_variables(definition)
            .iter()
            .map(|(name, about)| format!("`{name}`: {about}"))
            .collect();
        let [client_id, _] = credential_variables(id);
        // Writing to a text does not fail.
        _ = writeln!(
            text,
            "| {name} | `{client_id}` | {} | {} |",
            scopes.join(", "),
            further.join("; ").replace('|', "\\|"),
        );
    }
    text
}

/// The variables of the client id and the client secret.
pub(crate) fn credential_variables(id: &str) -> [String; 2] {
    [CLIENT_ID, CLIENT_SECRET].map(|setting| {
        let [name, _] = variable(id, setting.name);
        name
    })
}

/// The variables that not every provider has, and what they are.
pub(crate) fn own_variables(definition: &Definition) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |suffix: &str, about: String| {
        let [name, _] = variable(&definition.id, suffix);
        all.push((name, about));
    };
    if definition.token.client_secret_jwt_audience.is_some() {
        add(
            PRIVATE_KEY,
            "private key (PEM) from which client secrets are made, in place of the client secret"
                .to_owned(),
        );
        add(PRIVATE_KEY_FILE, "file with this key".to_owned());
    }
    for (name, it) in &definition.variables {
        let default = match &it.default {
            Some(default) if !default.contains('{') => format!(" (default `{default}`)"),
            _ => String::new(),
        };
        let about = format!("{}, e.g. `{}`{default}", it.description, it.example);
        add(&name.to_ascii_uppercase(), about);
    }
    all
}
