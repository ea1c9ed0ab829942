//! The names of the providers' variables, and misspelled ones.

use auth::oauth::provider::Definition;

use super::provider_settings::{CLIENT_ID, CLIENT_SECRET, PROVIDER_SETTINGS};

/// The prefix of settings' names, which providers' variables may omit.
const PREFIX: &str = "AUTH_";
/// Further variables of a provider whose client secret is a JWT that a private key signs.
pub(super) const PRIVATE_KEY: &str = "PRIVATE_KEY";
pub(super) const PRIVATE_KEY_FILE: &str = "PRIVATE_KEY_FILE";
/// The length of names below which no letter may differ.
const SHORT: usize = 5;

/// The names of every provider's variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Vec<ProviderVariables>);

/// The names of one provider's variables.
#[derive(Clone, Debug)]
struct ProviderVariables {
    /// The id as a part of names, e.g. `GITHUB`.
    name: String,
    /// What follows the id, e.g. `CLIENT_ID`.
    suffixes: Vec<String>,
}

impl Names {
    pub(crate) fn of<'d>(definitions: impl Iterator<Item = &'d Definition>) -> Self {
        let provider = |definition: &Definition| ProviderVariables {
            name: variable_prefix(&definition.id),
            suffixes: suffixes(definition).collect(),
        };
        Self(definitions.map(provider).collect())
    }

    /// Whether a provider has this variable.
    pub(crate) fn contains(&self, variable: &str) -> bool {
        let rest = variable.strip_prefix(PREFIX).unwrap_or(variable);
        self.0.iter().any(|provider| {
            let suffix = provider.suffix_of(rest);
            suffix.is_some_and(|suffix| provider.suffixes.iter().any(|known| known == suffix))
        })
    }

    /// The variable that was probably meant by a name that is none. Names without the prefix are
    /// mostly other programs' variables.
    pub(crate) fn meant(&self, variable: &str) -> Option<String> {
        let (prefix, rest) = match variable.strip_prefix(PREFIX) {
            Some(rest) => (PREFIX, rest),
            None => ("", variable),
        };
        self.meant_suffix(prefix, rest).or_else(|| self.meant_provider(prefix, rest))
    }

    /// The nearest variable of the provider that the name begins with.
    fn meant_suffix(&self, prefix: &str, rest: &str) -> Option<String> {
        let provider = self.0.iter().filter(|provider| provider.suffix_of(rest).is_some());
        let provider = provider.max_by_key(|provider| provider.name.len())?;
        let given = provider.suffix_of(rest)?;
        let known = |test: &dyn Fn(&str) -> bool| {
            provider.suffixes.iter().find(|suffix| test(suffix.as_str()))
        };
        let found = match given {
            // Auth.js's names are AUTH_GOOGLE_ID and AUTH_GOOGLE_SECRET.
            "ID" | "SECRET" if prefix == PREFIX => known(&|it| it == format!("CLIENT_{given}")),
            _ if given.len() < SHORT => None,
            _ => known(&|it| strsim::damerau_levenshtein(given, it) <= 2)
                .or_else(|| known(&|it| prefix == PREFIX && it.starts_with(&format!("{given}_")))),
        }?;
        Some(format!("{prefix}{}_{found}", provider.name))
    }

    /// The credential of the provider with nearly this name.
    fn meant_provider(&self, prefix: &str, rest: &str) -> Option<String> {
        let (given, suffix) = credential(rest)?;
        let distance = |it: &&ProviderVariables| strsim::damerau_levenshtein(given, &it.name);
        let nearest = self.0.iter().min_by_key(distance)?;
        let allowed = if nearest.name.len() < SHORT { 0 } else { 2 };
        (distance(&nearest) <= allowed).then(|| format!("{prefix}{}_{suffix}", nearest.name))
    }

    /// The provider of a credential with the prefix that no provider has, as in
    /// `AUTH_GOGLE_CLIENT_ID`.
    pub(super) fn unknown_provider<'v>(&self, variable: &'v str) -> Option<&'v str> {
        let (given, _) = credential(variable.strip_prefix(PREFIX)?)?;
        (!self.0.iter().any(|provider| provider.name == given)).then_some(given)
    }
}

impl ProviderVariables {
    /// What follows the provider's name.
    fn suffix_of<'r>(&self, rest: &'r str) -> Option<&'r str> {
        rest.strip_prefix(&self.name)?.strip_prefix('_')
    }
}

/// The provider and the suffix in `GITHUB_CLIENT_ID`.
fn credential(rest: &str) -> Option<(&str, &'static str)> {
    [CLIENT_ID.name, CLIENT_SECRET.name].into_iter().find_map(|suffix| {
        let provider = rest.strip_suffix(suffix)?.strip_suffix('_')?;
        Some((provider, suffix))
    })
}

/// A provider's id as a part of variables' names.
pub(super) fn variable_prefix(id: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    id.chars().map(letter).collect()
}

/// The variable of a provider in both forms, e.g. `AUTH_GITHUB_SCOPES` and `GITHUB_SCOPES`.
pub(super) fn variable(id: &str, suffix: &str) -> [String; 2] {
    let name = format!("{}_{suffix}", variable_prefix(id));
    [format!("{PREFIX}{name}"), name]
}

/// What follows the id in the names of a provider's variables.
pub(super) fn suffixes(definition: &Definition) -> impl Iterator<Item = String> {
    PROVIDER_SETTINGS
        .settings
        .iter()
        .map(|setting| setting.name.to_owned())
        .chain(own_suffixes(definition))
}

/// Those that not every provider has.
pub(super) fn own_suffixes(definition: &Definition) -> impl Iterator<Item = String> {
    let own = definition.variables.keys().map(|name| name.to_ascii_uppercase());
    let signs = definition.token.client_secret_jwt_audience.is_some();
    let keys = [PRIVATE_KEY, PRIVATE_KEY_FILE].into_iter().filter(move |_| signs);
    own.chain(keys.map(str::to_owned)).collect::<Vec<_>>().into_iter()
}
