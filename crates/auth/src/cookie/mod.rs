//! The cookies: their names, attributes and signatures.
//!
//! better-auth writes the attributes in the order `Max-Age; Path; HttpOnly; Secure;
//! SameSite` and no `Expires`. The crate `cookie` has another order, so cookies are read
//! by it and written here.

mod config;
mod pieces;
mod read;

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{COOKIE, SET_COOKIE},
    },
    response::Response,
};
use chrono::TimeDelta;
use crypto::{Secrets, Signer};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

pub use self::config::{Config, SameSite};
use self::read::{cookies, decoded};

const SESSION_TOKEN: &str = "session_token";
/// The cached session, see [`pieces`].
const SESSION_DATA: &str = "session_data";
const DONT_REMEMBER: &str = "dont_remember";
/// The browser in which somebody signed in, see [`password`](crate::password).
const KNOWN_DEVICE: &str = "known_device";
/// Browsers keep no cookie longer: 400 days.
const LONGEST: i64 = 34_560_000;

/// Reads and writes the service's cookies.
pub(crate) struct Cookies {
    config: Config,
    signer: Signer,
}

impl Cookies {
    pub(crate) fn new(config: Config, secrets: &Secrets) -> Self {
        Self { config, signer: Signer::new(secrets) }
    }

    /// What signs the cookies, for tokens that come in other headers.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The session's token, if the cookie is there and its signature is right.
    pub(crate) fn session_token(&self, headers: &HeaderMap) -> Option<String> {
        self.signed(headers, SESSION_TOKEN)
    }

    /// Whether the user asked to be forgotten when the browser closes.
    pub(crate) fn is_fleeting(&self, headers: &HeaderMap) -> bool {
        self.signed(headers, DONT_REMEMBER).is_some()
    }

    /// Sets the session's token, until `life` is over or the browser closes.
    pub(crate) fn session(&self, token: &str, life: Option<TimeDelta>) -> HeaderValue {
        self.set(SESSION_TOKEN, &self.signer.sign(token), life)
    }

    /// Notes that the session ends with the browser.
    pub(crate) fn dont_remember(&self) -> HeaderValue {
        self.set(DONT_REMEMBER, &self.signer.sign("true"), None)
    }

    /// Takes that note away: the session that follows is remembered.
    pub(crate) fn expire_dont_remember(&self) -> HeaderValue {
        self.expire(DONT_REMEMBER)
    }

    /// What the cookie of a known device says, unchecked.
    pub(crate) fn known_device(&self, headers: &HeaderMap) -> Option<String> {
        self.value(headers, KNOWN_DEVICE)
    }

    /// Marks the browser as one that signed in, for `life` or until it closes.
    pub(crate) fn set_known_device(&self, value: &str, life: Option<TimeDelta>) -> HeaderValue {
        self.set(KNOWN_DEVICE, value, life)
    }

    /// Whether a `Set-Cookie` is of a known device.
    pub(crate) fn is_known_device(&self, set_cookie: &HeaderValue) -> bool {
        let name = set_cookie.as_bytes().split(|byte| *byte == b'=').next();
        name == Some(self.name(KNOWN_DEVICE).as_bytes())
    }

    /// Removes every cookie of the session that `headers` may have brought. The device
    /// stays known.
    pub(crate) fn expire_all(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let mut cookies = vec![self.expire(SESSION_TOKEN), self.expire(SESSION_DATA)];
        cookies.extend(self.expire_pieces(headers));
        cookies.push(self.expire(DONT_REMEMBER));
        cookies
    }

    /// The signed token that a `Set-Cookie` sets, if it sets one.
    pub(crate) fn token_in(&self, set_cookie: &HeaderValue) -> Option<HeaderValue> {
        let (name, rest) = set_cookie.to_str().ok()?.split_once('=')?;
        let value = rest.split(';').next().filter(|value| !value.is_empty())?;
        if name != self.name(SESSION_TOKEN) {
            return None;
        }
        HeaderValue::from_str(&percent_decode_str(value).decode_utf8().ok()?).ok()
    }

    fn signed(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let value = self.value(headers, name)?;
        self.signer.verify(&value).map(str::to_owned)
    }

    /// Of several cookies of one name the first counts, as in better-auth.
    fn value(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        if !headers.contains_key(COOKIE) {
            return None;
        }
        let name = self.name(name);
        cookies(headers).find(|cookie| cookie.name() == name).map(|cookie| decoded(&cookie))
    }

    fn expire(&self, name: &str) -> HeaderValue {
        self.set(name, "", Some(TimeDelta::zero()))
    }

