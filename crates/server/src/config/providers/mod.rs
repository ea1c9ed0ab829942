//! Sign-in with providers.
//!
//! Most settings of a provider are variables of its own: `provider_settings` declares the settings
//! of each provider, `names` makes the variable names, `provider` reads them. `file` reads the file
//! that describes custom providers.

mod document;
mod file;
mod names;
mod provider;
mod provider_settings;

use std::collections::BTreeMap;

use auth::oauth::{Config, Linking, ProxyConfig, StateStorage, provider::Definition};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use self::file::{Entry, FileSettings};
pub(super) use self::provider_settings::PROVIDER_SETTINGS;
pub(crate) use self::{
    document::{credential_variables, own_variables, table},
    names::Names,
};
use super::{
    check::{Check, shown},
    secret::SECRET_ADVICE,
    setting::{Setting, settings},
};

settings! {
    "Sign-in with providers",
    "Providers such as GitHub or Google, and OpenID Connect servers. \
     [sign-in.md](sign-in.md#providers) has the steps.";
    PROVIDERS_FILE = Setting::text("AUTH_PROVIDERS_FILE", "TOML file that describes further providers")
        .example("providers.toml")
        .details("docs/sign-in.md describes it.");
    STATE = Setting::choice(
        "AUTH_OAUTH_STATE",
        "server",
        &["server", "cookie"],
        "Where a sign-in is remembered while the user is at the provider: server (database or \
         Redis) or cookie (encrypted)",
    );
    ENCRYPT_TOKENS = Setting::switch(
        "AUTH_ENCRYPT_OAUTH_TOKENS",
        false,
        "Whether new provider tokens are encrypted in the database",
    )
    .details("A Node.js server with better-auth that shares the database needs the same setting.");
    KEEP_TOKENS = Setting::switch(
        "AUTH_KEEP_TOKENS_ON_SIGN_IN",
        false,
        "Whether a sign-in keeps the stored tokens of its account instead of replacing them",
    );
    PRIVATE_ADDRESSES = Setting::switch(
        "AUTH_OAUTH_PRIVATE_ADDRESSES",
        false,
        "Whether providers may have addresses of private networks",
    )
    .details("A provider whose configured URL names this machine may always have its addresses.");
    LINKING = Setting::switch(
        "AUTH_ACCOUNT_LINKING", true, "Whether accounts of providers can be linked to users",
    );
    LINKING_IMPLICIT = Setting::switch(
        "AUTH_ACCOUNT_LINKING_IMPLICIT",
        true,
        "Whether a sign-in links an account to the user who has the same verified address",
    );
    TRUSTED_PROVIDERS = Setting::text(
        "AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS",
        "Ids of providers whose accounts are linked even if the provider did not verify their \
         address, separated by commas",
    )
    .example("github")
    .details("List only providers at which users cannot register another person's email address.");
    DIFFERENT_EMAILS = Setting::switch(
        "AUTH_ACCOUNT_LINKING_DIFFERENT_EMAILS",
        false,
        "Whether signed-in users may link accounts with another address than theirs",
    );
    UPDATE_USER_INFO = Setting::switch(
        "AUTH_ACCOUNT_LINKING_UPDATE_USER_INFO",
        false,
        "Whether linking an account replaces the user's name and image by the provider's",
    );
    PRODUCTION_URL = Setting::text(
        "AUTH_OAUTH_PROXY_PRODUCTION_URL",
        "For oauth-proxy: URL of the host whose callback URLs the providers know",
    )
    .computed("`BETTER_AUTH_URL`: this server is the production host")
    .example("https://books.example.com");
    PROXY_SECRET = Setting::text(
        "AUTH_OAUTH_PROXY_SECRET",
        "For oauth-proxy: secret that this host shares with the host of \
         `AUTH_OAUTH_PROXY_PRODUCTION_URL`",
    )
    .computed("`BETTER_AUTH_SECRET`")
    .secret();
}

/// The setting that names the file of custom providers.
const PROVIDERS_FILE_NAME: &str = PROVIDERS_FILE.name;

