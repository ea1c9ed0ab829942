mod file;
mod plugins;

use auth::oauth::StateStorage;
use clap::Parser;
use secrecy::ExposeSecret;

use super::*;
use crate::{
    cli::Cli,
    config::{Config, Settings},
};

/// The settings with these variables, and flags.
fn settings(variables: &[(&str, &str)], flags: &[&str]) -> Settings {
    let flags = ["bookplate"].iter().chain(flags);
    let mut settings = Cli::try_parse_from(flags).unwrap().settings;
    settings.variables = variables.iter().copied().collect();
    settings
}

fn config(variables: &[(&str, &str)]) -> Result<Config, String> {
    Config::new(settings(variables, &[])).map_err(|problems| problems.to_string())
}

fn with_flags(flags: &[&str]) -> Result<Config, String> {
    Config::new(settings(&[], flags)).map_err(|problems| problems.to_string())
}

/// The problems of a GitHub or other provider that is configured but for these variables.
#[track_caller]
fn assert_refused(variables: &[(&str, &str)], told: &str) {
    let problems = config(variables).unwrap_err();
    assert!(problems.contains(told), "{told} is missing in {problems}");
    assert!(!problems.contains("hunter2"), "{problems}");
}

const GITHUB: [(&str, &str); 2] =
    [("AUTH_GITHUB_CLIENT_ID", "id"), ("AUTH_GITHUB_CLIENT_SECRET", "hunter2")];

fn with_github<'v>(variables: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    [&GITHUB, variables].concat()
}

