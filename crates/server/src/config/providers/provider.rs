//! One provider: its definition, with this server's credentials and options.

use std::fs;

use auth::oauth::{
    ProviderConfig,
    provider::{ClientAuthentication, Definition, DefinitionError},
};
use secrecy::SecretString;
use url::Url;

use super::{
    PROVIDERS_FILE_NAME,
    file::FileSettings,
    names::{PRIVATE_KEY, PRIVATE_KEY_FILE, suffixes, variable},
    provider_settings::{
        ACCESS_TYPE, AUTHORIZATION_URL, CLIENT_ID, CLIENT_SECRET, DISABLE_DEFAULT_SCOPES,
        DISABLE_ID_TOKEN, DISABLE_IMPLICIT_SIGN_UP, DISABLE_SIGN_UP, JWKS_URL, OVERRIDE_USER_INFO,
        PROMPT, REQUIRE_EMAIL_VERIFICATION, SCOPES, TOKEN_URL, USER_INFO_URL,
    },
};
use crate::config::{
    check::{Check, items, shown},
    exposure::is_local,
    setting::{DefaultValue, Setting},
};

/// Reads the variables of one provider.
struct Reader<'c> {
    check: &'c mut Check,
    definition: Definition,
    /// From `AUTH_PROVIDERS_FILE`; empty for built-in providers.
    file_settings: FileSettings,
}

/// The provider with its credentials; `None` without a client id.
pub(super) fn provider_config(
    check: &mut Check,
    definition: Definition,
    file_settings: FileSettings,
) -> Option<ProviderConfig> {
    let mut reader = Reader { check, definition, file_settings };
    let client_ids = reader.client_ids();
    if client_ids.is_empty() {
        reader.report_without_client_id();
        return None;
    }
    reader.set_endpoints();
    reader.set_variables();
    let client_secret = reader.client_secret();
    reader.report_unusable();
    Some(ProviderConfig {
        client_ids,
        client_secret,
        scopes: reader.scopes(),
        disable_default_scopes: reader.switch(&DISABLE_DEFAULT_SCOPES),
        prompt: reader.text(&PROMPT),
        access_type: reader.text(&ACCESS_TYPE),
        disable_sign_up: reader.switch(&DISABLE_SIGN_UP),
        disable_implicit_sign_up: reader.switch(&DISABLE_IMPLICIT_SIGN_UP),
        override_user_info: reader.switch(&OVERRIDE_USER_INFO),
        require_email_verification: reader.switch(&REQUIRE_EMAIL_VERIFICATION),
        disable_id_token: reader.switch(&DISABLE_ID_TOKEN),
        definition: reader.definition,
    })
}

