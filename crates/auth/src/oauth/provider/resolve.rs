//! Makes a provider of a definition: replaces variables, and adds discovered URLs.

use chrono::TimeDelta;
use http_client::is_loopback;
use url::Url;

use super::{
    ClaimsCheck, Definition, DefinitionError, IdTokenDefinition, IdTokenRules, Provider,
    SpecialCase, Verification,
};
use crate::oauth::config::ProviderConfig;

/// The values of a discovery document. Source: OpenID Connect Discovery 1.0, section 3.
#[derive(Clone, Debug, Default)]
pub(crate) struct Discovered {
    pub(crate) issuer: Option<String>,
    pub(crate) authorization_url: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) user_info_url: Option<String>,
    pub(crate) jwks_url: Option<String>,
    pub(crate) end_session_url: Option<String>,
    /// `id_token_signing_alg_values_supported`.
    pub(crate) algorithms: Vec<String>,
    /// `authorization_response_iss_parameter_supported`: every authorization response names the
    /// issuer.
    pub(crate) requires_iss: bool,
}

impl Definition {
    /// Checks that all variables have values and all URLs are valid.
    pub fn check(&self) -> Result<(), DefinitionError> {
        let discovered = self.discovery_url.is_some();
        self.url("discovery_url", self.discovery_url.as_deref(), None)?;
        let required =
            [("authorization_url", &self.authorization_url), ("token_url", &self.token_url)];
        for (key, url) in required {
            let url = self.url(key, url.as_deref(), None)?;
            if url.is_none() && !discovered {
                return Err(DefinitionError::MissingUrl { key });
            }
        }
        self.url("user_info_url", self.user_info_url.as_deref(), None)?;
        self.url("end_session_url", self.end_session_url.as_deref(), None)?;
        self.check_jwks()
    }

    /// Checks that an id token of a custom provider with a JWKS has a known issuer.
    fn check_jwks(&self) -> Result<(), DefinitionError> {
        let nothing = Discovered::default();
        if self.jwks(&nothing)?.is_none() || self.built_in || self.discovery_url.is_some() {
            return Ok(());
        }
        let issuers = self.issuers(&self.id_token.clone().unwrap_or_default(), &nothing)?;
        // Otherwise id tokens would not be verified.
        if issuers.is_empty() && self.claims_check() == ClaimsCheck::None {
            return Err(DefinitionError::MissingIssuer);
        }
        Ok(())
    }

    /// The URL of a key of the definition, or the discovered one.
    fn url(
        &self,
        key: &'static str,
        own: Option<&str>,
        discovered: Option<&str>,
    ) -> Result<Option<Url>, DefinitionError> {
        let text = match own {
            Some(template) => self.expand(template)?,
            None => match discovered {
                Some(url) => url.to_owned(),
                None => return Ok(None),
            },
        };
        match Url::parse(&text) {
            Ok(url) if is_allowed(&url) => Ok(Some(url)),
            _ => Err(DefinitionError::InvalidUrl { key, url: text }),
        }
    }

    fn required_url(
        &self,
        key: &'static str,
        own: Option<&str>,
        discovered: Option<&str>,
    ) -> Result<Url, DefinitionError> {
        self.url(key, own, discovered)?.ok_or(DefinitionError::MissingUrl { key })
    }

    fn jwks(&self, discovered: &Discovered) -> Result<Option<Url>, DefinitionError> {
        let found = discovered.jwks_url.as_deref();
        self.url("jwks_url", self.jwks_url.as_deref(), found)
    }

    /// The logout URL. A discovered one that is wrong is none: it must not prevent sign-in.
    fn end_session(&self, discovered: &Discovered) -> Result<Option<Url>, DefinitionError> {
        let own = self.url("end_session_url", self.end_session_url.as_deref(), None)?;
        let found = discovered.end_session_url.as_deref().and_then(|url| Url::parse(url).ok());
        Ok(own.or(found.filter(is_allowed)))
    }

