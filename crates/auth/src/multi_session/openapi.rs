//! The module's section of the API reference.

use super::{error::INVALID_SESSION_TOKEN, routes::NamedSession};
use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, required};

pub(crate) fn section(_settings: &Settings<'_>) -> Section {
    Section::new("Several accounts", "Several signed-in users in one browser.")
        .with(list())
        .with(set_active())
        .with(revoke())
}

fn device_session() -> Schema {
    Schema::object([
        required("session", Schema::shared("Session")),
        required("user", Schema::shared("User")),
    ])
}

fn body() -> Schema {
    let token = Schema::string().about("The token of one of the browser's sessions.");
    Schema::object([required("sessionToken", token)])
}

fn list() -> Operation {
    let (path, id) = ("/multi-session/list-device-sessions", "listDeviceSessions");
    Operation::get(path, id, "List the browser's sessions").responds(ApiResponse::json(
        "The sessions of this browser that have not expired, one of each user.",
        device_session().list(),
    ))
}

fn set_active() -> Operation {
    let summary = "Set the current session";
    Operation::post("/multi-session/set-active", "setActiveSession", summary)
        .takes::<NamedSession>(body())
        .responds(ApiResponse::json("The session is the current one.", device_session()).signs_in())
        .refuses([INVALID_SESSION_TOKEN])
}

fn revoke() -> Operation {
    Operation::post("/multi-session/revoke", "revokeDeviceSession", "End one of the sessions")
        .described("After the current session, another one of the browser becomes current.")
        .session()
        .takes::<NamedSession>(body())
        .responds(ApiResponse::json("The session has ended.", Schema::status()).signs_in())
        .refuses([INVALID_SESSION_TOKEN])
}
