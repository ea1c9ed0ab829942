//! The page with a button that signs in. Mail scanners open links but press no buttons.

use axum::response::Response;
use domain::Result;

use super::input::Verify;
use crate::page::{Form, Page};

/// Shows the page, with the address of a link that signs the browser's user in as another one.
pub(super) fn show(input: &Verify, foreign: Option<&str>) -> Result<Response> {
    let form = Form {
        action: Some("verify"),
        hidden: [("token", input.token.as_str())].into_iter().chain(input.targets()).collect(),
        passwords: Vec::new(),
        button: "Sign in",
        note: "If you are not signing in, close this page: nothing happens.",
        redirects_to: input.callback(),
    };
    let text = foreign.map_or_else(
        || "Press the button to sign in.".to_owned(),
        |address| format!("You are signed in already. Press the button to sign in as {address}."),
    );
    Page::new("Sign in", text).form(form).response()
}
