//! The module's section of the API reference.

use super::error::{
    ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY, DELETE_ANONYMOUS_USER_DISABLED,
    USER_IS_NOT_ANONYMOUS,
};
use crate::{
    error_code::SIGN_UP_DISABLED,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, required},
    plugin::Plugin,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Guests", "Users without a credential, who keep what they own when they sign in.")
        .with(sign_in(settings))
        .with(delete(settings))
}

fn sign_in(settings: &Settings<'_>) -> Operation {
    let signs_up = settings.config.signs_up_by(Plugin::Anonymous);
    let answer = Schema::object([
        required("token", Schema::string().about("The token of the session.")),
        required("user", Schema::shared("User")),
    ]);
    Operation::post("/sign-in/anonymous", "signInAnonymous", "Sign in as a guest")
        .described(
            "When the guest signs in or up later, by any sign-in method, what they own goes to the \
             user, and the guest is deleted.",
        )
        .responds(ApiResponse::json("The new guest and their session.", answer).signs_in())
        .refuses([ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY])
        .refuses_if(!signs_up, [SIGN_UP_DISABLED])
}

fn delete(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([required("success", Schema::constant(true))]);
    Operation::post("/delete-anonymous-user", "deleteAnonymousUser", "Delete the guest")
        .session()
        .responds(ApiResponse::json("The guest is deleted.", answer).signs_out())
        .refuses([USER_IS_NOT_ANONYMOUS])
        .refuses_if(
            settings.config.plugins.anonymous.disable_delete,
            [DELETE_ANONYMOUS_USER_DISABLED],
        )
}
