//! The module's section of the API reference.

use super::{
    error::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED,
    routes::{RevokeSession, SignOut},
};
use crate::{
    error_code::NO_FIELDS_TO_UPDATE,
    extract::AnyObject,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    let get_session = get_session(settings);
    Section::new("Sessions", "Who is signed in, until when, and signing out.")
        .with(get_session.clone())
        .with(get_session.alias("/session", "getSessionAlias"))
        .with(post_session())
        .with(sign_out())
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
    let fresh = Schema::string().about("If not empty, the answer is never the cookie's.");
    let kept = Schema::string().about("If not empty, the session is not extended.");
    Operation::get("/get-session", "getSession", "Who is signed in")
        .maybe_session()
        .raw_query(config.cache.is_some().then(|| optional("disableCookieCache", fresh)))
        .raw_query(config.refresh.then(|| optional("disableRefresh", kept)))
        .answers(ApiResponse::json(
            "The session and its user; `null` if there is none.",
            answer.nullable(),
        ))
}

fn post_session() -> Operation {
    Operation::post("/get-session", "getSessionPost", "Always refused")
        .described("Reading and extending a session are not split here: use GET.")
        .unfailing()
        .refuses([METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED])
}

fn sign_out() -> Operation {
    let answer = Schema::object([required("success", Schema::just(true))]);
    Operation::post("/sign-out", "signOut", "Sign out")
        .described("Nothing of the body is used; better-auth's client may send it.")
        .maybe_session()
        .takes::<SignOut>(Schema::object([
            optional("callbackURL", Schema::target()),
            optional("disableRedirect", Schema::boolean()),
            optional("state", Schema::string()),
        ]))
        .answers(ApiResponse::json("Nobody is signed in any more.", answer).signs_out())
}

fn list() -> Operation {
    Operation::get("/list-sessions", "listUserSessions", "One's sessions")
        .fresh_session()
        .answers(ApiResponse::json("Those that have not ended.", Schema::shared("Session").list()))
}

fn revoke() -> Operation {
    Operation::post("/revoke-session", "revokeSession", "End one of one's sessions")
        .described(
            "A token of somebody else changes nothing, and is not told apart. With one's own \
             the session's cookies are removed.",
        )
        .session()
        .takes::<RevokeSession>(Schema::object([required("token", Schema::string())]))
        .answers(ApiResponse::json("It has ended.", Schema::done()))
}

fn revoke_all() -> Operation {
    Operation::post("/revoke-sessions", "revokeSessions", "End all one's sessions")
        .session()
        .answers(ApiResponse::json("They have ended.", Schema::done()).signs_out())
}

fn revoke_others() -> Operation {
    let summary = "End all one's sessions but this one";
    Operation::post("/revoke-other-sessions", "revokeOtherSessions", summary)
        .session()
        .answers(ApiResponse::json("They have ended.", Schema::done()))
}

fn update() -> Operation {
    Operation::post("/update-session", "updateSession", "Change one's session")
        .described("Refused: a session has no field that its user may change.")
        .session()
        .takes::<AnyObject>(Schema::any_object())
        .refuses([NO_FIELDS_TO_UPDATE])
}