#[test]
fn credentials_turn_a_provider_on_in_both_forms() {
    assert!(config(&[]).unwrap().oauth.providers.is_empty());
    let short = GITHUB.map(|(name, value)| (name.strip_prefix("AUTH_").unwrap(), value));
    let both = [GITHUB, short].concat();
    for variables in [&GITHUB[..], &short, &both] {
        let config = config(variables).unwrap();
        let [github] = &*config.oauth.providers else { panic!("{variables:?}") };
        assert_eq!((&*github.definition.id, &*github.client_ids), ("github", &["id".into()][..]));
        assert_eq!(github.client_secret.as_ref().unwrap().expose_secret(), "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(config.unknown.is_empty(), "{:?}", config.unknown);
    }
}

#[test]
fn different_values_of_the_two_forms_are_refused() {
    assert_refused(
        &with_github(&[("GITHUB_CLIENT_SECRET", "hunter22")]),
        "AUTH_GITHUB_CLIENT_SECRET and GITHUB_CLIENT_SECRET have different values; set one of them",
    );
    assert_refused(
        &with_github(&[("GITHUB_CLIENT_ID", "other")]),
        "AUTH_GITHUB_CLIENT_ID and GITHUB_CLIENT_ID have different values",
    );
}

#[test]
fn the_first_of_several_client_ids_signs_in() {
    let config = config(&[
        ("AUTH_GOOGLE_CLIENT_ID", "web, ios ,android"),
        ("AUTH_GOOGLE_CLIENT_SECRET", "s"),
    ]);
    assert_eq!(config.unwrap().oauth.providers[0].client_ids, ["web", "ios", "android"]);
    assert_refused(
        &[("AUTH_GOOGLE_CLIENT_ID", "web ios"), ("AUTH_GOOGLE_CLIENT_SECRET", "s")],
        "AUTH_GOOGLE_CLIENT_ID is \"web ios\", which has spaces",
    );
}

#[test]
fn incomplete_and_misspelled_providers_stop_the_start() {
    for (variables, told) in [
        (
            &[("AUTH_GITHUB_CLIENT_ID", "id")][..],
            "AUTH_GITHUB_CLIENT_SECRET must be set with AUTH_GITHUB_CLIENT_ID, e.g. \
             AUTH_GITHUB_CLIENT_SECRET=",
        ),
        (
            &[("DISCORD_CLIENT_ID", "id")],
            "AUTH_DISCORD_CLIENT_SECRET must be set with AUTH_DISCORD_CLIENT_ID",
        ),
        (
            &[("AUTH_GITHUB_CLIENT_SECRET", "hunter2")],
            "AUTH_GITHUB_CLIENT_SECRET is set, but AUTH_GITHUB_CLIENT_ID is not; set both or none",
        ),
        (
            &[("AUTH_MICROSOFT_TENANT_ID", "common")],
            "AUTH_MICROSOFT_TENANT_ID is set, but AUTH_MICROSOFT_CLIENT_ID is not",
        ),
        (
            &[("AUTH_GOGLE_CLIENT_ID", "id")],
            "AUTH_GOGLE_CLIENT_ID names the unknown provider \"GOGLE\"; \
             AUTH_GOOGLE_CLIENT_ID is one",
        ),
        (
            &[("AUTH_ACME_CLIENT_SECRET", "hunter2")],
            "AUTH_ACME_CLIENT_SECRET names the unknown provider \"ACME\"; \
             `bookplate providers --all` lists all",
        ),
        (
            &[("AUTH_COGNITO_CLIENT_ID", "id")],
            "AUTH_COGNITO_DOMAIN must be set with AUTH_COGNITO_CLIENT_ID, e.g. \
             AUTH_COGNITO_DOMAIN=bookplate.auth.",
        ),
    ] {
        assert_refused(variables, told);
    }
}

/// Their names are not ours: another program may need them.
#[test]
fn variables_of_other_programs_have_no_effect() {
    for variable in ["GITHUB_CLIENT_SECRET", "GITHUB_SCOPES", "GITLAB_ISSUER", "ACME_CLIENT_ID"] {
        let config = config(&[(variable, "hunter2")]).unwrap();
        assert!(config.oauth.providers.is_empty() && config.unknown.is_empty(), "{variable}");
    }
}

#[test]
fn the_choices_of_a_provider_are_read() {
    let config = config(&with_github(&[
        ("AUTH_GITHUB_SCOPES", "repo, gist  notifications"),
        ("GITHUB_PROMPT", "select_account"),
        ("AUTH_GITHUB_ACCESS_TYPE", "offline"),
        ("AUTH_GITHUB_DISABLE_DEFAULT_SCOPES", "true"),
        ("AUTH_GITHUB_DISABLE_SIGN_UP", "1"),
        ("AUTH_GITHUB_DISABLE_IMPLICIT_SIGN_UP", "true"),
        ("AUTH_GITHUB_OVERRIDE_USER_INFO", "true"),
        ("AUTH_GITHUB_REQUIRE_EMAIL_VERIFICATION", "true"),
        ("AUTH_GITHUB_DISABLE_ID_TOKEN", "true"),
        ("AUTH_GITHUB_AUTHORIZATION_URL", "https://github.example.com/authorize"),
        ("AUTH_GITHUB_TOKEN_URL", "http://localhost:4000/token"),
        ("AUTH_GITHUB_USER_INFO_URL", "http://127.0.0.1:4000/user"),
        ("AUTH_GITHUB_JWKS_URL", "http://[::1]:4000/keys"),
    ]));
    let github = &config.unwrap().oauth.providers[0];
    assert_eq!(github.default_and_further_scopes(), ["repo", "gist", "notifications"]);
    assert_eq!(github.prompt.as_deref(), Some("select_account"));
    assert_eq!(github.access_type.as_deref(), Some("offline"));
    assert!(github.disable_sign_up && github.disable_implicit_sign_up && github.disable_id_token);
    assert!(github.override_user_info && github.require_email_verification);
    let Definition { authorization_url, token_url, user_info_url, jwks_url, .. } =
        &github.definition;
    for (url, expected) in [
        (authorization_url, "https://github.example.com/authorize"),
        (token_url, "http://localhost:4000/token"),
        (user_info_url, "http://127.0.0.1:4000/user"),
        (jwks_url, "http://[::1]:4000/keys"),
    ] {
        assert_eq!(url.as_deref(), Some(expected));
    }
}

#[test]
fn every_row_of_a_provider_is_checked() {
    for setting in PROVIDER_SETTINGS.settings {
        let name = format!("AUTH_GITHUB_{}", setting.name);
        match setting.default {
            super::super::DefaultValue::Switch(_) => {
                assert_refused(
                    &with_github(&[(&name, "perhaps")]),
                    &format!("{name} is \"perhaps\", but must be true or false"),
                );
            }
            _ if setting.name.ends_with("_URL") => {
                for url in ["http://github.example.com", "ftp://localhost", "github.com"] {
                    assert_refused(
                        &with_github(&[(&name, url)]),
                        &format!(
                            "{name} is \"{url}\", but must be an https URL, or http with a \
                                  loopback address, e.g. {name}="
                        ),
                    );
                }
                let login = "http://ann:hunter2@id.example.com";
                assert_refused(&with_github(&[(&name, login)]), &name);
            }
            _ => assert!(
                ["CLIENT_ID", "CLIENT_SECRET", "SCOPES", "PROMPT", "ACCESS_TYPE"]
                    .contains(&setting.name)
            ),
        }
    }
}

#[test]
fn variables_of_a_provider_change_its_urls() {
    let microsoft = |variables: &[(&str, &str)]| {
        config(&[&[("MICROSOFT_CLIENT_ID", "id")], variables].concat())
    };
    let tenant = [("AUTH_MICROSOFT_TENANT_ID", "organizations")];
    let definition = microsoft(&tenant).unwrap().oauth.providers.remove(0).definition;
    assert_eq!(definition.variables["tenant_id"].value.as_deref(), Some("organizations"));
    assert_refused(
        &[
            ("AUTH_PAYPAL_CLIENT_ID", "id"),
            ("AUTH_PAYPAL_CLIENT_SECRET", "hunter2"),
            ("AUTH_PAYPAL_ENVIRONMENT", "live!"),
        ],
        "AUTH_PAYPAL_ENVIRONMENT is \"live!\", but must be ",
    );
}

#[test]
fn a_variable_that_makes_a_wrong_url_is_named() {
    let gitlab = [("AUTH_GITLAB_CLIENT_ID", "id"), ("AUTH_GITLAB_CLIENT_SECRET", "hunter2")];
    assert_refused(
        &[&gitlab[..], &[("AUTH_GITLAB_ISSUER", "foo")]].concat(),
        "AUTH_GITLAB_ISSUER is wrong for gitlab: authorization_url must be an https URL, or http \
         with a loopback address, and is foo/oauth/authorize; a valid value is \
         AUTH_GITLAB_ISSUER=https://gitlab.example.com",
    );
}

#[test]
fn apples_private_key_is_a_variable_or_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("AuthKey.p8");
    std::fs::write(&path, "-----BEGIN\nhunter2\nEND-----\n").unwrap();
    let path = path.to_str().unwrap();
    let apple = [
        ("AUTH_APPLE_CLIENT_ID", "com.example.books"),
        ("AUTH_APPLE_TEAM_ID", "A1B2C3D4E5"),
        ("AUTH_APPLE_KEY_ID", "F6G7H8J9K0"),
    ];
    for key in [
        ("AUTH_APPLE_PRIVATE_KEY", "-----BEGIN\\nhunter2\\nEND-----"),
        ("APPLE_PRIVATE_KEY_FILE", path),
    ] {
        let apple = config(&[&apple[..], &[key]].concat()).unwrap().oauth.providers.remove(0);
        let secret = apple.client_secret.unwrap();
        assert_eq!(secret.expose_secret(), "-----BEGIN\nhunter2\nEND-----");
    }
    let missing = ("AUTH_APPLE_PRIVATE_KEY_FILE", "/nowhere/key.p8");
    assert_refused(
        &[&apple[..], &[missing]].concat(),
        "AUTH_APPLE_PRIVATE_KEY_FILE names the file \"/nowhere/key.p8\", which cannot be read",
    );
    let without_ids = [apple[0], ("AUTH_APPLE_PRIVATE_KEY", "hunter2")];
    assert_refused(&without_ids, "AUTH_APPLE_KEY_ID must be set with AUTH_APPLE_PRIVATE_KEY");
}

