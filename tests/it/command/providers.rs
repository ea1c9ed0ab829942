//! The command `providers`: callback URLs, and what to set, without secrets.

use std::fs;

use crate::it::support::{ProcessOutput, SECRET, repository_root, run_bookplate};

const GITHUB: [(&str, &str); 2] =
    [("AUTH_GITHUB_CLIENT_ID", "Iv1.1234"), ("GITHUB_CLIENT_SECRET", "hunter2")];

/// Runs `bookplate providers` with these settings.
async fn providers(arguments: &[&str], settings: &[(&str, &str)]) -> ProcessOutput {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["providers"], arguments].concat();
    let ended = run_bookplate(folder.path(), &arguments, settings).await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file was written");
    ended
}

#[tokio::test]
async fn each_configured_provider_has_its_exact_callback_url() {
    for (settings, url) in [
        (&[][..], "http://localhost:3000/api/auth/callback/github"),
        (&[("PORT", "4000")], "http://localhost:4000/api/auth/callback/github"),
        (
            &[("BETTER_AUTH_URL", "https://books.example.com/"), ("AUTH_BASE_PATH", "/auth/")],
            "https://books.example.com/auth/callback/github",
        ),
    ] {
        let printed = providers(&[], &[&GITHUB, settings].concat()).await.expect_success();
        assert!(printed.contains(&format!("callback URL  {url}\n")), "{printed}");
        assert!(printed.contains("GitHub (github)") && !printed.contains("Google"), "{printed}");
        assert!(printed.contains("https://github.com/settings/developers"), "{printed}");
        assert!(printed.contains("read:user user:email"), "{printed}");
        assert!(!printed.contains("hunter2") && !printed.contains("Iv1.1234"), "{printed}");
    }
}

#[tokio::test]
async fn base_urls_that_providers_refuse_are_warned_of() {
    for (url, warning) in [
        ("", Some("! BETTER_AUTH_URL is not set")),
        ("http://127.0.0.1:3000", Some("! BETTER_AUTH_URL is http://127.0.0.1:3000/: these")),
        ("http://books.example.com", Some("most providers refuse callback URLs without https")),
        ("https://books.example.com", None),
    ] {
        let settings = [&GITHUB[..], &[("BETTER_AUTH_URL", url), ("BETTER_AUTH_SECRET", SECRET)]];
        let printed = providers(&[], &settings.concat()).await.expect_success();
        match warning {
            Some(warning) => assert!(printed.contains(warning), "{printed}"),
            None => assert!(!printed.contains('!'), "{printed}"),
        }
    }
}

#[tokio::test]
async fn all_providers_are_listed_with_their_variables() {
    let printed = providers(&["--all"], &[]).await.expect_success();
    for text in [
        "GitHub (github)\n",
        "http://localhost:3000/api/auth/callback/github\n",
        "AUTH_GITHUB_CLIENT_ID and AUTH_GITHUB_CLIENT_SECRET",
        "AUTH_MICROSOFT_TENANT_ID: ",
        "AUTH_APPLE_PRIVATE_KEY_FILE: ",
        "AUTH_COGNITO_USER_POOL_ID: ",
    ] {
        assert!(printed.contains(text), "{text} is missing in {printed}");
    }
    assert!(printed.matches("callback URL  ").count() >= 35, "{printed}");
    let none = providers(&[], &[]).await.expect_success();
    assert!(none.contains("No provider is configured. `bookplate providers --all`"), "{none}");
}

/// A custom provider is printed, too.
#[tokio::test]
async fn providers_of_a_file_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = "[keycloak]\nname = \"Staff\"\nclient_id = \"books\"\nclient_secret = \"hunter2\"\n\
                discovery_url = \"https://id.example.com/.well-known/openid-configuration\"\n";
    fs::write(folder.path().join("providers.toml"), file).unwrap();
    let settings = [("AUTH_PROVIDERS_FILE", "providers.toml")];
    let printed = run_bookplate(folder.path(), &["providers"], &settings).await.expect_success();
    assert!(printed.contains("Staff (keycloak)"), "{printed}");
    assert!(printed.contains("/api/auth/callback/keycloak\n"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
}

/// Variables of `.env` count as those of the process do.
#[tokio::test]
async fn providers_are_configured_in_the_env_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "GITHUB_CLIENT_ID=id\nAUTH_GITHUB_CLIENT_SECRET=hunter2\nAUTH_GOOGLE_ID=id\n";
    fs::write(folder.path().join(".env"), file).unwrap();
    let printed = run_bookplate(folder.path(), &["providers"], &[]).await.expect_success();
    assert!(printed.contains("GitHub (github)"), "{printed}");

    let other = [("GITHUB_CLIENT_SECRET", "hunter22")];
    let refused = run_bookplate(folder.path(), &["providers"], &other).await.expect_failure();
    assert!(refused.contains("AUTH_GITHUB_CLIENT_SECRET and GITHUB_CLIENT_SECRET have different"));
    let meant = "AUTH_GOOGLE_ID is no setting; AUTH_GOOGLE_CLIENT_ID is one";
    assert!(refused.contains(meant) && !refused.contains("hunter2"), "{refused}");
}

#[tokio::test]
async fn the_table_of_providers_is_in_the_documents() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["settings", "--format", "providers"];
    let made = run_bookplate(folder.path(), &arguments, &[]).await.expect_success();
    let page = fs::read_to_string(repository_root().join("docs/sign-in.md")).unwrap();
    let (_, table) =
        page.split_once("<!-- providers: `just docs` writes this table -->\n").unwrap();
    let (table, _) = table.split_once("<!-- end of providers -->").unwrap();
    assert_eq!(table, made, "docs/sign-in.md is out of date: run `just docs`");
}
