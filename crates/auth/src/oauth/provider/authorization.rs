//! The URL to which a browser is redirected to sign in.

use std::collections::HashSet;

use axum::http::StatusCode;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use super::{AuthorizationDefinition, Provider, ScopeOrder};
use crate::{
    context::{COMPONENT, Context},
    error::AuthError,
    error_code::ErrorCode,
    oauth::config::callback_url,
};

/// Not in better-auth, which answers without a code.
const CLIENT_SECRET_REQUIRED: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "CLIENT_ID_AND_SECRET_REQUIRED",
    "The provider requires a client secret",
);

/// The parameters that clients cannot replace, as in better-auth.
pub(crate) const RESERVED_PARAMETERS: [&str; 8] = [
    "state",
    "client_id",
    "redirect_uri",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "scope",
];

/// better-auth's order of parameters.
const ORDER: [&str; 16] = [
    "response_type",
    "client_id",
    "state",
    "scope",
    "redirect_uri",
    "duration",
    "display",
    "login_hint",
    "nonce",
    "prompt",
    "hd",
    "access_type",
    "response_mode",
    "code_challenge_method",
    "code_challenge",
    "claims",
];

/// What one sign-in sends to the authorization URL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuthorizationRequest<'a> {
    pub(crate) state: &'a str,
    pub(crate) code_verifier: &'a str,
    pub(crate) redirect_uri: &'a str,
    /// Scopes besides the default ones and those of the settings.
    pub(crate) scopes: &'a [String],
    pub(crate) login_hint: Option<&'a str>,
    pub(crate) nonce: Option<&'a str>,
    /// Parameters of the client. Reserved ones are not sent.
    pub(crate) additional_params: &'a [(String, String)],
}

