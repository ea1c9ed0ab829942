use super::{super::json, *};

pub(super) fn object(text: impl AsRef<[u8]>) -> Object {
    match json::parse(text.as_ref()) {
        Some(json::Document::Object(object)) => object,
        other => panic!("{other:?}"),
    }
}

fn message(error: AuthError) -> String {
    match error {
        AuthError::Refused(refusal) => refusal.message.into_owned(),
        AuthError::Failed(error) => panic!("{error}"),
    }
}

/// Recorded from `POST /sign-up/email` of better-auth, 2026-11-20.
#[test]
fn errors_have_better_auths_messages() {
    let body =
        object(r#"{"name": 5, "email": null, "password": true, "image": [], "rememberMe": 1e400}"#);
    let mut fields = Fields::of("body", &body);
    for name in ["name", "email", "password", "token"] {
        fields.string(name);
    }
    fields.optional_string("image");
    fields.optional_string("callbackURL");
    fields.optional_boolean("rememberMe");
    assert_eq!(
        message(fields.finish().unwrap_err()),
        "[body.name] Invalid input: expected string, received number; \
         [body.email] Invalid input: expected string, received null; \
         [body.password] Invalid input: expected string, received boolean; \
         [body.token] Invalid input: expected string, received undefined; \
         [body.image] Invalid input: expected string, received array; \
         [body.rememberMe] Invalid input: expected boolean, received Infinity"
    );
}

/// Recorded from `POST /sign-in/social` of better-auth, 2026-11-30.
#[test]
fn errors_in_nested_values_name_their_path() {
    let body = object(
        r#"{"provider": 1, "scopes": ["a", 2], "idToken": {"token": 1, "user": []},
            "additionalParams": {"a": "b", "c": 3}, "additionalData": []}"#,
    );
    let mut fields = Fields::of("body", &body);
    fields.any_word("provider");
    fields.optional_object("idToken", |fields| {
        fields.string("token");
        fields.optional_object("user", |_| ());
    });
    fields.optional_strings("scopes");
    fields.optional_texts("additionalParams");
    fields.optional_record("additionalData");
    assert_eq!(
        message(fields.finish().unwrap_err()),
        "[body.provider] Invalid input; \
         [body.idToken.token] Invalid input: expected string, received number; \
         [body.idToken.user] Invalid input: expected object, received array; \
         [body.scopes.1] Invalid input: expected string, received number; \
         [body.additionalParams.c] Invalid input: expected string, received number; \
         [body.additionalData] Invalid input: expected record, received array"
    );
}

#[test]
fn a_body_must_be_an_object() {
    assert_eq!(
        message(no_object(&["object", "record"], Some(&Value::empty_list()))),
        "[body] Invalid input: expected object, received array; \
         [body] Invalid input: expected record, received array"
    );
    assert_eq!(
        message(no_object(&["object"], None)),
        "[body] Invalid input: expected object, received undefined"
    );
}

#[test]
fn stored_text_must_not_contain_u_0000() {
    let body = object(r#"{"name": "a\u0000b", "password": "a\u0000b"}"#);
    let mut fields = Fields::of("body", &body);
    fields.string("password");
    fields.optional_stored("name");
    assert_eq!(
        message(fields.finish().unwrap().unwrap_err()),
        "[body.name] Invalid input: must not contain the character U+0000"
    );
}
