use proptest::{prelude::*, sample::select, test_runner::RngSeed};

use super::*;

fn origins() -> Origins {
    let base = "http://localhost:3101".parse().unwrap();
    let others = ["https://*.example.com", "http://localhost:5173"];
    Origins::new(&base, others.map(|origin| origin.parse().unwrap()).into())
}

/// Recorded from the `Origin` header at better-auth, 2026-11-20; the ones
/// marked * are accepted there.
#[test]
fn origins_are_compared_completely() {
    let origins = origins();
    for good in [
        "http://localhost:3101",
        "http://localhost:3101/",
        "http://LOCALHOST:3101",
        "HTTP://localhost:3101",
        "http://localhost:5173",
        "https://a.example.com",
        "https://a.b.example.com",
        "https://a-b_c.example.com",
    ] {
        assert!(origins.trusts(good), "{good}");
    }
    for bad in [
        "http://localhost",
        "https://localhost:3101",
        "http://localhost:31010",
        "http://localhost:3101.evil.com",
        "https://example.com",
        "https://evilexample.com",
        "http://a.example.com",
        "https://a.example.com:8443",
        "https://a.example.com.evil.com",
        "https://evil.com/a.example.com",
        "https://evil.com\\.example.com",
        "blob:http://localhost:3101/x",
        "http://user@localhost:5173", // *
        "null",
        "foo",
        "/x",
        "",
    ] {
        assert!(!origins.trusts(bad), "{bad}");
    }
}

/// Recorded from `callbackURL` at better-auth, 2026-11-20; the ones marked
/// * are accepted there.
#[test]
fn redirects_lead_only_to_trusted_targets() {
    let origins = origins();
    for good in [
        "/",
        "/books?q=a b",
        "/ok?x=%2f",
        "/a/../b",
        "http://localhost:3101",
        "HTTP://LOCALHOST:3101/x",
        "https://a.example.com/x",
        "https://A.EXAMPLE.COM",
    ] {
        assert!(origins.trusts_target(good), "{good}");
    }
    for bad in [
        "//evil.com",
        "/\\evil.com",
        "/%5Cevil",
        "/a%2fb",
        "/x\t",
        "/\0",
        " /x",
        "books",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://localhost:3101@evil.com",
        "https://evil.com/.example.com",
        "https://evil.com#.example.com",
        "https://evil.com?.example.com",
        "http:localhost:3101",              // *
        "http:/localhost:3101/x",           // *
        "http://localhost:3101\\@evil.com", // *
        "https://user:pw@a.example.com/",   // *
        "https://a.example.com\\.evil.com", // *
    ] {
        assert!(!origins.trusts_target(bad), "{bad}");
    }
}

#[test]
fn a_native_app_is_trusted_by_its_scheme() {
    let base = "http://localhost:3101".parse().unwrap();
    let origins = Origins::new(&base, vec!["myapp://".parse().unwrap()]);
    for good in ["myapp://", "myapp://reset?x=1", "http://localhost:3101"] {
        assert!(origins.trusts(good) && origins.trusts_target(good), "{good}");
    }
    for bad in ["other://", "javascript:alert(1)", "https://myapp", "myapp", "null"] {
        assert!(!origins.trusts(bad) && !origins.trusts_target(bad), "{bad}");
    }
}

