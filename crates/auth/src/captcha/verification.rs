//! The request to the service, and what its answer means.

use http_client::HttpError;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    check::Captcha,
    config::{Config, Provider},
};

/// A token that a client presents.
pub(super) struct Attempt<'a> {
    pub(super) token: &'a str,
    /// The client's address as better-auth sends it: of IPv6 the /64 network.
    pub(super) address: Option<&'a str>,
}

/// Whether a token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Person,
    /// For this reason.
    Refused(&'static str),
}

impl Captcha {
    /// Asks the service about a token.
    pub(super) async fn verify(&self, attempt: &Attempt<'_>) -> Result<Verdict, HttpError> {
        let provider = self.config.provider;
        let url = self.config.site_verify_url.as_ref();
        let url = url.map_or(provider.site_verify_url(), |url| url.as_str());
        let secret = self.secret_key.expose_secret();
        let mut fields = vec![("secret", secret), ("response", attempt.token)];
        let takes_site_key = matches!(provider, Provider::Hcaptcha | Provider::Captchafox);
        if let Some(key) = self.config.site_key.as_deref().filter(|_| takes_site_key) {
            fields.push(("sitekey", key));
        }
        if let Some(address) = attempt.address {
            let is_camel_case = provider == Provider::Captchafox;
            fields.push((if is_camel_case { "remoteIp" } else { "remoteip" }, address));
        }
        let answer = if provider == Provider::CloudflareTurnstile {
            let document = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
            self.http.post_json(url, &[], &Value::Object(document.collect())).await?
        } else {
            self.http.post_form(url, &[], &fields).await?
        };
        Ok(verdict(&self.config, &answer))
    }
}

fn verdict(config: &Config, answer: &Value) -> Verdict {
    if !answer.get("success").is_some_and(is_truthy) {
        return Verdict::Refused("the service refused it");
    }
    let is_recaptcha = config.provider == Provider::GoogleRecaptcha;
    let score = answer.get("score").and_then(Value::as_f64).filter(|_| is_recaptcha);
    if score.is_some_and(|score| score < config.min_score) {
        return Verdict::Refused("its score is too low");
    }
    if !is_recaptcha && config.provider != Provider::CloudflareTurnstile {
        return Verdict::Person;
    }
    let text = |name| answer.get(name).and_then(Value::as_str);
    let action = config.expected_action.as_deref();
    if action.is_some_and(|action| text("action") != Some(action)) {
        return Verdict::Refused("it is for another action");
    }
    let hosts = &config.allowed_hostnames;
    let is_allowed = |name: &str| hosts.iter().any(|host| host == name);
    if !hosts.is_empty() && !text("hostname").is_some_and(is_allowed) {
        return Verdict::Refused("it is of another host");
    }
    Verdict::Person
}

/// Whether a value is truthy in JavaScript; services answer `true` or `false`.
fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && *value != json!(0) && *value != json!("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(provider: Provider) -> Config {
        Config { provider, ..Config::default() }
    }

    #[test]
    fn answers_mean_what_they_mean_in_better_auth() {
        let of = |provider, answer| verdict(&config(provider), &answer) == Verdict::Person;
        for provider in [
            Provider::CloudflareTurnstile,
            Provider::GoogleRecaptcha,
            Provider::Hcaptcha,
            Provider::Captchafox,
        ] {
            assert!(of(provider, json!({ "success": true })));
            for refused in [json!({ "success": false }), json!({}), json!(null), json!([true])] {
                assert!(!of(provider, refused));
            }
        }
        let scored = |score: f64| json!({ "success": true, "score": score });
        assert!(of(Provider::GoogleRecaptcha, scored(0.5)));
        assert!(!of(Provider::GoogleRecaptcha, scored(0.49)));
        assert!(of(Provider::Hcaptcha, scored(0.1)));
    }

    #[test]
    fn action_and_host_must_be_the_expected_ones() {
        let strict = Config {
            expected_action: Some("login".to_owned()),
            allowed_hostnames: vec!["books.example.com".to_owned()],
            ..config(Provider::CloudflareTurnstile)
        };
        let answer = |action: &str, host: &str| json!({ "success": true, "action": action, "hostname": host });
        let good = answer("login", "books.example.com");
        assert_eq!(verdict(&strict, &good), Verdict::Person);
        for other in [
            answer("other", "books.example.com"),
            answer("login", "evil.example"),
            json!({ "success": true }),
        ] {
            assert_ne!(verdict(&strict, &other), Verdict::Person, "{other}");
            let hcaptcha = Config { provider: Provider::Hcaptcha, ..strict.clone() };
            assert_eq!(verdict(&hcaptcha, &other), Verdict::Person);
        }
    }
}