    /// How id tokens are verified. `None`: they are not.
    fn id_token_rules(
        &self,
        discovered: &Discovered,
        token_url: &Url,
    ) -> Result<Option<IdTokenRules>, DefinitionError> {
        let own = self.id_token.clone().unwrap_or_default();
        let verification = match &own.endpoint {
            Some(path) => Verification::Endpoint { url: join(token_url, path) },
            None => match self.jwks(discovered)? {
                Some(url) => Verification::Jwks { headers: self.jwks_headers(&url), url },
                None => return Ok(None),
            },
        };
        let claims = self.claims_check();
        let issuers = self.issuers(&own, discovered)?;
        let asks_provider = matches!(verification, Verification::Endpoint { .. });
        // Tokens of any issuer would pass.
        if issuers.is_empty() && claims == ClaimsCheck::None && !asks_provider {
            return Ok(None);
        }
        let IdTokenDefinition { algorithms, max_age, nonce_comparison, allow_opaque, .. } = own;
        let found = if algorithms.is_empty() { &discovered.algorithms } else { &algorithms };
        Ok(Some(IdTokenRules {
            issuers,
            audiences: Vec::new(),
            verification,
            algorithms: found.clone(),
            max_age: max_age.map(|seconds| TimeDelta::seconds(seconds.into())),
            nonce: nonce_comparison,
            allow_opaque,
            claims,
        }))
    }

    fn issuers(
        &self,
        own: &IdTokenDefinition,
        discovered: &Discovered,
    ) -> Result<Vec<String>, DefinitionError> {
        if !own.issuers.is_empty() {
            return own.issuers.iter().map(|issuer| self.expand(issuer)).collect();
        }
        // Microsoft's tenants have one issuer each, unless the setting is a class of tenants.
        if let ClaimsCheck::MicrosoftTenant { authority, tenant } = self.claims_check() {
            let is_class = ["common", "organizations", "consumers"].contains(&&*tenant);
            return Ok(if is_class { vec![] } else { vec![format!("{authority}/{tenant}/v2.0")] });
        }
        match &discovered.issuer {
            Some(issuer) => Ok(vec![issuer.clone()]),
            None => self.issuer.iter().map(|issuer| self.expand(issuer)).collect(),
        }
    }

    fn claims_check(&self) -> ClaimsCheck {
        match self.special_case {
            Some(SpecialCase::Google) => {
                self.variable("hd").map_or(ClaimsCheck::None, ClaimsCheck::HostedDomain)
            }
            Some(SpecialCase::Microsoft) => ClaimsCheck::MicrosoftTenant {
                authority: self.variable("authority").unwrap_or_default(),
                tenant: self.variable("tenant_id").unwrap_or_default(),
            },
            _ => ClaimsCheck::None,
        }
    }

    /// The headers of discovery, for a JWKS of the same origin.
    fn jwks_headers(&self, jwks: &Url) -> Vec<(String, String)> {
        let discovery = self.discovery_url.as_deref().and_then(|url| Url::parse(url).ok());
        let same = discovery.is_some_and(|url| url.origin() == jwks.origin());
        let headers = self.discovery_headers.iter().filter(|_| same);
        headers.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl Provider {
    /// The provider of a definition, with what discovery found.
    pub(crate) fn new(
        config: ProviderConfig,
        discovered: Option<&Discovered>,
    ) -> Result<Self, DefinitionError> {
        let (nothing, definition) = (Discovered::default(), &config.definition);
        let found = discovered.unwrap_or(&nothing);
        let token_url = definition.required_url(
            "token_url",
            definition.token_url.as_deref(),
            found.token_url.as_deref(),
        )?;
        let mut id_token = definition.id_token_rules(found, &token_url)?;
        if let Some(rules) = &mut id_token {
            rules.audiences.clone_from(&config.client_ids);
        }
        let is_bound = definition.require_nonce.unwrap_or(discovered.is_some());
        if definition.id_token_required && id_token.is_none() {
            return Err(DefinitionError::MissingUrl { key: "jwks_url" });
        }
        Ok(Self {
            authorization_url: definition.required_url(
                "authorization_url",
                definition.authorization_url.as_deref(),
                found.authorization_url.as_deref(),
            )?,
            user_info_url: definition.url(
                "user_info_url",
                definition.user_info_url.as_deref(),
                found.user_info_url.as_deref(),
            )?,
            end_session_url: definition.end_session(found)?,
            issuer: definition.issuer.clone().or_else(|| found.issuer.clone()),
            is_open_id: !found.algorithms.is_empty(),
            requires_iss: found.requires_iss,
            requires_nonce: id_token.is_some() && is_bound,
            token_url,
            id_token,
            config,
        })
    }
}

/// Whether a provider's URL is https, or http with a loopback address.
fn is_allowed(url: &Url) -> bool {
    let Some(host) = url.host() else { return false };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&host))
}

/// The URL of a path relative to the last slash of `base`, without its query.
pub(super) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    let parent = url.path().rfind('/').map_or("", |slash| &url.path()[..slash]);
    let joined = format!("{parent}/{path}");
    url.set_path(&joined);
    url
}

#[cfg(test)]
mod tests;
