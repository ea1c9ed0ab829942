//! Providers with the settings of the oracle's cases.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{
    super::{Definition, Discovered, Provider},
    case::Document,
};
use crate::oauth::ProviderConfig;

/// The definitions of `docs/providers.example.toml`, with their settings.
pub(super) fn examples() -> BTreeMap<String, ProviderConfig> {
    let text = include_str!("../../../../../../docs/providers.example.toml");
    let tables: BTreeMap<String, toml::Table> = toml::from_str(text).unwrap();
    let example = |(id, mut table): (String, toml::Table)| {
        let mut take =
            |key: &str| table.remove(key).map(|value| value.as_str().unwrap().to_owned());
        assert!(take("client_id").is_some() && take("client_secret_env").is_some(), "{id}");
        let (prompt, access_type) = (take("prompt"), take("access_type"));
        let mut definition: Definition = table.try_into().unwrap();
        definition.set_id(&id);
        (id, ProviderConfig { prompt, access_type, ..settings(definition) })
    };
    tables.into_iter().map(example).collect()
}

/// The provider of a case, whose user info URL and JWKS `replace` changes.
pub(super) fn provider(
    id: &str,
    options: &Map<String, Value>,
    is_example: bool,
    discovery: Option<&Document>,
    replace: impl Fn(&str) -> String,
) -> Provider {
    let mut config = if is_example { examples().remove(id).unwrap() } else { config(id, options) };
    let definition = &mut config.definition;
    let real = definition.user_info_url.as_ref().map(|url| definition.expand(url).unwrap());
    definition.user_info_url = real.map(|url| replace(&url));
    let discovered = discovery.cloned().map(|document| Discovered {
        issuer: Some(document.issuer),
        authorization_url: Some(document.authorization_endpoint),
        token_url: Some(document.token_endpoint),
        user_info_url: Some(replace(&document.userinfo_endpoint)),
        jwks_url: Some(replace(&document.jwks_uri)),
        end_session_url: None,
        algorithms: document.id_token_signing_alg_values_supported,
        requires_iss: false,
    });
    assert_eq!(config.definition.discovery_url.is_some(), discovered.is_some(), "{id}");
    Provider::new(config, discovered.as_ref()).unwrap()
}

/// Settings without choices.
fn settings(definition: Definition) -> ProviderConfig {
    ProviderConfig {
        definition,
        client_ids: vec!["client-id".to_owned()],
        client_secret: Some(SecretString::from("client-secret")),
        scopes: Vec::new(),
        disable_default_scopes: false,
        prompt: None,
        access_type: None,
        disable_sign_up: false,
        disable_implicit_sign_up: false,
        override_user_info: false,
        require_email_verification: false,
        disable_id_token: false,
    }
}

/// The settings of a provider, from better-auth's options.
pub(crate) fn config(id: &str, options: &Map<String, Value>) -> ProviderConfig {
    let mut config = settings(Definition::built_in().remove(id).unwrap());
    for (name, value) in options {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let texts = || serde_json::from_value(value.clone()).unwrap();
        match &**name {
            "clientId" => config.client_ids = texts(),
            "scope" => config.scopes = texts(),
            "disableDefaultScope" => config.disable_default_scopes = *value == json!(true),
            "prompt" => config.prompt = Some(text),
            "accessType" => config.access_type = Some(text),
            name => config.definition.set_variable(&snake_case(name), &text).unwrap(),
        }
    }
    config
}

fn snake_case(name: &str) -> String {
    let letter = |c: char| {
        let split = c.is_ascii_uppercase().then_some('_');
        split.into_iter().chain([c.to_ascii_lowercase()])
    };
    name.chars().flat_map(letter).collect()
}
