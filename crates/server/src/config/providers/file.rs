//! The file of custom providers: TOML, one table for each provider.
//!
//! A table has the keys of [`Definition`], and beside them this server's credentials and options
//! at the provider ([`Entry`]). Unknown keys are errors with their line.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use auth::oauth::provider::Definition;
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor,
        value::{MapAccessDeserializer, StringDeserializer},
    },
};

/// The largest file.
const MAX_BYTES: u64 = 1 << 20;

/// A provider of the file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) definition: Definition,
    pub(super) file_settings: FileSettings,
}

/// The keys of a table that are not [`Definition`]'s: credentials and options. Variables override
/// them, except `SCOPES`, which adds scopes.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    pub(super) client_ids: Vec<String>,
    pub(super) client_secret: Option<SecretString>,
    /// The variable with the client secret.
    pub(super) client_secret_env: Option<String>,
    /// The file with the client secret.
    pub(super) client_secret_file: Option<PathBuf>,
    /// Texts by the names of their variables, without the provider.
    pub(super) options: BTreeMap<String, String>,
    /// Switches by the names of their variables, without the provider.
    pub(super) switches: BTreeMap<String, bool>,
}

/// The keys of a table that are not [`Definition`]'s.
const KEYS: [&str; 11] = [
    "access_type",
    "client_id",
    "client_secret",
    "client_secret_env",
    "client_secret_file",
    "disable_id_token",
    "disable_implicit_sign_up",
    "disable_sign_up",
    "override_user_info",
    "prompt",
    "require_email_verification",
];

/// Reads the file at this path. The error has no value of the file.
pub(super) fn read(path: &str) -> Result<Vec<Entry>, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > MAX_BYTES {
        return Err("is larger than 1 MiB".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let tables: BTreeMap<String, Entry> =
        toml::from_str(text).map_err(|error| described(text, &error))?;
    let entry = |(id, mut entry): (String, Entry)| {
        entry.definition.set_id(&id);
        entry
    };
    Ok(tables.into_iter().map(entry).collect())
}

/// Describes an error with its line, and an unknown key with the nearest one.
fn described(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    let message = error.message();
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    let Some((unknown, expected)) = unknown else { return format!("line {line}: {message}") };
    // The names between backticks.
    let known = expected.split('`').skip(1).step_by(2);
    // A list that has this key is that of a provider's table.
    let is_table = expected.contains("`authorization_url`");
    let known = known.chain(KEYS.into_iter().filter(|_| is_table));
    let distance = |key: &&str| strsim::damerau_levenshtein(unknown, key);
    let nearest = known.min_by_key(distance).filter(|key| distance(key) <= 3);
    let meant = nearest.map(|key| format!("; {key} is one")).unwrap_or_default();
    format!("line {line}: {unknown} is no key{meant}")
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the table of a provider")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        let mut file_settings = FileSettings::default();
        let rest = DefinitionKeys { map, file_settings: &mut file_settings };
        let definition = Definition::deserialize(MapAccessDeserializer::new(rest))?;
        Ok(Entry { definition, file_settings })
    }
}

/// The keys of a table without those of [`KEYS`], which it moves to the credentials.
struct DefinitionKeys<'c, A> {
    map: A,
    file_settings: &'c mut FileSettings,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for DefinitionKeys<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.map.next_key_seed(KeySeed(seed))? {
                None => return Ok(None),
                Some(Key::Definition(key)) => return Ok(Some(key)),
                Some(Key::Credential(name, unused)) => {
                    self.file_settings.take(&name, &mut self.map)?;
                    seed = unused;
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a key, where the deserializer knows its line.
struct KeySeed<K>(K);

enum Key<V, K> {
    Definition(V),
    Credential(String, K),
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KeySeed<K> {
    type Value = Key<K::Value, K>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let name = String::deserialize(deserializer)?;
        if KEYS.contains(&name.as_str()) {
            return Ok(Key::Credential(name, self.0));
        }
        let name: StringDeserializer<D::Error> = name.into_deserializer();
        self.0.deserialize(name).map(Key::Definition)
    }
}

impl FileSettings {
    /// Reads the value of a key.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "client_id" => {
                self.client_ids = match map.next_value()? {
                    OneOrMore::One(id) => vec![id],
                    OneOrMore::More(ids) => ids,
                };
            }
            "client_secret" => self.client_secret = Some(map.next_value::<String>()?.into()),
            "client_secret_env" => self.client_secret_env = Some(map.next_value()?),
            "client_secret_file" => self.client_secret_file = Some(map.next_value()?),
            "prompt" | "access_type" => {
                self.options.insert(key.to_ascii_uppercase(), map.next_value()?);
            }
            switch => {
                self.switches.insert(switch.to_ascii_uppercase(), map.next_value()?);
            }
        }
        let secrets = [
            self.client_secret.is_some(),
            self.client_secret_env.is_some(),
            self.client_secret_file.is_some(),
        ];
        if secrets.iter().filter(|given| **given).count() > 1 {
            return Err(A::Error::custom(
                "the provider has two of client_secret, client_secret_env and client_secret_file",
            ));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "client_id must be a text, or a list of texts")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn credentials_and_choices_are_beside_the_definition() {
        let entries = parse(
            "[keycloak]\nname = \"Staff\"\nclient_id = [\"web\", \"app\"]\nclient_secret = \"s\"\n\
             discovery_url = \"https://id.example.com/.well-known/openid-configuration\"\n\
             disable_sign_up = true\nprompt = \"login\"\n[keycloak.token]\nauthentication = \
             \"basic\"\n",
        );
        let [Entry { definition, file_settings }] = &*entries.unwrap() else { panic!() };
        assert_eq!((&*definition.id, &*definition.name), ("keycloak", "Staff"));
        assert_eq!(file_settings.client_ids, ["web", "app"]);
        assert_eq!(file_settings.client_secret.as_ref().unwrap().expose_secret(), "s");
        assert!(file_settings.switches["DISABLE_SIGN_UP"]);
        assert_eq!(file_settings.options["PROMPT"], "login");
    }

    #[test]
    fn errors_name_the_line_and_no_secret() {
        for (text, told) in [
            ("[a]\nname = \"A\"\ncolour = 1\n", "line 3: colour is no key"),
            ("[a]\nclientid = \"A\"\n", "line 2: clientid is no key; client_id is one"),
            ("[a]\ntokenurl = \"A\"\n", "line 2: tokenurl is no key; token_url is one"),
            ("[a]\n[a.token]\nauthentcation = \"A\"\n", "; authentication is one"),
            ("[a]\n\nclient_id = 5\n", "line 3: client_id must be a text"),
            ("[a]\ndisable_sign_up = \"yes\"\n", "line 2: "),
            ("[a]\nclient_secret = \"hunter2\n", "line 2: "),
            ("[a]\nclient_secret = \"hunter2\"\nclient_secret_env = \"B\"\n", "line 1: "),
            ("name = \"A\"\n", "line 1: "),
            ("[a]\n[a]\n", "line 2: "),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(told) && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