#[test]
fn settings_that_trust_too_much_or_nothing_are_refused() {
    for bad in [
        "*",
        "https://*",
        "*.*",
        "http://*:*",
        "https://*:8443",
        "https://*.com",
        "https://*.com:*",
        "https://*.co.uk",
        "https://app.*.co.uk",
        "https://*.github.io",
        "https://*example.com",
        "https://app-*.com",
        "https://books.*",
        "https://?ooks.com",
        "https://*.internal",
        "http://203.0.113.*",
        "http://192.*.*.*",
        "http://172.32.*.*",
        "http://1*",
        "http://*.168.1.7",
        "http://10?.0.0.1:3000",
        "http://[::*]",
        "https://*.example.com.",
        "https://*..example.com",
        "https://*.example.com:80*",
        "https://*.example.com:99999",
        "https://user@*.example.com",
        "https://a.com/path",
        "*.a.com/path",
        "ftp://*.a.com",
        "a.com",
        "javascript://",
        "*.bücher.example",
        "",
    ] {
        assert!(bad.parse::<TrustedOrigin>().is_err(), "{bad}");
    }
    for (written, kept) in [
        ("https://App.example.com/", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("*.example.com", "*.example.com"),
        ("http://localhost:*", "http://localhost:*"),
        ("http://192.168.1.7:*", "http://192.168.1.7:*"),
        ("http://*.localhost:5173", "http://*.localhost:5173"),
        ("http://192.168.*.*:*", "http://192.168.*.*:*"),
        ("10.*", "10.*:*"),
        ("https://*.example.co.uk:8443", "https://*.example.co.uk:8443"),
        ("https://pr-?.example.com", "https://pr-?.example.com"),
        ("https://pr-*.*.apps.example.com", "https://pr-*.*.apps.example.com"),
    ] {
        assert_eq!(written.parse::<TrustedOrigin>().unwrap().to_string(), kept);
    }
}

#[test]
fn a_pattern_matches_host_and_port_separately() {
    for (pattern, url, trusted) in [
        ("http://localhost:*", "http://localhost:5173", true),
        ("http://localhost:*", "http://localhost", true),
        ("http://localhost:*", "http://localhost.evil.com:5173", false),
        ("http://192.168.1.7:*", "http://192.168.1.7:5173", true),
        ("http://192.168.1.7:*", "http://192.168.1.7.evil.com:5173", false),
        ("http://192.168.*.*:*", "http://192.168.1.7:5173", true),
        ("http://192.168.*.*:*", "http://192.168.evil.com:5173", false),
        ("http://192.168.*.*:*", "http://192.168.1.evil.com:5173", false),
        ("http://192.168.*.*", "http://192.168.1.7:5173", true),
        ("http://192.168.*.*", "http://192.169.1.7", false),
        ("http://10.0.0.?:3000", "http://10.0.0.7:3000", true),
        ("http://10.0.0.?:3000", "http://10.0.0.70:3000", false),
        ("10.*", "https://10.1.2.3", true),
        ("10.*", "https://10.evil.com", false),
        ("http://172.16.*.*", "http://172.16.9.9", true),
        ("https://*.example.com:8443", "https://a.example.com:8443", true),
        ("https://*.example.com:8443", "https://a.example.com", false),
        ("https://*.example.com:443", "https://a.example.com", true),
        ("https://*.example.com", "https://a.example.com:8443", false),
        ("*.example.com", "http://a.example.com", true),
        ("*.example.com", "http://a.example.com:443", false),
        ("*.example.com:443", "http://a.example.com:443", true),
    ] {
        let origin: TrustedOrigin = pattern.parse().unwrap();
        assert_eq!(origin.covers(&url.parse().unwrap()), trusted, "{pattern} {url}");
    }
}

/// Whether the same person owns these hosts.
fn same_owner(host: &str, pattern: &str) -> bool {
    let ending = |name: &str| {
        let end = name.rsplit(['*', '?']).next().unwrap_or_default().to_owned();
        psl::domain_str(&end).map(str::to_owned)
    };
    host == pattern
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_private())
        || psl::domain_str(host) == ending(pattern).as_deref()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(10),
        ..ProptestConfig::default()
    })]

    /// Hosts are made of a pattern by filling its wildcards with an attacker's texts.
    #[test]
    fn no_accepted_pattern_trusts_another_owners_host(
        labels in prop::collection::vec(select(&[
            "*", "?", "pr-*", "*-app", "app", "192", "168", "1", "example", "github", "co",
            "localhost", "com", "uk", "io", "org", "amazonaws", "gitpod",
        ][..]), 1..6),
        fillings in prop::collection::vec(select(&[
            "evil.com", "1.evil.com", "x", "7", "evil.co.uk", "a.example", "com.evil", "localhost",
            "evil.s3", "evil.eu.elb", "evil.ws",
        ][..]), 6),
        port in select(&["", ":*", ":8443"][..]),
    ) {
        let pattern = labels.join(".");
        let text = format!("https://{pattern}{port}");
        let origin = text.parse::<TrustedOrigin>();
        let Ok(origin @ TrustedOrigin(Pattern::Wildcard { .. })) = origin else { return Ok(()) };
        let mut fillings = fillings.iter().cycle();
        let fill = |c: char| match c {
            '*' => (*fillings.next().unwrap()).to_owned(),
            '?' => "x".to_owned(),
            c => c.to_string(),
        };
        let host: String = pattern.chars().map(fill).collect();
        for host in [host.clone(), format!("{host}.evil.com"), format!("evil{host}")] {
            let url = format!("https://{host}:8443");
            let Ok(url) = Url::parse(&url) else { continue };
            let host = url.host_str().unwrap();
            prop_assert!(!origin.covers(&url) || same_owner(host, &pattern), "{text} {url}");
        }
    }
}

#[test]
fn a_pattern_covers_no_site_that_another_person_registers_below_it() {
    for (pattern, own, foreign) in [
        ("https://*.amazonaws.com", "https://a.amazonaws.com", "https://evil.s3.amazonaws.com"),
        ("http://*.localhost", "http://a.localhost", "http://localhost.evil.com"),
    ] {
        let origin: TrustedOrigin = pattern.parse().unwrap();
        assert!(origin.covers(&Url::parse(own).unwrap()), "{own}");
        assert!(!origin.covers(&Url::parse(foreign).unwrap()), "{foreign}");
    }
}

#[test]
fn wildcards_match_only_characters_of_names() {
    let origin: TrustedOrigin = "https://*.example.com".parse().unwrap();
    for (url, expected) in [
        ("https://a-1_b.c.example.com", true),
        ("https://a;sandbox.example.com", false),
        ("https://a%3Bsandbox.example.com", false),
        ("https://a,b.example.com", false),
        ("https://a'b.example.com", false),
        ("https://*.example.com", false),
    ] {
        let covers = Url::parse(url).is_ok_and(|url| origin.covers(&url));
        assert_eq!(covers, expected, "{url}");
    }
}

#[test]
fn stars_match_any_number_of_characters() {
    for (pattern, text, expected) in [
        ("*.a.com", "x.a.com", true),
        ("*.a.com", "x.a.com.a.com", true),
        ("*.a.com", "xa.com", false),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-b-b", false),
        ("pr-?.a.com", "pr-7.a.com", true),
        ("pr-?.a.com", "pr-.a.com", false),
        ("*", "", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
    assert!(!matches("*a*a*a*b", &"a".repeat(10_000)));
}
