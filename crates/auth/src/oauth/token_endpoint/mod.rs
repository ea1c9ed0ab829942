//! Token requests: exchange a code or a refresh token for tokens (RFC 6749, sections 4.1.3 and 6).
//!
//! A response with an error or without tokens is an error, even if its status is a success
//! (GitHub, Slack, WeChat).
//!
//! An id token in the response to a code came from the provider over TLS, which OpenID Connect
//! Core 1.0 (section 3.1.3.7, number 6) accepts in place of the signature. Its claims are checked
//! here, unlike in better-auth: issuer, audience and times. For custom providers, signature and
//! nonce are verified when the profile is read; for built-in providers they are not, so that an
//! outage of a JWKS stops no sign-in.

mod authentication;
mod error;
mod form;
mod wechat;

use chrono::{DateTime, Utc};
use crypto::jwk::decode_unverified;
use serde_json::Value;

pub(crate) use self::error::TokenError;
use self::{authentication::authenticate, form::Form};
use super::{
    provider::{Provider, SpecialCase, TokenDefinition},
    tokens::Tokens,
};
use crate::context::Context;

/// An authorization code, and the parameters of its exchange.
#[derive(Clone, Copy)]
pub(crate) struct CodeGrant<'a> {
    pub(crate) code: &'a str,
    pub(crate) code_verifier: &'a str,
    /// The redirect URI of the authorization request.
    pub(crate) redirect_uri: &'a str,
    /// The parameter `device_id` of the callback.
    pub(crate) device_id: Option<&'a str>,
}

/// A request to a token URL.
struct TokenRequest {
    headers: Vec<(String, String)>,
    form: Form,
}

impl Provider {
    /// Exchanges a code for tokens.
    pub(crate) async fn exchange(
        &self,
        context: &Context,
        grant: &CodeGrant<'_>,
    ) -> Result<Tokens, TokenError> {
        let now = context.clock.now();
        let tokens = if self.config.definition.special_case == Some(SpecialCase::Wechat) {
            wechat::exchange(self, context, grant.code).await?
        } else {
            let request = self.exchange_request(grant, now)?;
            self.request_tokens(context, &request).await?
        };
        if tokens.access_token.is_none() && tokens.id_token.is_none() {
            return Err(TokenError::NoToken);
        }
        self.check_received(&tokens, now)?;
        Ok(tokens)
    }

    /// Exchanges a refresh token for new tokens.
    pub(crate) async fn refresh(
        &self,
        context: &Context,
        refresh_token: &str,
    ) -> Result<Tokens, TokenError> {
        let definition = &self.config.definition;
        if definition.token.no_refresh {
            return Err(TokenError::NoRefresh);
        }
        let tokens = if definition.special_case == Some(SpecialCase::Wechat) {
            wechat::refresh(self, context, refresh_token).await?
        } else {
            let request = self.refresh_request(refresh_token, context.clock.now())?;
            self.request_tokens(context, &request).await?
        };
        if tokens.access_token.is_none() { Err(TokenError::NoToken) } else { Ok(tokens) }
    }

    async fn request_tokens(
        &self,
        context: &Context,
        request: &TokenRequest,
    ) -> Result<Tokens, TokenError> {
        let TokenRequest { headers, form } = request;
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let url = self.token_url.as_str();
        let response = context.http.post_form(url, &headers, &form.pairs()).await?;
        self.read_tokens(&response, context.clock.now())
    }

    /// Reads a successful response.
    fn read_tokens(&self, response: &Value, now: DateTime<Utc>) -> Result<Tokens, TokenError> {
        let fields = response.as_object().ok_or(TokenError::NoToken)?;
        if let Some(refusal) = TokenError::refusal(response) {
            return Err(refusal);
        }
        let lifetime = self.config.definition.token.expires_in;
        Ok(Tokens::read(fields, now).with_default_lifetime(lifetime, now))
    }

    /// Checks the claims of an id token that came from the token URL.
    fn check_received(&self, tokens: &Tokens, now: DateTime<Utc>) -> Result<(), TokenError> {
        let (Some(rules), Some(token)) = (&self.id_token, &tokens.id_token) else { return Ok(()) };
        // A token that is no JWT has no claims; the profile does not come from it.
        match decode_unverified(token) {
            Some(claims) => Ok(rules.check(&claims, None, now)?),
            None => Ok(()),
        }
    }

    /// The request that exchanges a code, with better-auth's parameters in better-auth's order.
    fn exchange_request(
        &self,
        grant: &CodeGrant<'_>,
        now: DateTime<Utc>,
    ) -> Result<TokenRequest, TokenError> {
        let definition = &self.config.definition;
        let token = &definition.token;
        let mut form = Form::default();
        form.set("grant_type", "authorization_code");
        form.set("code", grant.code);
        if token.code_verifier.unwrap_or(definition.authorization.pkce) {
            form.set("code_verifier", grant.code_verifier);
        }
        if let Some(device) = grant.device_id.filter(|device| token.device_id && !device.is_empty())
        {
            form.set("device_id", device);
        }
        form.set("redirect_uri", grant.redirect_uri);
        for (name, template) in &token.parameters {
            if let Ok(value) = definition.expand(template)
                && !form.has(name)
            {
                form.set(name, &value);
            }
        }
        let headers = authenticate(self, token.authentication, &mut form, now)?;
        Ok(TokenRequest { headers: with_own(headers, token), form })
    }

    /// The request that exchanges a refresh token, as better-auth's.
    fn refresh_request(
        &self,
        refresh_token: &str,
        now: DateTime<Utc>,
    ) -> Result<TokenRequest, TokenError> {
        let definition = &self.config.definition;
        let token = &definition.token;
        let mut form = Form::default();
        form.set("grant_type", "refresh_token");
        form.set("refresh_token", refresh_token);
        if token.refresh_scope {
            form.set("scope", &self.config.default_and_further_scopes().join(" "));
        }
        for (name, template) in &token.refresh_parameters {
            if let Ok(value) = definition.expand(template)
                && !["grant_type", "refresh_token"].contains(&name.as_str())
            {
                form.set(name, &value);
            }
        }
        let authentication = token.refresh_authentication.unwrap_or(token.authentication);
        let headers = authenticate(self, authentication, &mut form, now)?;
        Ok(TokenRequest { headers: with_own(headers, token), form })
    }
}

/// Adds the headers of the definition, which the client's authentication replaces.
fn with_own(
    authentication: Option<(String, String)>,
    token: &TokenDefinition,
) -> Vec<(String, String)> {
    let own = token.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    own.chain(authentication).collect()
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
