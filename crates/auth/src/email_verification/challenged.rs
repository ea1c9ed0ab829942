//! The response to a link that verified an address and began a challenge for the second factor.

use axum::response::Response;

use crate::{
    context::Context,
    error::AuthError,
    page::{Destination, HOME, Page},
    two_factor::challenge::Challenge,
};

/// Without a `callbackURL`, a browser arrives at the settings' page for the second factor. If there
/// is none, `page` says that the user can sign in.
pub(super) fn respond(
    context: &Context,
    destination: Destination<'_>,
    challenge: &Challenge,
    page: Page<'_>,
) -> Result<Response, AuthError> {
    let has_own_page = context.config.plugins.two_factor.page.is_some();
    match destination {
        Destination::Target(target) => challenge.redirect(context, target),
        Destination::Page if has_own_page => challenge.redirect(context, HOME),
        Destination::Page => Ok(challenge.with_challenge_cookies(page.link(HOME).response()?)),
        Destination::Program => Ok(challenge.response()),
    }
}