impl Reader<'_> {
    /// The variable of a provider, in its first form.
    fn name(&self, suffix: &str) -> String {
        let [name, _] = variable(&self.definition.id, suffix);
        name
    }

    /// Finds the variable in one of its two forms; returns its name and its value.
    fn find_variable(&mut self, suffix: &str) -> Option<(String, String)> {
        let [long, short] = variable(&self.definition.id, suffix);
        let [of_long, of_short] = [&long, &short].map(|name| self.check.variable(name));
        match (of_long, of_short) {
            (Some(one), Some(other)) if one != other => {
                let what = format!("and {short} have different values");
                self.check.fail_with_advice(&long, &what, "set one of them");
                Some((long, one))
            }
            (Some(value), _) => Some((long, value)),
            (None, Some(value)) => Some((short, value)),
            (None, None) => None,
        }
    }

    /// The value of a variable, or else of the file.
    fn text(&mut self, setting: &Setting) -> Option<String> {
        let given = self.find_variable(setting.name).map(|(_, value)| value.trim().to_owned());
        given.or_else(|| self.file_settings.options.get(setting.name).cloned())
    }

    fn switch(&mut self, setting: &Setting) -> bool {
        let default = setting.default == DefaultValue::Switch(true);
        let given = self.find_variable(setting.name);
        let given = given.and_then(|(name, value)| self.check.switch_variable(&name, &value));
        let of_file = self.file_settings.switches.get(setting.name).copied();
        given.or(of_file).unwrap_or(default)
    }

    fn client_ids(&mut self) -> Vec<String> {
        let given = self.find_variable(CLIENT_ID.name);
        let ids = match &given {
            Some((_, value)) => items(value),
            None => self.file_settings.client_ids.clone(),
        };
        let name = given.map_or_else(|| self.name(CLIENT_ID.name), |(name, _)| name);
        if let Some(wrong) = ids.iter().find(|id| !id.chars().all(|c| c.is_ascii_graphic())) {
            let what = format!("is {}, which has spaces or other characters", shown(wrong));
            self.check.fail_variable(&name, &what, &CLIENT_ID.valid_value());
        }
        ids
    }

    /// Scopes are separated by commas or, as in the standard, by spaces.
    fn scopes(&mut self) -> Vec<String> {
        let scopes = self.text(&SCOPES).unwrap_or_default();
        items(&scopes.split_whitespace().collect::<Vec<_>>().join(","))
    }

    fn client_secret(&mut self) -> Option<SecretString> {
        let secret = self.given_secret().or_else(|| self.secret_of_file());
        if secret.is_none() && needs_secret(&self.definition) {
            let (id, secret) = (self.name(CLIENT_ID.name), self.name(CLIENT_SECRET.name));
            let what = format!("must be set with {id}");
            self.check.fail_variable(&secret, &what, &CLIENT_SECRET.valid_value());
        }
        secret
    }

    fn given_secret(&mut self) -> Option<SecretString> {
        if let Some((_, secret)) = self.find_variable(CLIENT_SECRET.name) {
            return Some(secret.trim().into());
        }
        self.definition.token.client_secret_jwt_audience.as_ref()?;
        if let Some((name, key)) = self.find_variable(PRIVATE_KEY) {
            self.require_variables(&name);
            // Many hosts' forms take a single line.
            return Some(key.replace("\\n", "\n").into());
        }
        let (name, path) = self.find_variable(PRIVATE_KEY_FILE)?;
        self.require_variables(&name);
        self.read_secret_file(&name, path.trim())
    }

    /// Requires the variables of a client secret that a private key signs (key id, team id).
    fn require_variables(&mut self, private_key: &str) {
        let missing = self.definition.variables.iter().filter(|(_, it)| it.value.is_none());
        let missing: Vec<_> =
            missing.map(|(name, it)| (name.to_ascii_uppercase(), it.example.clone())).collect();
        for (suffix, example) in missing {
            let what = format!("must be set with {private_key}");
            self.check.fail_variable(&self.name(&suffix), &what, &example);
        }
    }

    fn secret_of_file(&mut self) -> Option<SecretString> {
        let FileSettings { client_secret, client_secret_env, client_secret_file, .. } =
            &self.file_settings;
        if let Some(name) = client_secret_env.clone() {
            let secret = self.check.variable(&name);
            if secret.is_none() {
                let what =
                    format!("must be set: it is client_secret_env of {}", self.definition.id);
                self.check.fail_variable(&name, &what, &CLIENT_SECRET.valid_value());
            }
            return secret.map(|secret| secret.trim().into());
        }
        if let Some(path) = client_secret_file.clone() {
            return self.read_secret_file(PROVIDERS_FILE_NAME, &path.display().to_string());
        }
        client_secret.clone()
    }

    /// Reads a secret from the file that the variable or setting `name` names.
    fn read_secret_file(&mut self, name: &str, path: &str) -> Option<SecretString> {
        match fs::read_to_string(path) {
            Ok(secret) => Some(secret.trim().into()),
            Err(error) => {
                let what = format!("names the file {}, which cannot be read: {error}", shown(path));
                self.check.fail_variable(name, &what, "/run/secrets/client-secret");
                None
            }
        }
    }

    /// Replaces the definition's URLs by those of the variables.
    fn set_endpoints(&mut self) {
        for setting in [AUTHORIZATION_URL, TOKEN_URL, USER_INFO_URL, JWKS_URL] {
            let Some((name, value)) = self.find_variable(setting.name) else { continue };
            let value = value.trim();
            let url = Url::parse(value).ok().filter(|url| match url.scheme() {
                "https" => true,
                "http" => is_local(url),
                _ => false,
            });
            if url.is_none() {
                let what = format!(
                    "is {}, but must be an https URL, or http with a loopback address",
                    shown(value)
                );
                self.check.fail_variable(&name, &what, &setting.valid_value());
                continue;
            }
            let definition = &mut self.definition;
            let url = match setting.name {
                name if name == AUTHORIZATION_URL.name => &mut definition.authorization_url,
                name if name == TOKEN_URL.name => &mut definition.token_url,
                name if name == USER_INFO_URL.name => &mut definition.user_info_url,
                _ => &mut definition.jwks_url,
            };
            *url = Some(value.to_owned());
        }
    }

    /// Sets the definition's own variables, such as a tenant.
    fn set_variables(&mut self) {
        let names: Vec<_> = self.definition.variables.keys().cloned().collect();
        for name in names {
            let Some((given, value)) = self.find_variable(&name.to_ascii_uppercase()) else {
                continue;
            };
            // The definition has the variable, so only the value can be wrong.
            if let Err(DefinitionError::InvalidValue { allowed, .. }) =
                self.definition.set_variable(&name, value.trim())
            {
                let what = format!("is {}, but must be {}", shown(&value), allowed.join(" or "));
                let example = allowed.first().map_or("", String::as_str);
                self.check.fail_variable(&given, &what, example);
            }
        }
    }

    /// Reports what keeps a definition from working.
    fn report_unusable(&mut self) {
        match self.definition.check() {
            Ok(()) => {}
            Err(DefinitionError::MissingVariable { name, example }) => {
                let what = format!("must be set with {}", self.name(CLIENT_ID.name));
                let name = self.name(&name.to_ascii_uppercase());
                self.check.fail_variable(&name, &what, &example);
            }
            Err(error) if self.definition.built_in => self.report_unusable_variables(&error),
            Err(error) => {
                let what = format!("is wrong for {}: {error}", self.definition.id);
                self.check.fail_with_advice(
                    PROVIDERS_FILE_NAME,
                    &what,
                    "docs/sign-in.md describes the file",
                );
            }
        }
    }

    /// Reports the variables that keep a built-in definition from working.
    fn report_unusable_variables(&mut self, error: &DefinitionError) {
        let given = self.definition.variables.iter().filter(|(_, it)| it.value.is_some());
        let given = given.map(|(name, it)| (self.name(&name.to_ascii_uppercase()), &it.example));
        let (names, examples): (Vec<_>, Vec<_>) =
            given.map(|(name, example)| (name.clone(), format!("{name}={example}"))).unzip();
        let what = format!("is wrong for {}: {error}", self.definition.id);
        let advice = format!("a valid value is {}", examples.join(", "));
        self.check.fail_with_advice(&names.join(" or "), &what, &advice);
    }

    /// Reports settings that have no effect without a client id: a table of the file, and variables
    /// with the prefix. Variables without the prefix may be another program's.
    fn report_without_client_id(&mut self) {
        let id = self.name(CLIENT_ID.name);
        if !self.definition.built_in {
            let what = format!("has {} without client_id", self.definition.id);
            let advice = format!("add it, or set {id}");
            return self.check.fail_with_advice(PROVIDERS_FILE_NAME, &what, &advice);
        }
        let names: Vec<_> = suffixes(&self.definition).map(|suffix| self.name(&suffix)).collect();
        for name in names {
            if self.check.variable(&name).is_some() {
                let what = format!("is set, but {id} is not");
                self.check.fail_with_advice(&name, &what, "set both or none");
            }
        }
    }
}

/// Whether the provider refuses clients without a secret. With PKCE, some providers accept them.
fn needs_secret(definition: &Definition) -> bool {
    let Definition { client_secret_required, authorization, token, .. } = definition;
    *client_secret_required
        || (definition.built_in && !authorization.pkce)
        || (!definition.built_in && token.authentication == ClientAuthentication::Basic)
}
