//! Variables of the environment that are no setting, though they look like one: whoever
//! misspells a name would never learn that it does not count.

use std::collections::BTreeSet;

use clap::CommandFactory;

use super::EnvFile;
use crate::cli::Cli;

/// What the names of settings begin with that no other program's do.
const OURS: [&str; 5] = ["AUTH_", "BETTER_AUTH_", "GRAPHQL_", "RETENTION_", "SMTP_"];
/// What Kubernetes adds to the name of a service, for every container beside it.
const OF_SERVICES: [&str; 2] = ["_SERVICE_", "_PORT_"];
/// Below so many letters one name is easily another one.
const SHORT: usize = 7;
/// From so many letters on, two of them may be wrong.
const LONG: usize = 10;

/// The variable that a name was probably meant for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) name: String,
    meant: Option<String>,
}

impl Unknown {
    /// e.g. `is no setting; SMTP_HOST is one`
    pub(crate) fn message(&self) -> String {
        match &self.meant {
            Some(meant) => format!("is no setting; {meant} is one"),
            None => "is no setting; `bookplate --help` lists them".to_owned(),
        }
    }
}

/// Those of this process's variables and of the file's. Values are not looked at.
pub(crate) fn variables(env_file: &EnvFile) -> Vec<Unknown> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let names: BTreeSet<_> = names.chain(env_file.names().cloned()).collect();
    among(names.into_iter(), &settings())
}

/// The variables of every command's settings.
fn settings() -> Vec<String> {
    fn collect(command: &clap::Command, names: &mut Vec<String>) {
        let variables = command.get_arguments().filter_map(clap::Arg::get_env);
        names.extend(variables.filter_map(|name| name.to_str().map(str::to_owned)));
        command.get_subcommands().for_each(|command| collect(command, names));
    }
    let mut names = Vec::new();
    collect(&Cli::command(), &mut names);
    names
}

fn among(names: impl Iterator<Item = String>, known: &[String]) -> Vec<Unknown> {
    let unknown = names.filter_map(|name| {
        // Others are no names of ours, and some could forge lines of the log.
        let is_word = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_word || known.contains(&name) || OF_SERVICES.iter().any(|part| name.contains(part)) {
            return None;
        }
        let meant = meant(&name, known);
        let looks_ours = OURS.iter().any(|start| name.starts_with(start));
        (looks_ours || meant.is_some()).then_some(Unknown { name, meant })
    });
    unknown.collect()
}

/// The setting with nearly this name, in whatever case, the only one of ours that begins
/// with it, or one that ends in it.
fn meant(name: &str, known: &[String]) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let distance = |known: &String| strsim::damerau_levenshtein(&upper, known);
    let nearest = known.iter().min_by_key(|known| distance(known))?;
    let allowed = match nearest.len() {
        ..SHORT => 0,
        SHORT..LONG => 1,
        _ => 2,
    };
    if distance(nearest) <= allowed {
        return Some(nearest.clone());
    }
    let mut longer = known.iter().filter(|known| known.starts_with(&upper));
    let looks_ours = OURS.iter().any(|start| upper.starts_with(start) && upper != *start);
    if let (true, Some(longer), None) = (looks_ours, longer.next(), longer.next()) {
        return Some(longer.clone());
    }
    let end = format!("_{upper}");
    let is_long = upper.contains('_') && upper.len() >= LONG;
    known.iter().find(|known| is_long && known.ends_with(&end)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_settings_are_told_with_the_nearest_one() {
        for (name, meant) in [
            ("SESSION_EXPIRES_IN", Some("AUTH_SESSION_EXPIRES_IN")),
            ("AUTH_SESION_EXPIRES_IN", Some("AUTH_SESSION_EXPIRES_IN")),
            ("GRAPHQL_MAX_DEPHT", Some("GRAPHQL_MAX_DEPTH")),
            ("DATABSE_URL", Some("DATABASE_URL")),
            ("database_url", Some("DATABASE_URL")),
            ("REDIS_URI", Some("REDIS_URL")),
            ("SMTP_PASS", Some("SMTP_PASSWORD")),
            ("SMTP_P", None),
            ("AUTH_COOKIE", None),
            ("AUTH_GOOGLE_ID", None),
        ] {
            let found = among([name.to_owned()].into_iter(), &settings());
            let meant = meant.map(str::to_owned);
            assert_eq!(found, [Unknown { name: name.to_owned(), meant }]);
        }
    }

    #[test]
    fn settings_and_the_variables_of_others_are_not_told() {
        let others = [
            "HOME",
            "HOSTNAME",
            "HOSTS",
            "POST",
            "PATH",
            "PORT",
            "LANG",
            "USER",
            "PWD",
            "TERM",
            "HTTP_PROXY",
            "http_proxy",
            "MAIL",
            "RUST_BACKTRACE",
            "RUST_LOG",
            "NO_COLOR",
            "SMTP_SERVICE_HOST",
            "SMTP_PORT_25_TCP_ADDR",
            "AUTH_SERVICE_PORT",
            "URL",
            "REDIS_HOST",
            "BASE_URL",
            "IMPORT_FROM",
            "DATABASE_URL",
            "TEST_POSTGRES_URL",
            "CARGO_HOME",
        ];
        let others = others.map(str::to_owned).into_iter().chain(settings());
        assert_eq!(among(others, &settings()), []);
    }
}
