//! Every route that can create a session, for every state of its user.
//!
//! A new route gets a variant of [`Route`] and a case in [`sign_in`]; then the table covers it.

use serde_json::json;

use super::{CHALLENGE_COOKIE, EMAIL, TRUST_COOKIE, challenge, key_of, totp, verify};
use crate::it::{
    auth::oauth,
    support::{BASE_URL, Client, FakeProviders, Mail, PASSWORD, Response, TestApp},
};

const FLAGS: [&str; 2] = [
    "--auth-plugins=two-factor,one-tap,oauth-popup",
    "--auth-auto-sign-in-after-verification=true",
];

/// A route that can create a session for an existing user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Email,
    VerifyEmail,
    /// A link without a page of its own.
    VerifyEmailWithoutTarget,
    ProviderCallback,
    /// In a popup window; the page that opened it answers the challenge.
    Popup,
    ProviderIdToken,
    OneTap,
}

const ROUTES: [Route; 7] = [
    Route::Email,
    Route::VerifyEmail,
    Route::VerifyEmailWithoutTarget,
    Route::ProviderCallback,
    Route::Popup,
    Route::ProviderIdToken,
    Route::OneTap,
];

/// The state of the user and their browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NoSecondFactor,
    SecondFactor,
    TrustedDevice,
    Banned,
}

const STATES: [State; 4] =
    [State::NoSecondFactor, State::SecondFactor, State::TrustedDevice, State::Banned];

/// Follows a route to its end in a browser.
async fn sign_in(route: Route, app: &TestApp, providers: &FakeProviders, browser: &Client) {
    match route {
        Route::Email => _ = browser.sign_in(EMAIL, PASSWORD).await,
        Route::VerifyEmail => _ = browser.confirm_link(&verification(app).await).await,
        Route::VerifyEmailWithoutTarget => _ = press_button(app, browser).await,
        Route::ProviderCallback => _ = oauth::sign_in(browser, providers, "google").await,
        Route::Popup => {
            let start = format!(
                "oauth-popup/start?provider=google&popupOrigin={BASE_URL}&\
                 popupNonce=0123456789abcdef&callbackURL=/books"
            );
            let url = browser.get_auth(&start).await.header("location").to_owned();
            browser.get(&providers.authorize("google", &url)).await;
        }
        Route::ProviderIdToken => {
            let token = json!({ "token": providers.id_token("google", None) });
            let body = json!({ "provider": "google", "idToken": token });
            browser.post_auth("sign-in/social", body).await;
        }
        Route::OneTap => {
            let body = json!({ "idToken": providers.id_token("google", None) });
            browser.post_auth("one-tap/callback", body).await;
        }
    }
}

/// Makes Ann's address unverified, and mails her a link.
async fn verification(app: &TestApp) -> Mail {
    app.database.execute(r#"update "user" set "emailVerified" = false"#).await;
    let email = [("email", EMAIL)];
    app.anonymous().post_auth_strings("send-verification-email", &email).await.expect_ok();
    app.newest_mail("verification", EMAIL).await
}

/// Posts the token of a link as a page's form does, without a `callbackURL`.
async fn press_button(app: &TestApp, browser: &Client) -> Response {
    let token = verification(app).await.link_token();
    let path = "/api/auth/verify-email";
    browser.post_form(path, &[("token", &token)], &[("accept", "text/html")]).await
}

/// Ann, who has a password and an account at the provider, and her key.
async fn ann(app: &TestApp, providers: &FakeProviders) -> (Client, Vec<u8>) {
    let ann = app.signed_in("ann").await;
    app.database.execute(r#"update "user" set "emailVerified" = true"#).await;
    oauth::sign_in(&app.anonymous(), providers, "google").await;
    let answer = ann.post_auth("two-factor/enable", json!({ "password": PASSWORD })).await;
    let key = key_of(answer.expect_ok()["totpURI"].as_str().unwrap());
    (ann, key)
}

#[tokio::test]
async fn no_route_walks_around_the_second_factor() {
    for route in ROUTES {
        for state in STATES {
            let (app, providers) = TestApp::start_with_providers(&["google"], &FLAGS).await;
            let (ann, key) = ann(&app, &providers).await;
            if state != State::NoSecondFactor {
                verify(&ann, "totp", &totp(&key, app.clock.now())).await.expect_ok();
            }
            let next = || {
                app.clock.advance(chrono::TimeDelta::seconds(30));
                totp(&key, app.clock.now())
            };
            let mut browser = app.anonymous();
            if state == State::TrustedDevice {
                browser = challenge(&app, EMAIL).await;
                let body = json!({ "code": next(), "trustDevice": true });
                browser.post_auth("two-factor/verify-totp", body).await.expect_ok();
                browser.post_auth("sign-out", json!({})).await.expect_ok();
                assert!(browser.cookies().contains_key(TRUST_COOKIE));
            }
            if state == State::Banned {
                app.database.execute(r#"update "user" set "banned" = true"#).await;
            }
            let before = super::sessions(&app).await;
            sign_in(route, &app, &providers, &browser).await;
            let created = super::sessions(&app).await - before;
            let expected = matches!(state, State::NoSecondFactor | State::TrustedDevice);
            assert_eq!(created, usize::from(expected), "{route:?} {state:?}");
            assert_eq!(browser.is_signed_in().await, expected, "{route:?} {state:?}");
            let is_challenged = browser.cookies().contains_key(CHALLENGE_COOKIE);
            assert_eq!(is_challenged, state == State::SecondFactor, "{route:?} {state:?}");
            if state == State::SecondFactor {
                verify(&browser, "totp", &next()).await.expect_ok();
                assert!(browser.is_signed_in().await, "{route:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_redirect_leads_to_the_page_of_the_second_factor() {
    for (flags, page) in [
        (FLAGS.to_vec(), oauth::BOOKS),
        (vec![FLAGS[0], FLAGS[1], "--auth-two-factor-page=/second-step"], "/second-step"),
    ] {
        let (app, providers) = TestApp::start_with_providers(&["google"], &flags).await;
        let (ann, key) = ann(&app, &providers).await;
        verify(&ann, "totp", &totp(&key, app.clock.now())).await.expect_ok();
        let target = oauth::sign_in(&app.anonymous(), &providers, "google").await;
        assert_eq!(target, format!("{page}?twoFactorRedirect=true&twoFactorMethods=totp"));
        // A link without a target leads there, too, or else to a page of this server.
        let opened = press_button(&app, &app.anonymous()).await;
        let shown = (opened.status.as_u16(), opened.header("location"));
        let expected = format!("{page}?twoFactorRedirect=true&twoFactorMethods=totp");
        let has_page = page != oauth::BOOKS;
        assert_eq!(shown, if has_page { (302, expected.as_str()) } else { (200, "") });
    }
}
