use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::{
    Settings,
    schema::{Schema, shared},
};
use crate::{
    config::AuthConfig,
    extract::{Fields, Input},
    middleware::paths::PATHS,
    plugin::Plugin,
    router::{self, document, sections},
};

/// A body or a query as the document has it, and the input that reads it.
#[derive(Clone, Debug)]
pub(super) struct Documented {
    schema: Value,
    errors: fn(&Map<String, Value>) -> Vec<String>,
}

impl Documented {
    pub(super) fn by<T: Input>(schema: Schema) -> Self {
        Self { schema: schema.into_value(), errors: Fields::errors_of::<T> }
    }
}

/// Settings that open every route.
fn config() -> AuthConfig {
    let base_url = "https://books.example.com".parse().unwrap();
    let mut config = AuthConfig::new(base_url, "0123456789abcdefghijklmnopqrstuv".into()).unwrap();
    config.plugins.on = Plugin::ALL.to_vec();
    config
}

/// `GET /ok` of a document.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    routes.collect()
}

/// The same of the router, from its `Debug` form, as no method lists the routes.
fn routes() -> BTreeSet<String> {
    const BASE: &str = "/base";
    let config = AuthConfig { base_path: BASE.to_owned(), ..config() };
    let router = format!("{:?}", router::routes(&config, &json!({})));
    let (mut paths, mut methods) = (BTreeMap::new(), BTreeMap::new());
    for entry in router.split("RouteId(").skip(1) {
        let (id, rest) = entry.split_once("): ").unwrap();
        if let Some(path) = rest.strip_prefix('"') {
            let path = path.split('"').next().unwrap().strip_prefix(BASE);
            path.map(|path| paths.entry(id).or_insert(path));
        } else if let Some(router) = rest.strip_prefix("MethodRouter(MethodRouter { ") {
            methods.entry(id).or_insert(router);
        }
    }
    let of = |(id, path): (&&str, &&str)| {
        let served = methods[id].split(", ").filter_map(|method| method.split_once(": "));
        // HEAD answers 404 or as GET.
        let served = served
            .take_while(|(name, _)| *name != "fallback")
            .filter(|(name, handler)| *name != "head" && *handler != "None");
        served.map(|(name, _)| format!("{} {path}", name.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_route_of_the_router_is_in_the_document() {
    let mut routes = routes();
    assert!(routes.len() > 25, "{routes:?}");
    assert!(routes.remove("GET /reference/{version}/{file}"), "the page's files: {routes:?}");
    assert_eq!(operations(&document(&config(), true)), routes);
}

#[test]
fn every_route_can_be_closed_by_its_name() {
    let routes = routes();
    let paths = routes.iter().filter_map(|route| Some(route.split_once(' ')?.1));
    assert_eq!(paths.collect::<BTreeSet<_>>(), PATHS.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn closed_routes_are_omitted() {
    let all = operations(&document(&config(), true));
    let missing = |config: AuthConfig, mails: bool| -> Vec<String> {
        all.difference(&operations(&document(&config, mails))).cloned().collect()
    };
    let mut closed = config();
    closed.email_password.sign_up = false;
    assert_eq!(missing(closed, true), ["POST /sign-up/email"]);
    let mut closed = config();
    closed.user.delete = false;
    assert_eq!(missing(closed, true), ["GET /delete-user/callback", "POST /delete-user"]);
    let mut closed = config();
    closed.user.change_email = false;
    assert_eq!(missing(closed, true), ["POST /change-email"]);
    let mut closed = config();
    closed.plugins.on.retain(|plugin| {
        ![Plugin::OauthPopup, Plugin::OauthProxy, Plugin::OneTap].contains(plugin)
    });
    assert_eq!(
        missing(closed, true),
        [
            "GET /callback/{id}/oauth-proxy",
            "GET /oauth-popup/start",
            "GET /oauth-proxy-callback",
            "POST /one-tap/callback",
        ]
    );
    let mut closed = config();
    closed.disabled_paths = vec!["/get-session/".to_owned(), "/reset-password/{token}".to_owned()];
    assert_eq!(
        missing(closed, true),
        [
            "GET /get-session",
            "GET /reset-password/{token}",
            "GET /session",
            "POST /get-session",
            "POST /reset-password/{token}",
        ]
    );
    assert_eq!(
        missing(config(), false),
        ["POST /change-email", "POST /request-password-reset", "POST /send-verification-email"]
    );
}

#[test]
fn codes_follow_the_settings() {
    let described =
        |config: &AuthConfig, path: &str| document(config, true)["paths"][path].to_string();
    let open = config();
    let mut strict = config();
    strict.limit.on = false;
    strict.session.fresh_age = TimeDelta::zero();
    strict.password.min_score = 2;
    strict.email_password.require_verification = true;
    strict.account.unlink_last = true;
    for (path, code, in_open) in [
        ("/sign-in/email", "TooManyRequests", true),
        ("/list-sessions", "SESSION_NOT_FRESH", true),
        ("/delete-user", "SESSION_EXPIRED", true),
        ("/unlink-account", "FAILED_TO_UNLINK_LAST_ACCOUNT", true),
        ("/sign-up/email", "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", true),
        ("/sign-up/email", "set-auth-token", true),
        ("/sign-up/email", "PASSWORD_TOO_WEAK", false),
        ("/sign-in/email", "EMAIL_NOT_VERIFIED", false),
    ] {
        assert_eq!(described(&open, path).contains(code), in_open, "{code}");
        assert_eq!(described(&strict, path).contains(code), !in_open, "{code}");
    }
}

#[test]
fn operation_ids_are_unique() {
    let config = config();
    let all = sections(&Settings { config: &config, mails: true });
    let ids: Vec<_> =
        all.iter().flat_map(|section| &section.operations).map(|one| one.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
}

/// The errors of an input reveal its fields: without any, each required field; with lists
/// everywhere, or an object in place of a list, the type of each.
#[test]
fn fields_are_described_as_their_inputs_read_them() {
    let config = config();
    let sections = sections(&Settings { config: &config, mails: true });
    let operations = sections.iter().flat_map(|section| &section.operations);
    for (path, Documented { schema, errors }) in operations
        .flat_map(|operation| operation.inputs.iter().map(|input| (operation.path, input)))
    {
        let nothing = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
        let missed = errors(&Map::new());
        let missed = missed.iter().map(|one| &one["[body.".len()..one.find(']').unwrap()]);
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        assert_eq!(
            missed.collect::<BTreeSet<_>>(),
            required.filter_map(Value::as_str).collect(),
            "{path}"
        );
        let mistyped = |schema: &Value| match schema["type"].as_str() {
            Some("array") => (json!({}), "object"),
            _ => (json!([]), "array"),
        };
        let values = properties.iter().map(|(name, schema)| (name.clone(), mistyped(schema).0));
        let wrong = errors(&values.collect());
        for (name, schema) in properties {
            let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap();
            let received = mistyped(schema).1;
            let error =
                |kind| format!("[body.{name}] Invalid input: expected {kind}, received {received}");
            // better-auth's word for objects of any fields, and its message for a union.
            let literal = format!("[body.{name}] Invalid input: expected {}", schema["const"]);
            let others = [error("record"), format!("[body.{name}] Invalid input")];
            let option = format!("[body.{name}] Invalid option");
            let expected = error(kind);
            let is_found = wrong.contains(&expected)
                || kind == "object" && wrong.contains(&others[0])
                || kind == "string" && wrong.contains(&others[1])
                || kind == "string" && wrong.iter().any(|error| error.starts_with(&option))
                || wrong.contains(&literal);
            assert!(is_found, "{path}: {expected} is not in {wrong:?}");
        }
    }
}

#[test]
fn every_reference_has_a_target() {
    let document = document(&config(), true);
    let text = document.to_string();
    let references: BTreeSet<_> =
        text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for reference in &references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    for (name, _) in shared() {
        assert!(references.contains(format!("/components/schemas/{name}").as_str()), "{name}");
    }
}