/// Parameters of a query, each name once.
#[derive(Default)]
struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Adds a parameter, or replaces its value at its position.
    fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.0.push((name.to_owned(), value.into())),
        }
    }

    /// Adds a parameter unless its value is missing or empty.
    fn set_some(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value.map(Into::into).filter(|value| !value.is_empty()) {
            self.set(name, value);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Moves the parameters of `order` to the start.
    fn sort_by(&mut self, order: &[&str]) {
        let index = |name: &str| order.iter().position(|known| *known == name);
        self.0.sort_by_key(|(name, _)| index(name).unwrap_or(order.len()));
    }
}

impl Provider {
    /// The URL to which the provider redirects browsers, as its console must know it.
    pub(crate) fn callback_url(&self, context: &Context) -> String {
        callback_url(&context.config.base_url, &context.config.base_path, self.id())
    }

    /// The URL to which the browser is redirected. Fails if the provider requires a client secret
    /// and the settings have none.
    pub(crate) fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<Url, AuthError> {
        let definition = &self.config.definition;
        if definition.client_secret_required && self.config.client_secret.is_none() {
            tracing::error!(provider = self.id(), "provider requires a client secret");
            return Err(CLIENT_SECRET_REQUIRED.into());
        }
        let mut parameters = self.protocol_parameters(request);
        self.add_optional_parameters(request, &mut parameters);
        let own: Vec<&str> = definition.authorization.order.iter().map(String::as_str).collect();
        parameters.sort_by(if own.is_empty() { &ORDER } else { &own });
        self.add_client_parameters(request, &mut parameters);
        Ok(self.with_query(parameters))
    }

    /// The parameters of OAuth 2 (RFC 6749, section 4.1.1) and PKCE (RFC 7636, section 4.3).
    fn protocol_parameters(&self, request: &AuthorizationRequest<'_>) -> Parameters {
        let AuthorizationRequest { state, code_verifier, redirect_uri, nonce, .. } = *request;
        let definition = &self.config.definition;
        let authorization = &definition.authorization;
        let mut parameters = Parameters::default();
        parameters.set("response_type", &*authorization.response_type);
        parameters.set(definition.client_id_parameter(), self.client_id());
        parameters.set("state", state);
        let scopes = self.scopes(request.scopes);
        if !scopes.is_empty() || authorization.empty_scope {
            parameters.set("scope", scopes.join(&authorization.scope_separator));
        }
        parameters.set("redirect_uri", redirect_uri);
        parameters.set_some("nonce", nonce);
        if authorization.pkce {
            parameters.set("code_challenge_method", "S256");
            parameters.set("code_challenge", crypto::digest(code_verifier));
        }
        parameters
    }

    /// The parameters of OpenID Connect that the settings and the table of the provider set.
    fn add_optional_parameters(
        &self,
        request: &AuthorizationRequest<'_>,
        parameters: &mut Parameters,
    ) {
        let config = &self.config;
        let authorization = &config.definition.authorization;
        let is_of_file = !config.definition.built_in;
        if authorization.login_hint.unwrap_or(is_of_file) {
            parameters.set_some("login_hint", request.login_hint);
        }
        if authorization.prompt.unwrap_or(is_of_file) {
            let prompt = config.prompt.as_ref().or(authorization.default_prompt.as_ref());
            parameters.set_some("prompt", prompt);
        }
        let access_type = authorization.access_type_parameter.as_deref();
        if let Some(name) = access_type.or(is_of_file.then_some("access_type")) {
            parameters.set_some(name, config.access_type.as_ref());
        }
        parameters.set_some("response_mode", authorization.response_mode.as_ref());
        if !authorization.claims.is_empty() {
            parameters.set("claims", claims(&authorization.claims));
        }
        let mut all: Vec<_> = authorization.parameters.iter().collect();
        let scopes = self.scopes(request.scopes);
        let of_scopes = authorization.scope_parameters.iter();
        all.extend(of_scopes.filter(|(scope, _)| scopes.contains(scope)).flat_map(|(_, map)| map));
        for (name, template) in all {
            parameters.set_some(name, config.definition.expand(template).ok());
        }
    }

    /// The client's parameters, and those that replace them.
    fn add_client_parameters(
        &self,
        request: &AuthorizationRequest<'_>,
        parameters: &mut Parameters,
    ) {
        let definition = &self.config.definition;
        let AuthorizationDefinition { fixed_parameters, no_additional_parameters, .. } =
            &definition.authorization;
        for (name, value) in request.additional_params {
            let reserved =
                RESERVED_PARAMETERS.contains(&&**name) || name == definition.client_id_parameter();
            if !reserved && !no_additional_parameters {
                parameters.set(name, &**value);
            }
        }
        for (name, value) in fixed_parameters {
            parameters.set(name, &**value);
        }
    }

    /// The scopes to request, in the provider's order.
    fn scopes(&self, requested: &[String]) -> Vec<String> {
        let config = &self.config;
        let definition = &config.definition;
        let authorization = &definition.authorization;
        if authorization.no_scopes {
            return Vec::new();
        }
        let default = if config.disable_default_scopes { &[][..] } else { &definition.scopes };
        let order = authorization.scope_order.unwrap_or(if definition.built_in {
            ScopeOrder::DefaultConfiguredRequested
        } else {
            ScopeOrder::RequestedDefaultConfigured
        });
        let mut scopes = match order {
            ScopeOrder::DefaultConfiguredRequested => [default, &config.scopes, requested],
            ScopeOrder::DefaultRequestedConfigured => [default, requested, &config.scopes],
            ScopeOrder::RequestedDefaultConfigured => [requested, default, &config.scopes],
        }
        .concat();
        if self.is_open_id && !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        if authorization.unique_scopes {
            let mut seen = HashSet::new();
            scopes.retain(|scope| seen.insert(scope.clone()));
        }
        scopes
    }

    /// The authorization URL with these parameters after those of its own query. The text of its
    /// own query stays as it is: some providers sign it.
    fn with_query(&self, mut parameters: Parameters) -> Url {
        let mut url = self.authorization_url.clone();
        let kept = url.query().unwrap_or_default().split('&').filter(|pair| {
            let name = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name);
            name.is_some_and(|name| !parameters.has(&name))
        });
        let mut query = kept.collect::<Vec<_>>().join("&");
        let mut last_scope = None;
        if self.config.definition.authorization.percent_encoded_scope {
            let index = parameters.0.iter().position(|(name, _)| name == "scope");
            last_scope = index.map(|index| parameters.0.remove(index).1);
        }
        let mut add = |text: String| {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(&text);
        };
        add(form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters.0).finish());
        if let Some(scope) = last_scope {
            add(format!("scope={}", utf8_percent_encode(&scope, COMPONENT)));
        }
        url.set_query(Some(&query));
        url
    }
}

/// The parameter `claims` (OpenID Connect Core 1.0, section 5.5): voluntary claims for the id
/// token.
fn claims(names: &[String]) -> String {
    let always = ["email", "email_verified"].into_iter();
    let names = always.chain(names.iter().map(String::as_str));
    let claims: Map<_, _> = names.map(|name| (name.to_owned(), Value::Null)).collect();
    json!({ "id_token": claims }).to_string()
}
