//! The variables of a definition, such as a tenant, a region or a domain.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use super::{Definition, placeholders::replace_placeholders};

/// Defaults may contain variables; no default has more than this depth.
const MAX_DEPTH: usize = 4;

/// The variable that each request sets.
const ACCESS_TOKEN: &str = "access_token";

/// A variable of a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variable {
    /// What the variable is, for people.
    pub description: String,
    /// A valid value.
    pub example: String,
    /// The value without a setting; it may contain variables.
    pub default: Option<String>,
    /// Whether the provider does not work without a value.
    pub required: bool,
    /// What a value looks like.
    pub format: Format,
    /// The allowed values and their texts in URLs. Empty: all values are allowed.
    pub values: BTreeMap<String, String>,
    /// The setting.
    #[serde(skip)]
    pub value: Option<String>,
}

/// What the value of a variable looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Any text.
    #[default]
    Text,
    /// A URL; slashes at its end are removed.
    Url,
    /// A host; `https://` before it is removed.
    Host,
}

/// Why a definition does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionError {
    /// This variable has no value.
    MissingVariable {
        /// Its name.
        name: String,
        /// A valid value.
        example: String,
    },
    /// This variable does not exist.
    UnknownVariable {
        /// Its name.
        name: String,
    },
    /// The value of this variable is not allowed.
    InvalidValue {
        /// The name of the variable.
        name: String,
        /// The allowed values.
        allowed: Vec<String>,
    },
    /// This URL is missing.
    MissingUrl {
        /// Its key in the definition.
        key: &'static str,
    },
    /// `jwks_url` is set, and no issuer is known.
    MissingIssuer,
    /// This URL is neither https nor http on loopback.
    InvalidUrl {
        /// Its key in the definition.
        key: &'static str,
        /// The URL.
        url: String,
    },
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingVariable { name, example } => {
                write!(f, "{name} is missing, for example {example}")
            }
            Self::UnknownVariable { name } => write!(f, "{name} is no variable of the provider"),
            Self::InvalidValue { name, allowed } => {
                write!(f, "{name} must be one of {}", allowed.join(", "))
            }
            Self::MissingUrl { key } => write!(f, "{key} is missing"),
            Self::MissingIssuer => f.write_str("jwks_url requires issuer or id_token.issuers"),
            Self::InvalidUrl { key, url } => write!(
                f,
                "{key} must be an https URL, or http with a loopback address, and is {url}"
            ),
        }
    }
}

impl std::error::Error for DefinitionError {}

impl Definition {
    /// Sets a variable.
    ///
    /// # Errors
    /// If the variable does not exist, or does not allow the value.
    pub fn set_variable(&mut self, name: &str, value: &str) -> Result<(), DefinitionError> {
        let Some(variable) = self.variables.get_mut(name) else {
            return Err(DefinitionError::UnknownVariable { name: name.to_owned() });
        };
        if !variable.values.is_empty() && !variable.values.contains_key(value) {
            let allowed = variable.values.keys().cloned().collect();
            return Err(DefinitionError::InvalidValue { name: name.to_owned(), allowed });
        }
        let value = match variable.format {
            Format::Text => value,
            Format::Url => value.trim_end_matches('/'),
            Format::Host => value.split_once("://").map_or(value, |(_, host)| host),
        };
        variable.value = Some(value.to_owned());
        Ok(())
    }

    /// The text of a variable, from the setting or by default.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.text_of(name, MAX_DEPTH)
    }

    fn text_of(&self, name: &str, depth: usize) -> Option<String> {
        let variable = self.variables.get(name)?;
        let value = variable.value.as_ref().or(variable.default.as_ref())?;
        if value.is_empty() {
            return None;
        }
        let text = variable.values.get(value).unwrap_or(value);
        if depth == 0 {
            return None;
        }
        replace_placeholders(text, |name| self.text_of(name, depth - 1)).ok()
    }

    /// Replaces the variables of a text, except those of a request. A variable without a value is
    /// an error.
    pub(crate) fn expand(&self, template: &str) -> Result<String, DefinitionError> {
        let value = |name: &str| match name {
            ACCESS_TOKEN => Some(format!("{{{name}}}")),
            name => self.variable(name),
        };
        replace_placeholders(template, value).map_err(|name| match self.variables.get(&name) {
            Some(Variable { example, .. }) => {
                DefinitionError::MissingVariable { example: example.clone(), name }
            }
            None => DefinitionError::UnknownVariable { name },
        })
    }
}
