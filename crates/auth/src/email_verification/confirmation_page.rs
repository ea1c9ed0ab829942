//! The page that asks for the press of a button before a link takes effect, because mail
//! scanners open links but press no buttons.

use axum::response::Response;
use domain::Result;

use super::token::{Purpose, Received};
use crate::page::{Form, Page};

/// Asks whether what the link says shall be done.
pub(super) fn show(received: &Received<'_>, callback: Option<&str>) -> Result<Response> {
    let email = &received.token.email;
    let (title, asked, button) = match &received.token.purpose {
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
        leads_to: callback,
    };
    Page::new(title, asked).asks(form).show()
}
