use clap::Parser;

use super::*;
use crate::cli::Cli;

fn config(args: &[&str]) -> Result<Config, String> {
    let args = ["bookplate"].iter().chain(args);
    let settings = Cli::try_parse_from(args).unwrap().settings;
    Config::new(settings).map_err(|problems| problems.to_string())
}

const SECRET: &str = "--better-auth-secret=0123456789abcdefghijklmnopqrstuv";

#[test]
fn every_wrong_setting_is_named_with_an_example() {
    let problems = config(&[
        "--host=here",
        "--port=70000",
        "--database-url=mysql://root:hunter2@db",
        "--better-auth-url=books",
        "--auth-rate-limit=perhaps",
        "--auth-session-expires-in=week",
        "--log-format=xml",
    ])
    .unwrap_err();
    for variable in [
        "HOST=0.0.0.0",
        "PORT=3000",
        "DATABASE_URL=sqlite://",
        "BETTER_AUTH_URL=https://",
        "AUTH_RATE_LIMIT=true",
        "AUTH_SESSION_EXPIRES_IN=604800",
        "LOG_FORMAT=text",
    ] {
        assert!(problems.contains(variable), "{variable} is missing in {problems}");
    }
    assert!(!problems.contains("hunter2"), "{problems}");
}

#[test]
fn counting_in_redis_needs_one() {
    let problems = config(&["--auth-rate-limit-storage=redis"]).unwrap_err();
    assert!(problems.contains("AUTH_RATE_LIMIT_STORAGE is redis"), "{problems}");
    let redis = "--redis-url=redis://cache";
    assert_eq!(config(&[redis]).unwrap().limit.storage, auth::limit::Storage::Redis);
    let memory = config(&[redis, "--auth-rate-limit-storage=memory"]).unwrap();
    assert_eq!(memory.limit.storage, auth::limit::Storage::Memory);
}

#[test]
fn production_needs_a_strong_secret() {
    for (args, ok) in [
        (&["--app-env=production"][..], false),
        (&["--app-env=production", "--better-auth-secret=short"], false),
        (&["--app-env=production", SECRET], true),
        (&["--app-env=production", &SECRET.replace("better-auth", "auth")], true),
        (&["--app-env=development"], true),
    ] {
        assert_eq!(config(args).is_ok(), ok, "{args:?}");
    }
}

#[test]
fn production_needs_every_secret_that_counts_to_be_strong() {
    let strong = SECRET.split_once('=').unwrap().1;
    let versions = |list: &str| format!("--better-auth-secrets={list}");
    for (args, wrong) in [
        (vec![versions(&format!("2:{strong},1:abc"))], Some("BETTER_AUTH_SECRETS has a version 1")),
        (vec![versions(&format!("2:abc,1:{strong}"))], Some("BETTER_AUTH_SECRETS has a version 2")),
        (
            vec![versions(&format!("2:{strong}")), "--better-auth-secret=abc".to_owned()],
            Some("BETTER_AUTH_SECRET has fewer"),
        ),
        (
            vec![versions(&format!("2:{strong}")), "--auth-secret=abc".to_owned()],
            Some("AUTH_SECRET has fewer"),
        ),
        (vec![versions(&format!("2:{strong},1:{strong}x")), SECRET.to_owned()], None),
    ] {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let production = [&["--app-env=production"], args.as_slice()].concat();
        let told = config(&production).err();
        match wrong {
            Some(wrong) => {
                let told = told.unwrap_or_else(|| panic!("{args:?}"));
                assert!(told.contains(wrong) && !told.contains("abc"), "{told}");
                assert_eq!(config(&args).unwrap().place.weak_secrets.len(), 1);
            }
            None => assert_eq!(told, None, "{args:?}"),
        }
    }
}

#[test]
fn each_secret_has_a_version_of_its_own() {
    let versions = |list: &str| config(&[&format!("--better-auth-secrets={list}")]);
    assert!(versions("3:new,2:old,1:older").is_ok());
    for twice in ["2:new,2:old", "3:new,1:old,1:older"] {
        assert!(versions(twice).unwrap_err().contains("twice"), "{twice}");
    }
}

#[test]
fn production_is_strict_by_default() {
    let production = config(&["--app-env=production", SECRET]).unwrap();
    assert!(!production.graphql.introspection && production.limit.on);
    let development = config(&[]).unwrap();
    assert!(development.graphql.introspection && !development.limit.on);
    assert!(development.graphql_limits.rate.is_none());
    assert!(production.graphql_limits.rate.is_some());
}