#[test]
fn settings_of_all_providers_are_read() {
    let config = with_flags(&[
        "--auth-oauth-state=cookie",
        "--auth-encrypt-oauth-tokens=true",
        "--auth-account-linking-trusted-providers=github, google",
        "--auth-account-linking-implicit=false",
        "--auth-plugins=oauth-proxy",
        "--auth-oauth-proxy-production-url=https://books.example.com",
        "--auth-oauth-proxy-secret=0123456789abcdefghijklmnopqrstuv",
    ]);
    let Config { oauth, .. } = config.unwrap();
    assert_eq!(oauth.state, StateStorage::Cookie);
    assert!(oauth.encrypt_tokens && oauth.linking.enabled && !oauth.linking.implicit);
    assert_eq!(oauth.linking.trusted_providers, ["github", "google"]);
    let ProxyConfig { production_url, secret } = oauth.proxy;
    assert_eq!(production_url.unwrap().as_str(), "https://books.example.com/");
    assert!(secret.is_some());
    for (flag, told) in [
        (
            "--auth-account-linking-trusted-providers=githbu",
            "AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS has \"githbu\", which is no provider, e.g. \
             AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS=github",
        ),
        ("--auth-oauth-proxy-production-url=books", "which is not an http URL"),
        ("--auth-oauth-proxy-secret=hunter2", "AUTH_OAUTH_PROXY_SECRET has fewer than 32"),
    ] {
        let problems = with_flags(&[flag]).unwrap_err();
        assert!(problems.contains(told) && !problems.contains("hunter2"), "{problems}");
    }
}
