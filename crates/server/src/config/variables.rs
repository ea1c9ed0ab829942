//! The variables of the process and of `.env`.

use std::{collections::BTreeMap, env, fmt};

use super::env_file::EnvFile;

/// Names and values of variables. Those of the process override those of the file.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

/// Without values.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}

impl Variables {
    /// Reads the variables of the process, and adds those of the file. Variables that are not
    /// Unicode are left out.
    pub(crate) fn read(env_file: &EnvFile) -> Self {
        let of_file = env_file.values().map(|(name, value)| (name.clone(), value.clone()));
        let of_process = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self(of_file.chain(of_process).collect())
    }

    /// The value of a variable. A blank one is none.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
