//! The page with a form for the new password, for links that name no other page.

use axum::response::Response;
use domain::Result;

use super::error::PASSWORDS_DIFFER;
use crate::{
    context::Context,
    error::Refusal,
    page::{Form, HOME, Page, Password},
};

/// The names of the form's fields.
pub(super) const PASSWORD: &str = "newPassword";
pub(super) const REPEATED: &str = "repeatedPassword";

/// Shows the form, with the refusal of the password that was posted before.
pub(super) fn show(context: &Context, refusal: Option<&Refusal>) -> Result<Response> {
    let error = |is_repeated: bool| {
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
                error: error(false),
                is_first: true,
            },
            Password {
                name: REPEATED,
                label: "Repeat the new password",
                hint: None,
                error: error(true),
                is_first: false,
            },
        ],
        button: "Set the password",
        note: "If you did not ask for this, close this page: nothing changes.",
        redirects_to: None,
    };
    let page = Page::new("Choose a new password", "Your old password will stop working.");
    let page = match refusal {
        Some(refusal) => page.status(refusal.status),
        None => page,
    };
    page.form(form).response()
}

/// Confirms that the password is set.
pub(super) fn confirmation(context: &Context) -> Result<Response> {
    let page = Page::new("Your password was changed", "Sign in with the new one.");
    let page = if context.config.email_password.revoke_sessions_on_reset {
        page.paragraph("You were signed out everywhere.")
    } else {
        page
    };
    page.link(HOME).response()
}
