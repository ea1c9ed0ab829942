//! Logout at a provider. Source: OpenID Connect RP-Initiated Logout 1.0.

use url::Url;

use super::Provider;
use crate::context::Context;

/// What belongs to one sign-out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogoutRequest<'a> {
    /// The id token of the sign-in, by which the provider knows the session.
    pub(crate) id_token: Option<&'a str>,
    /// The page to which the provider returns; the setting of the provider if none.
    pub(crate) redirect: Option<&'a str>,
    /// The value that the provider adds to that page.
    pub(crate) state: Option<&'a str>,
}

impl Provider {
    /// Whether the provider has a logout URL that the settings allow.
    pub(crate) fn has_logout(&self) -> bool {
        self.end_session_url.is_some() && !self.config.definition.no_provider_logout
    }

    /// The URL at which the provider ends its session. `None` without one, or if the page to
    /// return to is no URL.
    pub(crate) fn logout_url(&self, context: &Context, request: LogoutRequest<'_>) -> Option<Url> {
        let mut url = self.end_session_url.clone().filter(|_| self.has_logout())?;
        let LogoutRequest { id_token, redirect, state } = request;
        let redirect = redirect.or(self.config.definition.post_logout_redirect_url.as_deref());
        let redirect = redirect.map(|page| context.url.join(page)).transpose().ok()?;
        let client = (redirect.is_some() || id_token.is_none()).then(|| self.client_id());
        let parameters = [
            ("id_token_hint", id_token),
            ("post_logout_redirect_uri", redirect.as_ref().map(Url::as_str)),
            ("client_id", client),
            ("state", state.filter(|_| redirect.is_some())),
        ];
        let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        url.query_pairs_mut().extend_pairs(given);
        Some(url)
    }
}
