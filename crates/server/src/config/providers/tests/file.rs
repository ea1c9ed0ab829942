//! Tests of the file of providers.

use auth::oauth::provider::ClientAuthentication;
use secrecy::ExposeSecret;

use super::{settings, with_flags};
use crate::config::Config;

/// The configuration with this file of providers.
fn with_file(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("providers.toml");
    std::fs::write(&path, text).unwrap();
    let flag = format!("--auth-providers-file={}", path.display());
    let config = Config::new(settings(variables, &[&flag]));
    config.map_err(|problems| problems.to_string().replace(path.to_str().unwrap(), "FILE"))
}

const KEYCLOAK: &str = "[key-cloak]\nclient_id = \"file\"\nclient_secret_env = \"KC_SECRET\"\n\
                        discovery_url = \"https://id.example.com/.well-known/openid-configuration\"\n\
                        disable_sign_up = true\ntoken = { authentication = \"basic\" }\n";

#[test]
fn a_file_describes_further_providers() {
    let config = with_file(KEYCLOAK, &[("KC_SECRET", "hunter2")]).unwrap();
    let [keycloak] = &*config.oauth.providers else { panic!("{:?}", config.oauth.providers) };
    assert_eq!(keycloak.definition.id, "key-cloak");
    assert_eq!(keycloak.definition.token.authentication, ClientAuthentication::Basic);
    assert_eq!(keycloak.client_ids, ["file"]);
    assert_eq!(keycloak.client_secret.as_ref().unwrap().expose_secret(), "hunter2");
    assert!(keycloak.disable_sign_up && !keycloak.disable_id_token);
}

#[test]
fn variables_override_the_file() {
    let variables = [
        ("AUTH_KEY_CLOAK_CLIENT_ID", "variable"),
        ("AUTH_KEY_CLOAK_CLIENT_SECRET", "hunter2"),
        ("AUTH_KEY_CLOAK_DISABLE_SIGN_UP", "false"),
    ];
    let config = with_file(KEYCLOAK, &variables).unwrap();
    let keycloak = &config.oauth.providers[0];
    assert_eq!(keycloak.client_ids, ["variable"]);
    assert!(!keycloak.disable_sign_up && config.unknown.is_empty());
}

#[test]
fn a_wrong_file_stops_the_start() {
    let url = "discovery_url = \"https://id.example.com\"\n";
    for (text, told) in [
        (KEYCLOAK.to_owned(), "KC_SECRET must be set: it is client_secret_env of key-cloak"),
        ("[a]\nclientid = \"x\"\n".to_owned(), "\"FILE\": line 2: clientid is no key"),
        (format!("[a]\n{url}"), "has a without client_id; add it, or set AUTH_A_CLIENT_ID"),
        ("[a]\nclient_id = \"x\"\n".to_owned(), "is wrong for a: authorization_url is missing"),
        (
            "[a]\nclient_id = \"x\"\ndiscovery_url = \"http://id.example.com\"\n".to_owned(),
            "is wrong for a: discovery_url must be an https URL",
        ),
        (
            format!("[github]\nclient_id = \"x\"\n{url}"),
            "has the provider github, but there is github already",
        ),
        (
            format!("[a-b]\nclient_id = \"x\"\n{url}[a_b]\nclient_id = \"x\"\n{url}"),
            "has the provider a_b, but there is a-b already",
        ),
        (format!("[\"a/b\"]\nclient_id = \"x\"\n{url}"), "has the provider \"a/b\""),
        (format!("[credential]\nclient_id = \"x\"\n{url}"), "has the provider \"credential\""),
        (
            format!("[a]\nclient_id = \"x\"\nclient_secret_file = \"/nowhere\"\n{url}"),
            "names the file \"/nowhere\", which cannot be read",
        ),
        (
            format!("[a]\nclient_id = \"x\"\n{url}token = {{ authentication = \"basic\" }}\n"),
            "AUTH_A_CLIENT_SECRET must be set with AUTH_A_CLIENT_ID",
        ),
    ] {
        let problems = with_file(&text, &[]).unwrap_err();
        assert!(problems.contains(told), "{told} is missing in {problems}");
    }
}

#[test]
fn a_jwks_requires_an_issuer() {
    let text = "[a]\nclient_id = \"x\"\ntoken_url = \"https://a.example\"\nauthorization_url = \
                \"https://a.example\"\njwks_url = \"https://a.example\"\n";
    let problems = with_file(text, &[]).unwrap_err();
    let told = "is wrong for a: jwks_url requires issuer or id_token.issuers";
    assert!(problems.contains(told), "{problems}");
    let issuer = format!("{text}issuer = \"https://a.example\"\n");
    assert_eq!(with_file(&issuer, &[]).unwrap().oauth.providers.len(), 1);
}

#[test]
fn a_missing_file_stops_the_start() {
    let missing = with_flags(&["--auth-providers-file=/nowhere.toml"]).unwrap_err();
    assert!(missing.contains("AUTH_PROVIDERS_FILE is \"/nowhere.toml\": cannot be read"));
}
