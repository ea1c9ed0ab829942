//! The OpenAPI document of the authentication routes: completeness, responses and its page.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{
        Method, Request, StatusCode,
        header::{CONTENT_TYPE, IF_NONE_MATCH, ORIGIN},
    },
};
use serde_json::{Value, json};

use crate::it::support::{BASE_URL, Client, Response, TestApp};

const DOCUMENT: &str = "/api/auth/open-api/generate-schema";

/// An operation of the OpenAPI document.
struct Operation {
    method: Method,
    path: String,
    documented: Value,
}

/// Returns the operations of the document.
fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, documented)| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
            documented: documented.clone(),
        })
    });
    operations.collect()
}

/// Resolves a reference.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str();
    reference.map_or(value, |reference| document.pointer(&reference[1..]).unwrap())
}

impl Operation {
    /// Sends the operation without any field.
    async fn send(&self, client: &Client) -> Response {
        let path = format!("/api/auth{}", self.path.replace("{token}", "none"));
        let request = Request::builder().method(&self.method).uri(path).header(ORIGIN, BASE_URL);
        let takes = self.documented["requestBody"].is_object();
        let request = if takes {
            request.header(CONTENT_TYPE, "application/json").body(Body::from("{}"))
        } else {
            request.body(Body::empty())
        };
        client.send(request.unwrap()).await
    }

    /// Asserts that the document describes the status and the code or the fields.
    fn check(&self, document: &Value, response: &Response) {
        let text: String = response.text.chars().take(300).collect();
        let description = format!("{} {}: {} {text}", self.method, self.path, response.status);
        let documented = &self.documented["responses"][response.status.as_str()];
        let documented = resolve(document, documented);
        assert!(documented.is_object(), "{description}");
        let content = &documented["content"]["application/json"]["schema"];
        if !content.is_object() || response.json().is_null() {
            return;
        }
        let response = response.json();
        let complete: Vec<_> =
            content["allOf"].as_array().map_or(vec![content], |complete| complete.iter().collect());
        for schema in complete {
            assert_conforms(document, schema, &response, &description);
        }
    }
}

/// Asserts that a value conforms to a schema, for the keywords that the document uses.
fn assert_conforms(document: &Value, schema: &Value, value: &Value, description: &str) {
    let schema = resolve(document, schema);
    if let Some(any) = schema["anyOf"].as_array() {
        assert_eq!(any.len(), 2, "{description}: a schema or null");
        if !value.is_null() {
            assert_conforms(document, &any[0], value, description);
        }
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![kind],
    };
    assert!(kinds.contains(&kind), "{description}: {value} is not {kinds:?}");
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{description}: {value} is not in {values:?}");
    }
    if let Some(only) = schema.get("const") {
        assert_eq!(value, only, "{description}");
    }
    for item in value.as_array().into_iter().flatten() {
        assert_conforms(document, &schema["items"], item, description);
    }
    let Some(fields) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(fields.contains_key(name.as_str().unwrap()), "{description}: {name} is missing");
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    let has_type = schema.get("type").is_some();
    for (name, value) in fields {
        assert!(
            properties.contains_key(name) || !has_type,
            "{description}: {name} is not described"
        );
        if let Some(schema) = properties.get(name) {
            assert_conforms(document, schema, value, description);
        }
    }
}

#[tokio::test]
async fn every_operation_without_fields_responds_as_documented() {
    let app = TestApp::start().await;
    let anonymous = app.anonymous();
    let document = anonymous.get(DOCUMENT).await.json();
    let operations = operations(&document);
    assert!(operations.len() > 25, "{}", operations.len());

    for operation in &operations {
        operation.check(&document, &operation.send(&anonymous).await);
    }
    for operation in &operations {
        // Some operations end the session.
        let ann = app.anonymous();
        let name = operation.path.replace(|c: char| !c.is_alphanumeric(), "");
        ann.sign_up(&format!("{}{name}", operation.method)).await;
        operation.check(&document, &operation.send(&ann).await);
    }
}

