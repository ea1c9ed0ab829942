//! Environment variables that look like settings but are none: otherwise a misspelled name
//! would be ignored silently.

use super::{providers::Names, table};

/// Prefixes of settings' names that other programs do not use.
const PREFIXES: [&str; 5] = ["AUTH_", "BETTER_AUTH_", "GRAPHQL_", "RETENTION_", "SMTP_"];
/// Parts of the names of variables that Kubernetes adds for each service.
const KUBERNETES: [&str; 2] = ["_SERVICE_", "_PORT_"];
/// The length of names below which no letter may differ.
const SHORT: usize = 7;
/// The length of names from which on two letters may differ.
const LONG: usize = 10;

/// A variable that is no setting, and the setting that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// The names of all settings.
fn setting_names() -> Vec<&'static str> {
    table::settings().chain(table::COMMANDS.settings).map(|setting| setting.name).collect()
}

/// The variables among `names` that look like settings but are none, and no provider's either.
pub(super) fn among(names: impl Iterator<Item = String>, providers: &Names) -> Vec<Unknown> {
    let known = setting_names();
    let unknown = names.filter_map(|name| {
        // Other characters could forge log lines.
        let is_word = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_word
            || known.contains(&name.as_str())
            || providers.contains(&name)
            || KUBERNETES.iter().any(|part| name.contains(part))
        {
            return None;
        }
        let meant = providers.meant(&name).or_else(|| meant(&name, &known));
        let looks_ours = PREFIXES.iter().any(|start| name.starts_with(start));
        (looks_ours || meant.is_some()).then_some(Unknown { name, meant })
    });
    unknown.collect()
}

/// The setting with nearly this name, in any case; the only setting that begins with this name;
/// or one that ends with it.
fn meant(name: &str, known: &[&str]) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let distance = |known: &&str| strsim::damerau_levenshtein(&upper, known);
    let nearest = known.iter().min_by_key(|known| distance(known))?;
    let allowed = match nearest.len() {
        ..SHORT => 0,
        SHORT..LONG => 1,
        _ => 2,
    };
    if distance(nearest) <= allowed {
        return Some((*nearest).to_owned());
    }
    let mut longer = known.iter().filter(|known| known.starts_with(&upper));
    let looks_ours = PREFIXES.iter().any(|start| upper.starts_with(start) && upper != *start);
    if let (true, Some(longer), None) = (looks_ours, longer.next(), longer.next()) {
        return Some((*longer).to_owned());
    }
    let end = format!("_{upper}");
    let is_long = upper.contains('_') && upper.len() >= LONG;
    known.iter().find(|known| is_long && known.ends_with(&end)).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use auth::oauth::provider::Definition;

    use super::*;

    fn providers() -> Names {
        Names::of(Definition::built_in().values())
    }

    #[test]
    fn names_like_settings_are_reported_with_the_nearest_one() {
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
            // Auth.js's names.
            ("AUTH_GOOGLE_ID", Some("AUTH_GOOGLE_CLIENT_ID")),
            ("AUTH_GOOGLE_SECRET", Some("AUTH_GOOGLE_CLIENT_SECRET")),
            ("AUTH_GITHUB_DISABLE_SIGNUP", Some("AUTH_GITHUB_DISABLE_SIGN_UP")),
            ("AUTH_MICROSOFT_TENANT", Some("AUTH_MICROSOFT_TENANT_ID")),
            ("AUTH_GOGLE_CLIENT_ID", Some("AUTH_GOOGLE_CLIENT_ID")),
            ("GITHBU_CLIENT_SECRET", Some("GITHUB_CLIENT_SECRET")),
            ("AUTH_ACME_CLIENT_ID", None),
        ] {
            let found = among([name.to_owned()].into_iter(), &providers());
            let meant = meant.map(str::to_owned);
            assert_eq!(found, [Unknown { name: name.to_owned(), meant }]);
        }
    }

    #[test]
    fn settings_and_other_programs_variables_are_not_reported() {
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
            "GITHUB_CLIENT_ID",
            "AUTH_GITHUB_CLIENT_SECRET",
            "GITHUB_TOKEN",
            "GITHUB_ACTIONS",
            "GITLAB_TOKEN",
            "CLIENT_ID",
            "CLIENT_SECRET",
            "STRIPE_CLIENT_ID",
            "X_CLIENT_ID",
            "CARGO_HOME",
        ];
        let others = others
            .map(str::to_owned)
            .into_iter()
            .chain(setting_names().into_iter().map(str::to_owned));
        assert_eq!(among(others, &providers()), []);
    }
}
