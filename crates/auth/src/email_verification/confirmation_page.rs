//! The page with a button that must be pressed before a link takes effect. Mail scanners open
//! links but press no buttons.

use axum::response::Response;
use domain::Result;

use super::token::{Purpose, Received};
use crate::page::{Form, Page};

/// Shows the page that asks to confirm the link's action.
pub(super) fn show(received: &Received<'_>, callback: Option<&str>) -> Result<Response> {
    let email = &received.token.email;
    let (title, question, button) = match &received.token.purpose {
        Purpose::Verify => (
            "Confirm your address",
            format!("Press the button to confirm {email} and sign in."),
            "Confirm and sign in",
        ),
        Purpose::ConfirmChange(to) => (
            "Change your address",
            format!("The address of your account will become {to}. We will mail a link there."),
            "Confirm the change",
        ),
        Purpose::VerifyChange(to) => (
            "Use your new address",
            format!("Your account gets the address {to}."),
            "Use this address",
        ),
    };
    let callback_url = callback.map(|callback| ("callbackURL", callback));
    let form = Form {
        action: Some("verify-email"),
        hidden: [("token", received.text)].into_iter().chain(callback_url).collect(),
        passwords: Vec::new(),
        button,
        note: "If you did not ask for this, close this page: nothing changes.",
        redirects_to: callback,
    };
    Page::new(title, question).form(form).response()
}
