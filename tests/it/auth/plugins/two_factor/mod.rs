//! The second factor, as users and attackers use it.

mod attempts;
mod backup_codes;
mod channels;
mod codes;
mod devices;
mod routes;
mod setup;
mod sign_in;
mod takeover;

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use serde_json::{Value, json};
use url::Url;

use crate::it::support::{Client, PASSWORD, Response, TestApp};

pub(in crate::it) const EMAIL: &str = "ann@example.com";
pub(in crate::it) const ON: [&str; 1] = ["--auth-plugins=two-factor"];
const CHALLENGE_COOKIE: &str = "better-auth.two_factor";
pub(in crate::it) const TRUST_COOKIE: &str = "better-auth.trust_device";

/// What the authenticator app and the user have.
#[derive(Clone)]
pub(in crate::it) struct Factor {
    key: Vec<u8>,
    backup_codes: Vec<String>,
}

impl Factor {
    /// The code that the app shows.
    pub(in crate::it) fn code(&self, app: &TestApp) -> String {
        totp(&self.key, app.clock.now())
    }

    /// A code that was not used: the clock goes to the next period.
    pub(in crate::it) fn next_code(&self, app: &TestApp) -> String {
        app.clock.advance(TimeDelta::seconds(30));
        self.code(app)
    }

    /// A code that the app shows neither now nor in the periods beside it.
    pub(in crate::it) fn wrong_code(&self, app: &TestApp) -> String {
        let beside = [-30, 0, 30].map(|s| totp(&self.key, app.clock.now() + TimeDelta::seconds(s)));
        let wrong = ["000000", "000001", "000002", "000003"].into_iter();
        wrong.map(str::to_owned).find(|code| !beside.contains(code)).unwrap()
    }
}

/// The code of an authenticator app by RFC 6238, of six digits and 30 seconds.
fn totp(key: &[u8], at: DateTime<Utc>) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &(at.timestamp() / 30).to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash[19] & 0xf);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The key in the URI of a QR code.
fn key_of(uri: &str) -> Vec<u8> {
    let uri: Url = uri.parse().unwrap();
    let (_, text) = uri.query_pairs().find(|(name, _)| name == "secret").unwrap();
    let (mut key, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for c in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|one| *one == c).unwrap();
        buffer = buffer << 5 | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            key.push(u8::try_from(buffer >> bits & 0xff).unwrap());
        }
    }
    key
}

/// Sets an authenticator app up without turning the second factor on.
async fn set_up(client: &Client) -> Factor {
    let answer = client.post_auth("two-factor/enable", json!({ "password": PASSWORD })).await;
    let answer = answer.expect_ok();
    let codes = answer["backupCodes"].as_array().unwrap().iter();
    Factor {
        key: key_of(answer["totpURI"].as_str().unwrap()),
        backup_codes: codes.map(|code| code.as_str().unwrap().to_owned()).collect(),
    }
}

/// Turns the second factor of a signed-in user on.
pub(in crate::it) async fn turn_on(app: &TestApp, client: &Client) -> Factor {
    let factor = set_up(client).await;
    verify(client, "totp", &factor.code(app)).await.expect_ok();
    app.clock.advance(TimeDelta::seconds(90));
    factor
}

/// Posts a code to `verify-totp`, `verify-otp` or `verify-backup-code`.
pub(in crate::it) async fn verify(client: &Client, kind: &str, code: &str) -> Response {
    client.post_auth(&format!("two-factor/verify-{kind}"), json!({ "code": code })).await
}

/// Signs in with the password, and asserts that the second factor is asked for.
pub(in crate::it) async fn challenge(app: &TestApp, email: &str) -> Client {
    let client = app.anonymous();
    challenge_in(&client, email).await;
    client
}

/// The same in a browser with cookies.
pub(in crate::it) async fn challenge_in(client: &Client, email: &str) -> Value {
    let answer = client.sign_in(email, PASSWORD).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true, "{answer}");
    assert!(client.cookies().contains_key(CHALLENGE_COOKIE));
    answer
}

/// The first column of a query.
async fn column(app: &TestApp, sql: &str) -> Vec<String> {
    app.database.first_column(sql).await
}

async fn sessions(app: &TestApp) -> usize {
    column(app, r#"select "token" from "session""#).await.len()
}
