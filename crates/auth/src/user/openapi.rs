//! The module's section of the API reference.

use super::{
    change_email::ChangeEmail,
    delete::{DELETED, DeleteUser, LINK_SENT, OpenLink},
    error::{
        CREDENTIAL_ACCOUNT_NOT_FOUND, EMAIL_CAN_NOT_BE_UPDATED, EMAIL_IS_THE_SAME,
        FAILED_TO_GET_USER_INFO, INVALID_PASSWORD, INVALID_TOKEN, SESSION_EXPIRED,
        VERIFICATION_EMAIL_NOT_ENABLED,
    },
    password::{ChangePassword, VerifyPassword},
    routes::UpdateUser,
};
use crate::{
    email_password::{FIELD_NOT_ALLOWED, MAX_NAME_LEN},
    error_code::NO_FIELDS_TO_UPDATE,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
    phone_number::openapi as phone_number,
    username::openapi as username,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    let config = &settings.config.user;
    let changes_email = config.change_email && (settings.mails || config.change_unverified_email);
    Section::new("User", "The user's own profile, password and address.")
        .with(update(settings))
        .with(change_password(settings))
        .with(verify_password(settings))
        .with_if(changes_email, || change_email(settings))
        .with_if(config.delete, || delete(settings))
        .with_if(config.delete, callback)
}

fn update(settings: &Settings<'_>) -> Operation {
    let fields = [
        optional("name", Schema::string().length(0, MAX_NAME_LEN)),
        optional("image", Schema::string().nullable().about("`null` removes it.")),
    ];
    Operation::post("/update-user", "updateUser", "Update user")
        .session()
        .takes::<UpdateUser>(Schema::object(fields.into_iter().chain(username::fields(settings))))
        .responds(ApiResponse::json("The user is updated.", Schema::status()).signs_in())
        .refuses([EMAIL_CAN_NOT_BE_UPDATED, FIELD_NOT_ALLOWED])
        .refuses([NO_FIELDS_TO_UPDATE])
        .refuses(username::refusals(settings, true))
        .refuses(phone_number::refusals_of_update(settings))
}

fn change_password(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required(
            "token",
            Schema::string().nullable().about("The token of the new session, if one began."),
        ),
        required("user", Schema::shared("User")),
    ]);
    let others = Schema::boolean().about("Whether to end all sessions and begin a new one.");
    Operation::post("/change-password", "changePassword", "Change password")
        .session()
        .takes::<ChangePassword>(Schema::object([
            required("newPassword", password::new_password(settings)),
            required("currentPassword", password::current_password(settings)),
            optional("revokeOtherSessions", others),
        ]))
        .responds(ApiResponse::json("The password is changed.", answer).signs_in())
        .refuses(password::refusals(settings))
        .refuses([CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD])
}

fn verify_password(settings: &Settings<'_>) -> Operation {
    let password = password::current_password(settings);
    Operation::post("/verify-password", "verifyPassword", "Verify password")
        .session()
        .takes::<VerifyPassword>(Schema::object([required("password", password)]))
        .responds(ApiResponse::json("The password is right.", Schema::status()))
        .refuses(password::CURRENT)
        .refuses([INVALID_PASSWORD])
}

fn change_email(settings: &Settings<'_>) -> Operation {
    let operation = Operation::post("/change-email", "changeEmail", "Change email")
        .described("The response is the same if another user has the address.")
        .fresh_session()
        .takes::<ChangeEmail>(Schema::object([
            required("newEmail", Schema::email()),
            optional("callbackURL", Schema::target()),
        ]))
        .responds(
            ApiResponse::json(
                "The address is changed, or the next step is mailed.",
                Schema::status(),
            )
            .signs_in(),
        )
        .refuses([EMAIL_IS_THE_SAME]);
    if settings.mails { operation } else { operation.refuses([VERIFICATION_EMAIL_NOT_ENABLED]) }
}

fn delete(settings: &Settings<'_>) -> Operation {
    let by_mail = settings.config.user.delete_by_mail;
    let messages: &[&str] = if by_mail { &[DELETED, LINK_SENT] } else { &[DELETED] };
    let answer = Schema::object([
        required("success", Schema::constant(true)),
        required("message", Schema::one_of(messages)),
    ]);
    let stale = !by_mail && !settings.config.session.fresh_age.is_zero();
    Operation::post("/delete-user", "deleteUser", "Delete user")
        .session()
        .takes::<DeleteUser>(Schema::object([
            optional("callbackURL", Schema::target()),
            optional("password", password::current_password(settings)),
            optional("token", Schema::string().about("The token of a mailed link.")),
        ]))
        .responds(
            ApiResponse::json(
                "The user is deleted, or a link that deletes the user is mailed.",
                answer,
            )
            .signs_out(),
        )
        .refuses(password::CURRENT)
        .refuses([CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD, INVALID_TOKEN])
        .refuses_if(stale, [SESSION_EXPIRED])
}

fn callback() -> Operation {
    let answer = Schema::object([
        required("success", Schema::constant(true)),
        required("message", Schema::constant(DELETED)),
    ]);
    Operation::get("/delete-user/callback", "deleteUserCallback", "Delete user callback")
        .described("Opening the link again gets the same response.")
        .maybe_session()
        .query::<OpenLink>([
            required("token", Schema::string().about("The token of the link.")),
            optional("callbackURL", Schema::target()),
        ])
        .responds(
            ApiResponse::json("The user is deleted; the link has no `callbackURL`.", answer)
                .or_page()
                .signs_out(),
        )
        .responds(ApiResponse::redirect("The user is deleted.").signs_out())
        .refuses([FAILED_TO_GET_USER_INFO, INVALID_TOKEN])
}
