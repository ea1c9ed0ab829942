//! The module's section of the API reference.

use super::{
    change_email::ChangeEmail,
    delete::{DELETED, DeleteUser, Follow, LINK_SENT},
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
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    let config = &settings.config.user;
    let changes_email = config.change_email && (settings.mails || config.change_unverified_email);
    Section::new("One's account", "What users change of themselves, and how they leave.")
        .with(update())
        .with(change_password(settings))
        .with(verify_password(settings))
        .with_if(changes_email, || change_email(settings))
        .with_if(config.delete, || delete(settings))
        .with_if(config.delete, follow)
}

fn update() -> Operation {
    Operation::post("/update-user", "updateUser", "Change one's name or picture")
        .session()
        .takes::<UpdateUser>(Schema::object([
            optional("name", Schema::string().long(0, MAX_NAME_LEN)),
            optional("image", Schema::string().nullable().about("`null` removes it.")),
        ]))
        .answers(ApiResponse::json("Changed.", Schema::done()).signs_in())
        .refuses([EMAIL_CAN_NOT_BE_UPDATED, FIELD_NOT_ALLOWED])
        .refuses([NO_FIELDS_TO_UPDATE])
}

fn change_password(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required("token", Schema::string().nullable().about("Of the new session, if one began.")),
        required("user", Schema::shared("User")),
    ]);
    let others = Schema::boolean().about("Whether all sessions end and a new one begins.");
    Operation::post("/change-password", "changePassword", "Change one's password")
        .session()
        .takes::<ChangePassword>(Schema::object([
            required("newPassword", password::new_password(settings)),
            required("currentPassword", password::tried_password(settings)),
            optional("revokeOtherSessions", others),
        ]))
        .answers(ApiResponse::json("Changed.", answer).signs_in())
        .refuses(password::refusals(settings))
        .refuses([CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD])
}

fn verify_password(settings: &Settings<'_>) -> Operation {
    let password = password::tried_password(settings);
    Operation::post("/verify-password", "verifyPassword", "Check one's password")
        .session()
        .takes::<VerifyPassword>(Schema::object([required("password", password)]))
        .answers(ApiResponse::json("It is the right one.", Schema::done()))
        .refuses(password::TRIED)
        .refuses([INVALID_PASSWORD])
}

fn change_email(settings: &Settings<'_>) -> Operation {
    let operation = Operation::post("/change-email", "changeEmail", "Change one's address")
        .described("The answer is the same if somebody else has the address.")
        .fresh_session()
        .takes::<ChangeEmail>(Schema::object([
            required("newEmail", Schema::email()),
            optional("callbackURL", Schema::target()),
        ]))
        .answers(
            ApiResponse::json("The next step is mailed, or it is changed.", Schema::done())
                .signs_in(),
        )
        .refuses([EMAIL_IS_THE_SAME]);
    if settings.mails { operation } else { operation.refuses([VERIFICATION_EMAIL_NOT_ENABLED]) }
}

fn delete(settings: &Settings<'_>) -> Operation {
    let by_mail = settings.config.user.delete_by_mail;
    let messages: &[&str] = if by_mail { &[DELETED, LINK_SENT] } else { &[DELETED] };
    let answer = Schema::object([
        required("success", Schema::just(true)),
        required("message", Schema::one_of(messages)),
    ]);
    let stale = !by_mail && !settings.config.session.fresh_age.is_zero();
    Operation::post("/delete-user", "deleteUser", "Delete one's account")
        .session()
        .takes::<DeleteUser>(Schema::object([
            optional("callbackURL", Schema::target()),
            optional("password", password::tried_password(settings)),
            optional("token", Schema::string().about("From a mailed link.")),
        ]))
        .answers(ApiResponse::json("Deleted, or a link to do so is mailed.", answer).signs_out())
        .refuses(password::TRIED)
        .refuses([CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD, INVALID_TOKEN])
        .refuses_if(stale, [SESSION_EXPIRED])
}

fn follow() -> Operation {
    let answer = Schema::object([
        required("success", Schema::just(true)),
        required("message", Schema::just(DELETED)),
    ]);
    Operation::get("/delete-user/callback", "deleteUserCallback", "Follow a link to delete it")
        .described("Followed again, it answers the same.")
        .maybe_session()
        .query::<Follow>([
            required("token", Schema::string().about("From the link.")),
            optional("callbackURL", Schema::target()),
        ])
        .answers(
            ApiResponse::json("Deleted; without a `callbackURL`.", answer).or_page().signs_out(),
        )
        .answers(ApiResponse::redirect("Deleted.").signs_out())
        .refuses([FAILED_TO_GET_USER_INFO, INVALID_TOKEN])
}
