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
                assert_eq!(config(&args).unwrap().deployment.weak_secrets.len(), 1);
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

#[test]
fn no_advice_is_a_command_that_a_file_would_take_for_a_value() {
    let told = config(&["--app-env=production", "--better-auth-secret=short"]).unwrap_err();
    let advice = "BETTER_AUTH_SECRET has fewer than 32 characters; run \"bookplate secret\" and \
                  paste what it prints";
    assert!(told.contains(advice) && !told.contains("$("), "{told}");
    let blank = config(&["--database-url=postgres://ann:a b@db/books"]).unwrap_err();
    assert!(blank.contains("%20 for a space, e.g. DATABASE_URL=postgres://"), "{blank}");
}

/// A forgotten `APP_ENV` opens nothing to others.
#[test]
fn development_that_others_reach_is_strict_by_default() {
    for reached in [
        &["--better-auth-url=https://books.example.com"][..],
        &["--better-auth-url=http://192.168.1.7:3000"],
        &["--host=0.0.0.0"],
        &["--host=::"],
        &["--host=10.0.0.7", "--better-auth-url=http://localhost:3000"],
    ] {
        let public = config(reached).unwrap();
        assert!(!public.graphql.introspection && public.limit.on, "{reached:?}");
        assert!(public.graphql_limits.rate.is_some(), "{reached:?}");
        assert!(!public.is_private() && public.public_development().is_some(), "{reached:?}");
        let weak = [reached, &["--better-auth-secret=short"]].concat();
        assert!(config(&weak).unwrap_err().contains("BETTER_AUTH_SECRET"), "{reached:?}");
        let chosen = ["--graphql-introspection=true", "--auth-rate-limit=false"];
        let chosen = config(&[reached, &chosen].concat()).unwrap();
        assert!(chosen.graphql.introspection && !chosen.limit.on, "{reached:?}");
    }
    for private in [
        &[][..],
        &["--host=::1"],
        &["--better-auth-url=https://books.localhost", "--host=127.0.0.2"],
    ] {
        let private = config(private).unwrap();
        assert!(private.is_private() && private.public_development().is_none());
        assert!(private.graphql.introspection && !private.limit.on && private.has_mailbox());
    }
    let production = config(&["--app-env=production", "--host=0.0.0.0", SECRET]).unwrap();
    assert!(production.public_development().is_none() && !production.is_private());
}

#[test]
fn pages_of_this_machine_are_trusted_where_the_server_is_found_there() {
    let trusted = |url: &str| {
        let config = config(&[SECRET, &format!("--better-auth-url={url}")]).unwrap();
        config.auth(3000, &mut Vec::new()).unwrap().trusted_origins.len()
    };
    assert_eq!((trusted("http://localhost:3000"), trusted("https://books.example.com")), (3, 0));
}

#[test]
fn a_wide_pattern_of_origins_is_refused_with_an_example() {
    for wide in [
        "*",
        "https://*",
        "*.com",
        "https://*.co.uk",
        "https://*.github.io",
        "https://*example.com",
        "http://192.*.*.*:*",
        "http://203.0.113.*",
        "https://app.example.com,https://books.*",
    ] {
        let problems = config(&["--better-auth-trusted-origins", wide]).unwrap_err();
        let last = wide.split(',').next_back().unwrap();
        assert!(problems.contains(last), "{problems}");
        assert!(problems.contains("e.g. BETTER_AUTH_TRUSTED_ORIGINS=https://"), "{problems}");
    }
    let narrow = "https://*.example.com,http://localhost:*,http://192.168.1.*";
    assert!(config(&["--better-auth-trusted-origins", narrow]).is_ok());
}

/// Whichever setting a URL with a password is put into by mistake.
#[test]
fn a_password_in_a_wrong_place_is_not_shown() {
    const URLS: [&str; 6] = [
        "postgres://ann:hunter2@db/books",
        "postgres://ann:p@ss:hunter2@host:notaport/db",
        "postgre//ann:hunter2@db",
        "https://ann:hunter2@books.example.com",
        "smtps://ann:hunter2@mx",
        "redis://:hunter2",
    ];
    for setting in [
        "host",
        "port",
        "app-env",
        "better-auth-url",
        "better-auth-trusted-origins",
        "auth-trusted-proxies",
        "auth-base-path",
        "auth-cookie-domain",
        "auth-cookie-prefix",
        "auth-rate-limit",
        "log-format",
        "rust-log",
        "smtp-host",
        "smtp-port",
        "mail-color",
        "redis-url",
        "database-url",
    ] {
        for url in URLS {
            let Err(problems) = config(&[&format!("--{setting}={url}")]) else { continue };
            assert!(!problems.contains("hunter2"), "--{setting}={url}: {problems}");
        }
    }
    let cli = Cli::try_parse_from(["bookplate", "--database-url=hunter2", SECRET]).unwrap();
    let shown = format!("{cli:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("ghijkl"), "{shown}");
}

#[test]
fn every_setting_of_the_table_is_read() {
    let mut check = Check::new(Settings::default());
    Config::read(&mut check);
    let names: std::collections::BTreeSet<_> = table::settings().map(|it| it.name).collect();
    assert_eq!(check.read, names);
    for limit in ::graphql::LIMITS {
        assert!(names.contains(limit.setting), "{} has no row", limit.setting);
    }
}
