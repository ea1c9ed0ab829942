//! Settings of the plugin.

use auth::device_authorization::Config;
use url::Url;

use crate::config::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Device authorization", "Signing in clients on devices without a keyboard (RFC 8628).";
    EXPIRES_IN = Setting::seconds(
        "AUTH_DEVICE_AUTHORIZATION_EXPIRES_IN",
        1_800,
        1,
        "Seconds for which the codes of a request are valid",
    );
    INTERVAL = Setting::integer(
        "AUTH_DEVICE_AUTHORIZATION_INTERVAL",
        5,
        (0, 3_600),
        "Minimum number of seconds between two polls of a device client",
    );
    DEVICE_CODE_LENGTH = Setting::integer(
        "AUTH_DEVICE_AUTHORIZATION_DEVICE_CODE_LENGTH",
        40,
        (20, 191),
        "Length of the device code, with which a client polls",
    );
    USER_CODE_LENGTH = Setting::integer(
        "AUTH_DEVICE_AUTHORIZATION_USER_CODE_LENGTH",
        8,
        (6, 191),
        "Length of the user code, which a user types",
    );
    VERIFICATION_URI = Setting::text(
        "AUTH_DEVICE_AUTHORIZATION_VERIFICATION_URI",
        "Page where users type the code: a URL, or a path of this server",
    )
    .default("/device")
    .example("https://books.example.com/device");
    CLIENT_IDS = Setting::text(
        "AUTH_DEVICE_AUTHORIZATION_CLIENT_IDS",
        "Ids of the device clients that may sign in, separated by commas; none allows any",
    )
    .example("tv-app,command-line");
}

pub(super) fn check(check: &mut Check) -> Config {
    let client_ids = Some(check.items(&CLIENT_IDS)).filter(|ids| !ids.is_empty());
    Config {
        expires_in: check.seconds(&EXPIRES_IN),
        interval: check.seconds(&INTERVAL),
        device_code_length: check.integer(&DEVICE_CODE_LENGTH) as usize,
        user_code_length: check.integer(&USER_CODE_LENGTH) as usize,
        verification_uri: verification_uri(check),
        client_ids,
    }
}

fn verification_uri(check: &mut Check) -> String {
    let uri = check.text_or_default(&VERIFICATION_URI);
    let is_url = Url::parse(&uri).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_url && !uri.starts_with('/') {
        let what = format!("is {}, which is neither a URL nor a path", shown(&uri));
        check.fail(&VERIFICATION_URI, &what);
    }
    uri
}
