//! A user whom a provider identified, and the completion of their sign-in or linking.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::{
    callback_error::CallbackError,
    error::EMAIL_NOT_FOUND,
    link_social,
    profile::Profile,
    provider::{Provider, UserInfo},
    reply::End,
    sign_in::{self, SignInRequest},
    state::ConsumedState,
    tokens::Tokens,
};
use crate::{account::Identity, context::Context, error::AuthError, extract::Client};

/// A user at the provider, with their tokens.
pub(super) struct IdentifiedUser {
    pub(super) provider: Arc<Provider>,
    pub(super) tokens: Tokens,
    pub(super) info: UserInfo,
    pub(super) subject: String,
}

/// What a sign-in with an identified user may do.
pub(super) struct SignInOptions {
    /// Whether no user is created, whatever the provider's settings are.
    pub(super) disable_sign_up: bool,
    /// Whether the provider's name, image and email address replace those of the user.
    pub(super) override_user_info: bool,
}

impl IdentifiedUser {
    pub(super) fn identity(&self) -> Identity<'_> {
        Identity { provider: self.provider.id(), subject: &self.subject }
    }

    /// Links the identity if the state is that of a linking; otherwise signs its user in.
    pub(super) async fn link_or_sign_in(
        &self,
        context: &Context,
        client: &Client,
        headers: &HeaderMap,
        consumed: &ConsumedState,
        options: SignInOptions,
    ) -> Result<End, CallbackError> {
        if let Some(linking) = &consumed.link {
            let outcome = link_social::complete_linking(context, client, headers, linking, self);
            let outcome = outcome.await.map_err(AuthError::from)?;
            return outcome.map(|()| End::Linked).map_err(CallbackError::of);
        }
        let profile = Profile::of(&self.info).ok_or_else(|| CallbackError::of(EMAIL_NOT_FOUND))?;
        let request = SignInRequest {
            scope: Some(&self.tokens.scopes.join(",")),
            callback_url: Some(&consumed.callback_url),
            request_sign_up: consumed.request_sign_up,
            disable_sign_up: options.disable_sign_up,
            override_user_info: options.override_user_info,
            ..SignInRequest::new(&self.provider, self.identity(), &profile, &self.tokens)
        };
        // The app that began may have opened a browser without the cookies of the guest.
        let begun = consumed.guest.clone();
        let begun = begun.map(|guest| Client { guest: Some(guest), ..client.clone() });
        let client = begun.as_ref().unwrap_or(client);
        Ok(End::SignedIn(Box::new(sign_in::sign_in(context, client, &request).await?)))
    }
}
