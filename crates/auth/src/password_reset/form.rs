//! The page that asks for the new password where the link names no other.

use axum::response::Response;
use domain::Result;

use super::error::PASSWORDS_DIFFER;
use crate::{
    context::Context,
    error::Refusal,
    page::{Form, HOME, Page, Password},
};

/// The fields' names.
pub(super) const PASSWORD: &str = "newPassword";
pub(super) const REPEATED: &str = "repeatedPassword";

/// Asks for the password, perhaps once more: `refusal` says what was wrong.
pub(super) fn show(context: &Context, refusal: Option<&Refusal>) -> Result<Response> {
    let wrong = |is_repeated: bool| {
        let differs =
            |refusal: &&Refusal| (refusal.code == Some(PASSWORDS_DIFFER.name)) == is_repeated;
        refusal.filter(differs).map(|refusal| refusal.message.clone().into_owned())
    };
    let form = Form {
        action: None,
        hidden: Vec::new(),
        passwords: vec![
            Password {
                name: PASSWORD,
                label: "New password",
                hint: Some(context.passwords.lengths()),
                wrong: wrong(false),
                is_first: true,
            },
            Password {
                name: REPEATED,
                label: "Repeat the new password",
                hint: None,
                wrong: wrong(true),
                is_first: false,
            },
        ],
        button: "Set the password",
        note: "If you did not ask for this, close this page: nothing changes.",
        leads_to: None,
    };
    let page = Page::new("Choose a new password", "Your old password will stop working.");
    let page = match refusal {
        Some(refusal) => page.status(refusal.status),
        None => page,
    };
    page.asks(form).show()
}

/// Says that it is set, and what to do next.
pub(super) fn done(context: &Context) -> Result<Response> {
    let page = Page::new("Your password was changed", "Sign in with the new one.");
    let page = if context.config.email_password.revoke_sessions_on_reset {
        page.and("You were signed out everywhere.")
    } else {
        page
    };
    page.leads_on(HOME).show()
}
