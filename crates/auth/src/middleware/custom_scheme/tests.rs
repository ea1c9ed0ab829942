use super::*;

/// Recorded from `matchesOriginPattern` of better-auth 1.7.25, 2026-11-30; the one marked
/// * belongs to the app there.
#[test]
fn urls_belong_to_an_app_by_better_auths_rules() {
    for (pattern, good, bad) in [
        (
            "myapp://",
            &["myapp://", "MyApp://", "myapp://home", "myapp://a/b?c#d", "myapp:x", "myapp://us@a"]
                [..],
            &["myapp", "myapps://", "my://app", "http://myapp", "myapp://a\tb", ""][..],
        ),
        (
            "myapp://host",
            &["myapp://host", "myapp://HOST/x", "myapp://host?x"],
            &["myapp://", "myapp://host.evil", "myapp://us@host", "myapp://host:1"],
        ),
        (
            "myapp://host/cb",
            &["myapp://host/cb", "myapp://host/cb/x", "myapp://host/x/../cb", "myapp://host/%63b"],
            &[
                "myapp://host/cbx",
                "myapp://host/cb/../x",
                "myapp://host/cb/%2e%2e/x",
                "myapp://host",
            ],
        ),
        (
            "exp://192.168.*.*:*",
            &["exp://192.168.1.7:8081", "exp://192.168.1.7:8081/--/x"],
            &["exp://192.168.1.7", "exp://192.168.evil.com:80", "exp://us@192.168.1.7:80"],
        ),
        ("myapp://**", &["myapp://a.b/x", "myapp://"], &["myapp://us@evil.com", "myapps://x"]),
        (
            "myapp://*.example.com/cb/*",
            &["myapp://a.example.com/cb/x", "myapp://a.b.example.com/cb/%78/"],
            &[
                "myapp://example.com/cb/x",
                "myapp://a.example.com/cb",
                "myapp://a.example.com/x",
                "myapp://a.example.com/cb/x/y",
                "myapp://a.example.com/cb/x%5cy",
            ],
        ),
        (
            "exp://192.168.*.*:*/**",
            &["exp://192.168.1.7:8081", "exp://192.168.1.7:8081/--/x"],
            &["exp://192.168.1.7", "exp://192.168.1.7.evil:1/x"],
        ),
        (
            "myapp://host/cb/**",
            &["myapp://host/cb", "myapp://host/cb/x/y"],
            &["myapp://host", "myapp://host/x/cb", "myapp://host/cbx" /* * */],
        ),
        ("myapp://host/*", &["myapp://host", "myapp://host/x"], &["myapp://host/x/y"]),
        (
            "myapp://host/a/**/b",
            &["myapp://host/a/b", "myapp://host/a/x/y/b"],
            &["myapp://host/a", "myapp://host/a/x"],
        ),
        (
            "chrome-extension://abcdefgh",
            &["chrome-extension://abcdefgh", "chrome-extension://abcdefgh/popup.html"],
            &["chrome-extension://abcdefg", "chrome-extension://other"],
        ),
    ] {
        let scheme: CustomScheme = pattern.parse().unwrap();
        for url in good {
            assert!(scheme.covers(url), "{pattern} {url}");
        }
        for url in bad {
            assert!(!scheme.covers(url), "{pattern} {url}");
        }
    }
}

#[test]
fn schemes_of_browsers_are_refused() {
    for bad in [
        "javascript://",
        "JavaScript://x",
        "data://x",
        "file://",
        "blob://x",
        "*://host",
        "1app://",
        "my app://",
        "://host",
        "myapp://a b",
        "myapp://a\\b",
        "myapp://a#b",
        "myapp://a\tb",
        "intent://scan",
        "view-source://x",
        "mailto://",
        "chrome-extension://",
        "chrome-extension://*",
        "moz-extension:///x",
        "safari-web-extension://a*",
        "exp://",
        "exp://**",
        "exp://*:8081",
        "exp://*.exp.direct",
        "exp://8.*.*.*",
        "exps://",
    ] {
        assert!(bad.parse::<CustomScheme>().is_err(), "{bad}");
    }
    for (written, kept) in [
        ("MyApp://", "myapp://"),
        ("myapp://Host/Path/", "myapp://host/Path"),
        ("com.example.app://oauth", "com.example.app://oauth"),
        ("exp://192.168.*.*:*/**", "exp://192.168.*.*:*/**"),
        ("exp://u.expo.dev/x", "exp://u.expo.dev/x"),
        ("moz-extension://0f1c-2a", "moz-extension://0f1c-2a"),
    ] {
        assert_eq!(written.parse::<CustomScheme>().unwrap().to_string(), kept);
    }
}