/// The checked settings, and the names of all variables of providers.
pub(super) fn check(check: &mut Check) -> (Config, Names) {
    let definitions = definitions(check);
    let names = Names::of(definitions.iter().map(|(definition, _)| definition));
    report_unknown_providers(check, &names);
    let ids: Vec<_> = definitions.iter().map(|(definition, _)| definition.id.clone()).collect();
    let providers = definitions
        .into_iter()
        .filter_map(|(definition, file_settings)| {
            provider::provider_config(check, definition, file_settings)
        })
        .collect();
    let config = Config {
        providers,
        state: check
            .choice(&STATE, [StateStorage::Server, StateStorage::Cookie])
            .unwrap_or_default(),
        encrypt_tokens: check.switch(&ENCRYPT_TOKENS),
        keep_tokens_on_sign_in: check.switch(&KEEP_TOKENS),
        private_addresses: check.switch(&PRIVATE_ADDRESSES),
        linking: linking(check, &ids),
        proxy: proxy(check),
    };
    (config, names)
}

/// The built-in providers, and the custom providers with the settings of the file.
fn definitions(check: &mut Check) -> Vec<(Definition, FileSettings)> {
    let built_in = Definition::built_in();
    let mut variable_prefixes: BTreeMap<_, _> =
        built_in.keys().map(|id| (names::variable_prefix(id), id.clone())).collect();
    let mut all: Vec<_> =
        built_in.into_values().map(|definition| (definition, FileSettings::default())).collect();
    for Entry { definition, file_settings } in entries(check) {
        let id = definition.id.clone();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if id.is_empty() || id.len() > 64 || !id.chars().all(is_plain) || id == "credential" {
            let what = format!("has the provider {}", shown(&id));
            let advice = "use 1 to 64 letters, digits, -, _ or ., and not credential";
            check.fail_with_advice(PROVIDERS_FILE_NAME, &what, advice);
        } else if let Some(other) =
            variable_prefixes.insert(names::variable_prefix(&id), id.clone())
        {
            let what = format!("has the provider {id}, but there is {other} already");
            check.fail_with_advice(PROVIDERS_FILE_NAME, &what, "choose another id");
        } else {
            all.push((definition, file_settings));
        }
    }
    all
}

fn entries(check: &mut Check) -> Vec<Entry> {
    let Some(path) = check.text(&PROVIDERS_FILE) else { return Vec::new() };
    file::read(path.trim()).unwrap_or_else(|what| {
        check.fail(&PROVIDERS_FILE, &format!("is {}: {what}", shown(&path)));
        Vec::new()
    })
}

/// A credential of a misspelled provider would silently leave the provider out.
fn report_unknown_providers(check: &mut Check, names: &Names) {
    let variables: Vec<_> = check.variable_names().filter(|name| !names.contains(name)).collect();
    for variable in variables {
        let Some(provider) = names.unknown_provider(&variable) else { continue };
        let what = format!("names the unknown provider {}", shown(provider));
        let meant = names.meant(&variable);
        match meant {
            Some(meant) => check.fail_with_advice(&variable, &what, &format!("{meant} is one")),
            None => check.fail_with_advice(
                &variable,
                &what,
                "`bookplate providers --all` lists all, and AUTH_PROVIDERS_FILE describes others",
            ),
        }
    }
}

fn linking(check: &mut Check, ids: &[String]) -> Linking {
    let trusted_providers = check.items(&TRUSTED_PROVIDERS);
    for id in trusted_providers.iter().filter(|id| !ids.contains(id)) {
        let distance = |known: &&String| strsim::damerau_levenshtein(id, known);
        let nearest = ids.iter().min_by_key(distance).map_or("", String::as_str);
        let what = format!("has {}, which is no provider", shown(id));
        check.fail_with_example(&TRUSTED_PROVIDERS, &what, nearest);
    }
    Linking {
        enabled: check.switch(&LINKING),
        implicit: check.switch(&LINKING_IMPLICIT),
        trusted_providers,
        different_emails: check.switch(&DIFFERENT_EMAILS),
        update_user_info: check.switch(&UPDATE_USER_INFO),
    }
}

fn proxy(check: &mut Check) -> ProxyConfig {
    let production_url = check.text(&PRODUCTION_URL).and_then(|value| {
        let url = Url::parse(value.trim()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() {
            let what = format!("is {}, which is not an http URL", shown(&value));
            check.fail(&PRODUCTION_URL, &what);
        }
        url
    });
    let secret = check.text(&PROXY_SECRET).map(SecretString::from);
    let weakness = secret.as_ref().and_then(|secret| auth::secret_weakness(secret.expose_secret()));
    if let Some(weakness) = weakness {
        check.fail_with_advice(PROXY_SECRET.name, weakness, SECRET_ADVICE);
    }
    ProxyConfig { production_url, secret }
}

#[cfg(test)]
mod tests;
