//! Tests of the setting of plugins.

use auth::Plugin;

use super::with_flags;

#[test]
fn plugins_are_named_by_their_ids() {
    let on = |list: &str| {
        let config = with_flags(&[&format!("--auth-plugins={list}")])?;
        Ok::<_, String>(config.plugins.on)
    };
    assert_eq!(on(""), Ok(vec![]));
    assert_eq!(on("generic-oauth,bearer"), Ok(vec![]));
    assert_eq!(on("one-tap, oauth-popup"), Ok(vec![Plugin::OauthPopup, Plugin::OneTap]));
    assert_eq!(on("oauth-proxy"), Ok(vec![Plugin::OauthProxy]));
    let mut all = Plugin::ALL.to_vec();
    all.retain(|plugin| ![Plugin::Captcha, Plugin::HaveIBeenPwned].contains(plugin));
    assert_eq!(on("all"), Ok(all));
    let problems = on("one-tap,two-factors").unwrap_err();
    assert!(
        problems.contains("AUTH_PLUGINS has \"two-factors\", which is no plugin of this server")
    );
    assert!(problems.contains("two-factor, username and all"));
}

#[test]
fn captcha_needs_a_secret_and_the_breach_check_has_a_switch() {
    let on = |flags: &[&str]| with_flags(flags).map(|config| config.plugins.on);
    let problems = on(&["--auth-plugins=captcha"]).unwrap_err();
    assert!(problems.contains("AUTH_CAPTCHA_SECRET_KEY must be set"), "{problems}");
    let secret = "--auth-captcha-secret-key=hush";
    assert_eq!(on(&["--auth-plugins=captcha", secret]), Ok(vec![Plugin::Captcha]));
    assert!(on(&["--auth-plugins=all", secret]).unwrap().contains(&Plugin::Captcha));
    let breach_check = "--auth-password-breach-check";
    let named = "--auth-plugins=have-i-been-pwned";
    for (flags, expected) in [
        (vec![named], true),
        (vec![breach_check, "true"], true),
        (vec![named, breach_check, "false"], false),
        (vec!["--auth-plugins=all", breach_check, "true"], true),
    ] {
        assert_eq!(on(&flags).unwrap().contains(&Plugin::HaveIBeenPwned), expected, "{flags:?}");
    }
    let url = "--auth-password-breach-check-url=http://10.0.0.1/range/";
    assert!(on(&[named, url]).unwrap_err().contains("must be a URL of https"));
    let problems = on(&["--auth-plugins=captcha", secret, "--auth-captcha-min-score=2"]);
    assert!(problems.unwrap_err().contains("must be between 0 and 1"));
}
