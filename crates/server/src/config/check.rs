//! Checks of single settings that collect what is wrong.

use std::{
    net::{IpAddr, Ipv4Addr},
    ops::RangeInclusive,
    str::FromStr,
};

use chrono::TimeDelta;
use database::DatabaseUrl;

use super::{
    Problems,
    env_file::{self, EnvFile},
};

/// Checks values and collects what is wrong.
#[derive(Default)]
pub(super) struct Check(Problems);

impl Check {
    pub(super) fn finish(self) -> Problems {
        self.0
    }

    pub(super) fn fail(&mut self, variable: &str, what: &str, example: &str) {
        self.0.lines.push(format!("{variable} {what}, e.g. {variable}={example}"));
    }

    /// A fault with what to do about it, where no value can be an example.
    pub(super) fn fail_with_advice(&mut self, variable: &str, what: &str, advice: &str) {
        self.0.lines.push(format!("{variable} {what}; {advice}"));
    }

    pub(super) fn env_file(&mut self, file: &EnvFile) {
        let faults = file.faults();
        self.0.lines.extend(faults.map(|fault| format!("{} {fault}", env_file::NAME)));
    }

    pub(super) fn parse<T: FromStr>(
        &mut self,
        variable: &str,
        value: &str,
        example: &str,
    ) -> Option<T> {
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.fail(variable, &format!("is {}, which is not valid", shown(value)), example);
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
            let what = format!("is {}, but must be {}", shown(value), names.join(" or "));
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

    /// One of the `known` values; `None` when absent or wrong.
    pub(super) fn choice<T: Copy>(
        &mut self,
        variable: &str,
        value: Option<String>,
        known: &[(&str, T)],
    ) -> Option<T> {
        self.one_of(variable, &present(value)?, known)
    }

    /// Whole seconds, from `shortest` to 400 days: browsers keep no cookie longer.
    pub(super) fn duration(
        &mut self,
        variable: &str,
        value: Option<String>,
        default: u32,
        shortest: u32,
    ) -> TimeDelta {
        const LONGEST: u32 = 34_560_000;
        TimeDelta::seconds(self.number(variable, value, default, shortest..=LONGEST).into())
    }

    pub(super) fn number(
        &mut self,
        variable: &str,
        value: Option<String>,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> u32 {
        let Some(value) = present(value) else { return default };
        let example = default.to_string();
        let number = self.parse(variable, &value, &example).unwrap_or(default);
        if !range.contains(&number) {
            let (least, most) = (range.start(), range.end());
            let what = format!("is {number}, but must be between {least} and {most}");
            self.fail(variable, &what, &example);
        }
        number
    }

    /// Values separated by commas.
    pub(super) fn list<T: FromStr>(
        &mut self,
        variable: &str,
        value: Option<String>,
        example: &str,
    ) -> Vec<T> {
        let value = present(value).unwrap_or_default();
        let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.filter_map(|item| self.parse(variable, item, example)).collect()
    }

    /// An address, or the one name that is the same everywhere. What other names stand
    /// for may change, and with it who reaches the server.
    pub(super) fn host(&mut self, value: &str) -> IpAddr {
        const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let host = value.trim();
        if host.eq_ignore_ascii_case("localhost") {
            return LOCAL;
        }
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        address.unwrap_or(host).parse().unwrap_or_else(|_| {
            let what = format!("is {}, but must be an IP address or localhost", shown(value));
            self.fail("HOST", &what, "0.0.0.0");
            LOCAL
        })
    }

    pub(super) fn database_url(&mut self, value: &str) -> DatabaseUrl {
        value.parse().unwrap_or_else(|what| {
            // The value may hold a password and is not shown.
            let example = if value.trim_start().starts_with("postgres") {
                "postgres://USER:PASSWORD@HOST/NAME"
            } else {
                "sqlite://data/bookplate.db"
            };
            self.fail("DATABASE_URL", what, example);
            DatabaseUrl::sqlite("data/bookplate.db")
        })
    }

    pub(super) fn log_filter(&mut self, value: String) -> String {
        if tracing_subscriber::EnvFilter::try_new(&value).is_err() {
            self.fail("RUST_LOG", &format!("is {}, which is not valid", shown(&value)), "info");
        }
        value
    }
}

/// A wrong value, unless it may be a URL with a password, of whatever setting.
pub(super) fn shown(value: &str) -> String {
    if may_hold_password(value) {
        "a URL that may hold a password".to_owned()
    } else {
        format!("{value:?}")
    }
}

/// Whether a text has what URLs have before or instead of a host, a login, or parameters.
/// An address of somebody has no colon.
pub(crate) fn may_hold_password(text: &str) -> bool {
    let login = text.split_once('@').is_some_and(|(login, _)| login.contains(':'));
    let (_, place) = text.split_once("//").unwrap_or_default();
    let parameters = place.split_once('?').is_some_and(|(_, query)| query.contains('='));
    let authority = place.split(['/', '?', '#']).next().unwrap_or_default();
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    login || parameters || !port.chars().all(|c| c.is_ascii_digit() || "*]".contains(c))
}

/// A value that is not empty.
pub(super) fn present(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty())
}
