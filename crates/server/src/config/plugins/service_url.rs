//! URLs of services in settings.

use auth::oauth::is_loopback;
use url::Url;

use crate::config::{
    check::{Check, shown},
    setting::Setting,
};

/// The URL of a service: https, or http on this machine.
pub(super) fn service_url(check: &mut Check, setting: &Setting) -> Option<Url> {
    let text = check.text(setting)?;
    let url = Url::parse(text.trim()).ok();
    let url = url.filter(|url| {
        let is_here = url.host().is_some_and(|host| is_loopback(&host));
        let has_login = !url.username().is_empty() || url.password().is_some();
        !has_login && (url.scheme() == "https" || url.scheme() == "http" && is_here)
    });
    if url.is_none() {
        let shown = shown(&text);
        let what = format!("is {shown}, but must be a URL of https, or of http on this machine");
        check.fail(setting, &what);
    }
    url
}
