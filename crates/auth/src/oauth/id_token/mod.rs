//! Verification of id tokens (OpenID Connect Core 1.0, section 3.1.3.7).
//!
//! Who verifies:
//! - This server, by the provider's JWKS: the signature with an allowed algorithm, then the
//!   claims ([`IdTokenRules::check`]).
//! - The provider (LINE): it gets the token and returns its claims, which are checked here, too.
//!
//! Facebook's clients may send an access token in place of an id token. The request for the
//! profile checks for which client it was issued.

mod claims;
mod rejection;

use crypto::{jwk::Algorithm, jwt::Claims};
use url::Url;

pub(crate) use self::rejection::Rejection;
use super::{
    jwks::Source,
    provider::{IdTokenRules, Provider, Verification},
};
use crate::context::Context;

impl Provider {
    /// Whether clients may sign in with an id token.
    pub(crate) fn supports_id_token(&self) -> bool {
        self.id_token.is_some() && !self.config.disable_id_token
    }

    /// Returns the claims of an id token of this provider for this client, with the nonce if one
    /// is expected. A token that is no JWT has no claims, if the provider has such tokens. `None`:
    /// refused; the reason is logged.
    pub(crate) async fn verify_id_token(
        &self,
        context: &Context,
        token: &str,
        nonce: Option<&str>,
    ) -> Option<Claims> {
        let rules = self.id_token.as_ref()?;
        // As in better-auth, an empty nonce is none.
        let nonce = nonce.filter(|nonce| !nonce.is_empty());
        match Box::pin(self.verified(context, rules, token, nonce)).await {
            Ok(claims) => Some(claims),
            Err(rejection) => {
                tracing::warn!(provider = self.id(), %rejection, "id token refused");
                None
            }
        }
    }

    async fn verified(
        &self,
        context: &Context,
        rules: &IdTokenRules,
        token: &str,
        nonce: Option<&str>,
    ) -> Result<Claims, Rejection> {
        let claims = match &rules.verification {
            Verification::Endpoint { url } => self.ask_provider(context, url, token, nonce).await?,
            Verification::Jwks { .. } if token.split('.').count() != 3 => {
                let opaque = rules.allow_opaque.then(Claims::default);
                return opaque.ok_or(Rejection::Signature(crypto::jwk::Refused::Malformed));
            }
            Verification::Jwks { url, headers } => {
                let allowed = allowed_algorithms(&rules.algorithms);
                let (http, clock) = (&context.http, &context.clock);
                let source = Source { http, clock, url, headers };
                context.jwks.verify(source, token, &allowed).await?
            }
        };
        rules.check(&claims, nonce, context.clock.now())?;
        Ok(claims)
    }

    /// Lets the provider verify a token. The response has the token's claims. Source:
    /// <https://developers.line.biz/en/reference/line-login/#verify-id-token>
    async fn ask_provider(
        &self,
        context: &Context,
        url: &Url,
        token: &str,
        nonce: Option<&str>,
    ) -> Result<Claims, Rejection> {
        let mut form = vec![("id_token", token), ("client_id", self.client_id())];
        form.extend(nonce.map(|nonce| ("nonce", nonce)));
        let claims = context.http.post_form(url.as_str(), &[], &form).await?;
        let claims = claims.as_object().cloned().ok_or(Rejection::Missing("sub"))?;
        // As in better-auth, LINE's token may have a nonce only if the sign-in expects one.
        if nonce.is_none() && claims.get("nonce").is_some_and(|nonce| !nonce.is_null()) {
            return Err(Rejection::Nonce);
        }
        Ok(claims)
    }
}

/// The supported ones of these algorithms; all if a provider names none.
fn allowed_algorithms(names: &[String]) -> Vec<Algorithm> {
    if names.is_empty() {
        return Algorithm::ALL.to_vec();
    }
    names.iter().filter_map(|name| Algorithm::named(name)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