    fn set(&self, name: &str, value: &str, life: Option<TimeDelta>) -> HeaderValue {
        let name = self.name(name);
        // Tokens, dots and base64 need no more than this of `encodeURIComponent`.
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let cookie = format!("{name}={value}{}", self.attributes(life));
        #[expect(clippy::expect_used, reason = "an encoded value is visible ASCII")]
        HeaderValue::from_str(&cookie).expect("visible ASCII")
    }

    fn attributes(&self, life: Option<TimeDelta>) -> String {
        let max_age = life.map_or(String::new(), |life| {
            format!("; Max-Age={}", life.num_seconds().clamp(0, LONGEST))
        });
        let domain = self.config.domain.as_ref();
        let domain = domain.map_or(String::new(), |domain| format!("; Domain={domain}"));
        let secure = if self.config.secure { "; Secure" } else { "" };
        let same_site = self.config.same_site.as_str();
        format!("{max_age}{domain}; Path=/; HttpOnly{secure}; SameSite={same_site}")
    }

    fn name(&self, name: &str) -> String {
        self.config.name(name)
    }
}

/// `response`, setting `cookies`.
pub(crate) fn with(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test-secret-test-secret-test-secret-0001";
    const TOKEN: &str = "J1R9BvxJamKJRHFONf2f1XLpokEqvXu4";
    const ENCODED: &str =
        "J1R9BvxJamKJRHFONf2f1XLpokEqvXu4.IKk2%2BV6vSfW72nwr%2Fw2KBA8Nqr1atVZKL%2BRDxJPjaP8%3D";

    fn cookies(secure: bool) -> Cookies {
        let config = Config { secure, ..Config::default() };
        Cookies::new(config, &Secrets::single(SECRET.into()))
    }

    fn read(lines: &[String]) -> Option<String> {
        let headers = lines
            .iter()
            .map(|line| (COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap()))
            .collect();
        cookies(false).session_token(&headers)
    }

    /// `Set-Cookie` of better-auth, with http and https, 2026-11-20.
    #[test]
    fn cookies_are_written_as_by_better_auth() {
        let week = Some(TimeDelta::days(7));
        assert_eq!(
            cookies(true).session(TOKEN, week),
            format!(
                "__Secure-better-auth.session_token={ENCODED}; Max-Age=604800; Path=/; HttpOnly; \
                 Secure; SameSite=Lax"
            )
        );
        assert_eq!(
            cookies(false).session(TOKEN, None),
            format!("better-auth.session_token={ENCODED}; Path=/; HttpOnly; SameSite=Lax")
        );
        assert_eq!(
            cookies(false).dont_remember(),
            "better-auth.dont_remember=true.THb42C4i6re0qxtaQnfIh5DGap%2FH2AuM2dM4lnXppAU%3D; \
             Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            cookies(false).expire_all(&HeaderMap::new()),
            [
                "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
                "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
                "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            ]
        );
    }

    #[test]
    fn no_cookie_outlives_400_days() {
        let cookie = cookies(false).session(TOKEN, Some(TimeDelta::days(1_000)));
        assert!(cookie.to_str().unwrap().contains("; Max-Age=34560000; "), "{cookie:?}");
    }

    /// Recorded from `GET /get-session` of better-auth, 2026-11-20.
    #[test]
    fn the_first_cookie_of_a_name_counts() {
        let good = format!("better-auth.session_token={ENCODED}");
        let bad = "better-auth.session_token=bad".to_owned();
        let found = Some(TOKEN.to_owned());
        assert_eq!(read(std::slice::from_ref(&good)), found);
        assert_eq!(read(&[format!("theme=dark; {good}; {bad}")]), found);
        assert_eq!(read(&[format!("name=Jos\u{e9}; x=%ff; {good}")]), found);
        assert_eq!(read(&["a=b".to_owned(), good.clone(), bad.clone()]), found);
        assert_eq!(
            read(&[good.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")]),
            found
        );
        assert_eq!(read(&[format!("better-auth.session_token=\"{ENCODED}\"")]), found);

        assert_eq!(read(&[format!("{bad}; {good}")]), None);
        assert_eq!(read(&[format!("x{good}")]), None);
        assert_eq!(read(&[format!("__Secure-{good}")]), None);
        assert_eq!(read(&[good.replace("better", "b%65tter")]), None);
        assert_eq!(read(&[format!("better-auth.session_token={TOKEN}")]), None);
        assert_eq!(read(&[]), None);
    }
}
