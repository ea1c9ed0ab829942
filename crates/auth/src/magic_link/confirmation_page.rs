//! The page with a button that signs in. Mail scanners open links but press no buttons.

use axum::response::Response;
use domain::Result;

use super::input::Verify;
use crate::page::{Form, Page};

/// Shows the page.
pub(super) fn show(input: &Verify) -> Result<Response> {
    let form = Form {
        action: Some("verify"),
        hidden: [("token", input.token.as_str())].into_iter().chain(input.targets()).collect(),
        passwords: Vec::new(),
        button: "Sign in",
        note: "If you are not signing in, close this page: nothing happens.",
        redirects_to: input.callback(),
    };
    Page::new("Sign in", "Press the button to sign in.").form(form).response()
}