#[tokio::test]
async fn responses_to_a_signed_in_user_are_documented() {
    let app = TestApp::start().await;
    let ann = app.anonymous();
    let document = ann.get(DOCUMENT).await.json();
    let signed_up = ann.sign_up("ann").await;
    let operations = operations(&document);
    let check = |method: Method, path: &str, response: &Response| {
        let operation = operations.iter().find(|one| one.method == method && one.path == path);
        operation.unwrap().check(&document, response);
    };
    check(Method::POST, "/sign-up/email", &signed_up);
    for path in ["/get-session", "/session", "/list-sessions", "/list-accounts"] {
        let response = ann.get(&format!("/api/auth{path}")).await;
        assert_eq!(response.status, StatusCode::OK, "{path}");
        check(Method::GET, path, &response);
    }
    let password = "correct horse battery";
    for (path, body, status) in [
        (
            "/sign-in/email",
            json!({ "email": "ann@example.com", "password": password, "callbackURL": "/books" }),
            200,
        ),
        ("/sign-in/email", json!({ "email": "ann@example.com", "password": "wrong horse" }), 401),
        ("/sign-in/email", json!({ "email": "ann", "password": "wrong horse" }), 400),
        ("/sign-in/email", json!({ "email": 5, "callbackURL": 5 }), 400),
        ("/sign-in/email", json!({ "email": "a", "callbackURL": "//evil.example" }), 403),
        (
            "/sign-up/email",
            json!({ "name": "Ann", "email": "ann@example.com", "password": password }),
            422,
        ),
        (
            "/sign-up/email",
            json!({ "name": "Bob", "email": "bob@example.com", "password": "short" }),
            400,
        ),
        ("/send-verification-email", json!({ "email": "ann@example.com" }), 200),
        ("/send-verification-email", json!({ "email": "bob@example.com" }), 400),
        ("/request-password-reset", json!({ "email": "ann@example.com" }), 200),
        ("/update-user", json!({ "name": "Anna" }), 200),
        ("/update-user", json!({ "role": "admin" }), 400),
        ("/change-email", json!({ "newEmail": "ann@example.com" }), 400),
        ("/change-email", json!({ "newEmail": "anna@example.com" }), 200),
        ("/verify-password", json!({ "password": password }), 200),
        ("/verify-password", json!({ "password": "wrong horse" }), 400),
        (
            "/change-password",
            json!({ "currentPassword": password, "newPassword": password, "revokeOtherSessions": true }),
            200,
        ),
        ("/unlink-account", json!({ "accountId": "none" }), 400),
        ("/delete-user", json!({ "token": "none" }), 404),
        ("/delete-user", json!({ "password": password }), 200),
    ] {
        let response = ann.post(&format!("/api/auth{path}"), body.clone()).await;
        assert_eq!(response.status.as_u16(), status, "{path} {body}: {}", response.text);
        check(Method::POST, path, &response);
    }
}

#[tokio::test]
async fn disabled_routes_are_neither_served_nor_documented() {
    let flags = [
        "--auth-disabled-paths=/list-accounts,/docs,/reset-password/{token}",
        "--auth-delete-user=false",
        "--auth-change-email=false",
        "--auth-disable-sign-up=true",
    ];
    let document = async |app: &TestApp| app.anonymous().get(DOCUMENT).await.json();
    let (open, closed) = (TestApp::start().await, TestApp::start_with(&flags).await);
    let (complete, reduced) = (document(&open).await, document(&closed).await);
    let names = |document: &Value| -> BTreeSet<String> {
        let operations = operations(document);
        operations.iter().map(|one| format!("{} {}", one.method, one.path)).collect()
    };
    let missing: Vec<_> = names(&complete).difference(&names(&reduced)).cloned().collect();
    assert_eq!(
        missing,
        [
            "GET /delete-user/callback",
            "GET /docs",
            "GET /list-accounts",
            "GET /reset-password/{token}",
            "POST /change-email",
            "POST /delete-user",
            "POST /reset-password/{token}",
            "POST /sign-up/email",
        ]
    );
    for path in ["docs", "list-accounts", "reset-password/x?callbackURL=/"] {
        let response = closed.anonymous().get(&format!("/api/auth/{path}")).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_document_names_the_server_and_its_cookie() {
    let app = TestApp::start_with(&[
        "--auth-base-path=/sign",
        "--auth-cookie-prefix=shelf",
        "--auth-secure-cookies=true",
    ])
    .await;
    let document = app.anonymous().get("/sign/open-api/generate-schema").await;
    assert_eq!(document.header("content-type"), "application/json");
    let document = document.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["servers"][0]["url"], format!("{BASE_URL}/sign"));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let ok = app.anonymous().get("/sign/ok").await.json();
    assert_eq!(document["info"]["x-compatible-with"], ok["compatibleWith"]);
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["cookie"]["name"], "__Secure-shelf.session_token");
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    let alias = &document["paths"]["/session"]["get"];
    assert_eq!(alias["x-alias-of"], "GET /get-session");
}

#[tokio::test]
async fn an_unchanged_document_returns_304() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let document = client.get(DOCUMENT).await;
    assert_eq!(document.header("cache-control"), "no-cache");
    let tag = document.header("etag");
    for (known, status) in [(tag, 304), ("\"other\"", 200)] {
        let request = Request::get(DOCUMENT).header(IF_NONE_MATCH, known).body(Body::empty());
        let response = client.send(request.unwrap()).await;
        assert_eq!(response.status.as_u16(), status, "{known}");
        assert_eq!(response.text.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn the_page_loads_only_own_files_which_are_cacheable() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for path in ["/api/auth/reference", "/api/auth/docs"] {
        let page = client.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
        assert_eq!(page.header("cache-control"), "no-store");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("connect-src 'self'") && !policy.contains("http"), "{policy}");
        let files = page.text.split("<script src=\"").skip(1);
        let files: Vec<_> = files.map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(files.len(), 2, "{}", page.text);
        for file in files {
            assert!(file.starts_with("/api/auth/reference/"), "{file}");
            let response = client.get(file).await;
            assert_eq!(response.status, StatusCode::OK, "{file}");
            assert_eq!(response.header("content-type"), "text/javascript; charset=utf-8");
            assert!(response.header("cache-control").contains("immutable"), "{file}");
            let request = Request::get(file).header(IF_NONE_MATCH, response.header("etag"));
            let cached = client.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(cached.status, StatusCode::NOT_MODIFIED, "{file}");
        }
    }
    for file in ["x/page.js", "x/scalar.js", "x/other.js"] {
        let response = client.get(&format!("/api/auth/reference/{file}")).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{file}");
    }
}
