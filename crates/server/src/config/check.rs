//! Checks of single settings that collect what is wrong.

use std::str::FromStr;

use auth::TrustedOrigin;
use chrono::TimeDelta;
use repositories::DatabaseUrl;
use secrecy::SecretString;
use url::Url;

use super::{Config, Problems, secret::weakness};

/// Checks values and collects what is wrong.
#[derive(Default)]
pub(super) struct Check(Problems);

impl Check {
    pub(super) fn finish(self, config: Config) -> Result<Config, Problems> {
        if self.0.0.is_empty() { Ok(config) } else { Err(self.0) }
    }

    pub(super) fn fail(&mut self, variable: &str, what: &str, example: &str) {
        self.0.0.push(format!("{variable} {what}, e.g. {variable}={example}"));
    }

    pub(super) fn parse<T: FromStr>(
        &mut self,
        variable: &str,
        value: &str,
        example: &str,
    ) -> Option<T> {
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.fail(variable, &format!("is \"{value}\", which is not valid"), example);
        }
        parsed
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        variable: &str,
        value: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(value.trim()));
        if found.is_none() {
            let names: Vec<_> =
                known.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
            let what = format!("is \"{value}\", but must be {}", names.join(" or "));
            self.fail(variable, &what, names.first().unwrap_or(&""));
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn switch(&mut self, variable: &str, value: Option<String>, default: bool) -> bool {
        let known = [("true", true), ("false", false), ("1", true), ("0", false)];
        match present(value) {
            Some(value) => self.one_of(variable, &value, &known).unwrap_or(default),
            None => default,
        }
    }

    /// From `shortest` to 400 days: browsers keep no cookie longer.
    pub(super) fn seconds(&mut self, variable: &str, value: &str, shortest: u32) -> TimeDelta {
        const LONGEST: u32 = 34_560_000;
        let seconds: u32 = self.parse(variable, value, "86400").unwrap_or(shortest);
        if !(shortest..=LONGEST).contains(&seconds) {
            let what = format!("is {seconds}, but must be between {shortest} and {LONGEST}");
            self.fail(variable, &what, "86400");
        }
        TimeDelta::seconds(seconds.into())
    }

    pub(super) fn database_url(&mut self, value: &str) -> DatabaseUrl {
        const EXAMPLE: &str = "sqlite://data/bookplate.db";
        value.parse().unwrap_or_else(|what| {
            // The value may hold a password and is not shown.
            self.fail("DATABASE_URL", what, EXAMPLE);
            DatabaseUrl::sqlite("data/bookplate.db")
        })
    }

    pub(super) fn base_url(&mut self, value: Option<String>) -> Option<Url> {
        const EXAMPLE: &str = "https://books.example.com";
        let value = present(value)?;
        let url = Url::parse(&value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() {
            self.fail("BETTER_AUTH_URL", &format!("is \"{value}\", which is no http URL"), EXAMPLE);
        }
        url
    }

    pub(super) fn secret(
        &mut self,
        first: Option<String>,
        second: Option<String>,
        production: bool,
    ) -> Option<SecretString> {
        const EXAMPLE: &str = "$(bookplate secret)";
        let found = [("BETTER_AUTH_SECRET", first), ("AUTH_SECRET", second)];
        let found = found.into_iter().find_map(|(name, value)| Some((name, present(value)?)));
        let Some((variable, secret)) = found else {
            if production {
                self.fail("BETTER_AUTH_SECRET", "must be set in production", EXAMPLE);
            }
            return None;
        };
        if let Some(what) = weakness(&secret).filter(|_| production) {
            self.fail(variable, what, EXAMPLE);
        }
        Some(SecretString::from(secret))
    }

    pub(super) fn trusted_origins(&mut self, value: Option<String>) -> Vec<TrustedOrigin> {
        let value = present(value).unwrap_or_default();
        let origins = value.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins
            .filter_map(|origin| {
                self.parse("BETTER_AUTH_TRUSTED_ORIGINS", origin, "https://app.example.com")
            })
            .collect()
    }

    pub(super) fn log_filter(&mut self, value: String) -> String {
        if tracing_subscriber::EnvFilter::try_new(&value).is_err() {
            self.fail("RUST_LOG", &format!("is \"{value}\", which is not valid"), "info");
        }
        value
    }
}

/// A value, unless it is empty.
pub(super) fn present(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty())
}
