//! Tests of the setting of plugins.

use auth::oauth::Plugins;

use super::with_flags;

#[test]
fn plugins_are_named_by_their_ids() {
    let on = |list: &str| {
        let config = with_flags(&[&format!("--auth-plugins={list}")])?;
        let Plugins { proxy, popup, one_tap } = config.oauth.plugins;
        Ok::<_, String>((proxy.is_some(), popup, one_tap))
    };
    assert_eq!(on(""), Ok((false, false, false)));
    assert_eq!(on("generic-oauth"), Ok((false, false, false)));
    assert_eq!(on("oauth-popup, one-tap"), Ok((false, true, true)));
    assert_eq!(on("oauth-proxy"), Ok((true, false, false)));
    assert_eq!(on("all"), Ok((true, true, true)));
    let problems = on("one-tap,two-factor").unwrap_err();
    assert!(
        problems.contains("AUTH_PLUGINS has \"two-factor\", which is no plugin of this server")
    );
    assert!(problems.contains("generic-oauth, oauth-proxy, oauth-popup, one-tap and all"));
}
