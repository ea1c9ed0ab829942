//! The module's section of the API reference.

use super::{error::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED, routes::RevokeSession};
use crate::{
    error_code::NO_FIELDS_TO_UPDATE,
    extract::AnyObject,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    let get_session = get_session(settings);
    Section::new("Sessions", "Reading, listing and revoking sessions.")
        .with(get_session.clone())
        .with(get_session.alias("/session", "getSessionAlias"))
        .with(post_session())
        .with(list())
        .with(revoke())
        .with(revoke_all())
        .with(revoke_others())
        .with(update())
}

fn get_session(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required("session", Schema::shared("Session")),
        required("user", Schema::shared("User")),
    ]);
    let config = &settings.config.session;
    let disable_cache = Schema::string().about("If not empty, the cached session is not used.");
    let disable_refresh = Schema::string().about("If not empty, the session is not extended.");
    Operation::get("/get-session", "getSession", "Get session")
        .maybe_session()
        .raw_query(config.cache.is_some().then(|| optional("disableCookieCache", disable_cache)))
        .raw_query(config.refresh.then(|| optional("disableRefresh", disable_refresh)))
        .responds(ApiResponse::json(
            "The session and its user; `null` without a session.",
            answer.nullable(),
        ))
}

fn post_session() -> Operation {
    Operation::post("/get-session", "getSessionPost", "Get session (refused)")
        .described("Always refused: session refreshes are not deferred. Use GET.")
        .unfailing()
        .refuses([METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED])
}

fn list() -> Operation {
    Operation::get("/list-sessions", "listUserSessions", "List sessions").fresh_session().responds(
        ApiResponse::json(
            "The user's sessions that have not expired.",
            Schema::shared("Session").list(),
        ),
    )
}

fn revoke() -> Operation {
    Operation::post("/revoke-session", "revokeSession", "Revoke session")
        .described(
            "The token of another user's session changes nothing and gets the same response. The \
             token of the current session removes its cookies, too.",
        )
        .session()
        .takes::<RevokeSession>(Schema::object([required("token", Schema::string())]))
        .responds(ApiResponse::json("The session has ended.", Schema::status()))
}

fn revoke_all() -> Operation {
    Operation::post("/revoke-sessions", "revokeSessions", "Revoke all sessions")
        .session()
        .responds(ApiResponse::json("All sessions have ended.", Schema::status()).signs_out())
}

fn revoke_others() -> Operation {
    let summary = "Revoke other sessions";
    Operation::post("/revoke-other-sessions", "revokeOtherSessions", summary)
        .session()
        .responds(ApiResponse::json("All other sessions have ended.", Schema::status()))
}

fn update() -> Operation {
    Operation::post("/update-session", "updateSession", "Update session")
        .described("Refused: sessions have no fields that users may change.")
        .session()
        .takes::<AnyObject>(Schema::any_object())
        .refuses([NO_FIELDS_TO_UPDATE])
}
