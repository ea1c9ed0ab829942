//! Introspection of the schema, and the settings that disable it.

use serde_json::Value;

use super::{assert_refused, document, post};
use crate::it::support::TestApp;

/// The query of graphql-js' `getIntrospectionQuery()`, which GraphiQL sends.
const FULL_QUERY: &str = "query IntrospectionQuery {
  __schema {
    description
    queryType { name kind }
    mutationType { name kind }
    subscriptionType { name kind }
    types { ...FullType }
    directives {
      name description isRepeatable locations
      args(includeDeprecated: true) { ...InputValue }
    }
  }
}
fragment FullType on __Type {
  kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) {
    name description
    args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef }
    isDeprecated deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
      kind name } } } } } } } } }
}";

/// Documents that query the schema.
const DOCUMENTS: [&str; 7] = [
    FULL_QUERY,
    "{ __schema { types { name } } }",
    "{ __type(name: \"Book\") { name } }",
    "{ __type(name: \"Book\") { __typename } }",
    "{ harmless: __schema { queryType { name } } }",
    "{ ... { ... on Query { __schema { queryType { name } } } } }",
    "{ ...F } fragment F on Query { __typename ...G }
        fragment G on Query { __schema { ...H } } fragment H on __Schema { queryType { name } }",
];

/// Asserts that all documents succeed.
async fn assert_enabled(app: &TestApp) {
    for text in DOCUMENTS {
        let response = post(&app.anonymous(), &[], document(text)).await;
        response.data();
    }
}

/// Asserts that all documents are refused.
async fn assert_disabled(app: &TestApp) {
    for text in DOCUMENTS {
        let refused = post(&app.anonymous(), &[], document(text)).await;
        assert_refused(&refused, 200, "GRAPHQL_VALIDATION_FAILED");
        let message = refused.error_message();
        assert!(message.contains("introspection is off"), "{message}");
    }
    let response =
        post(&app.anonymous(), &[], document("{ __typename books { __typename } }")).await;
    assert_eq!(response.data()["__typename"], "Query");
}

#[tokio::test]
async fn introspection_is_enabled_in_development() {
    assert_enabled(&TestApp::start().await).await;
}

#[tokio::test]
async fn introspection_is_refused_in_production() {
    assert_disabled(&TestApp::start_with(&["--app-env", "production"]).await).await;
}

#[tokio::test]
async fn introspection_is_configurable() {
    let flags = ["--app-env", "production", "--graphql-introspection", "true"];
    assert_enabled(&TestApp::start_with(&flags).await).await;
    let off = ["--app-env", "development", "--graphql-introspection", "false"];
    assert_disabled(&TestApp::start_with(&off).await).await;
}

#[tokio::test]
async fn every_type_and_field_is_described() {
    let app = TestApp::start().await;
    let response = post(&app.anonymous(), &[], document(FULL_QUERY)).await.data();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let standard = ["Boolean", "Float", "ID", "Int", "String"];
    let mut undescribed = Vec::new();
    for ty in list(&response["__schema"]["types"]) {
        let name = ty["name"].as_str().unwrap();
        if name.starts_with("__") || standard.contains(&name) {
            continue;
        }
        let members = ["fields", "inputFields", "enumValues"].map(|kind| list(&ty[kind])).concat();
        let bare_members = members.iter().filter(|member| member["description"].is_null());
        undescribed.extend(bare_members.map(|member| format!("{name}.{}", member["name"])));
        if ty["description"].is_null() {
            undescribed.push(name.to_owned());
        }
    }
    assert_eq!(undescribed, [""; 0], "without a description");
}

#[tokio::test]
async fn errors_suggest_names_only_if_introspection_is_enabled() {
    for (environment, suggests) in [("development", true), ("production", false)] {
        let app = TestApp::start_with(&["--app-env", environment]).await;
        for (text, name) in [
            ("{ boooks { id } }", "books"),
            ("{ books { tittle } }", "title"),
            ("{ books(limt: 1) { id } }", "limit"),
            ("{ books(filter: { tittle: \"x\" }) { id } }", "title"),
            ("mutation { deleteBok(id: \"x\") { id } }", "deleteBook"),
        ] {
            let refused = post(&app.anonymous(), &[], document(text)).await;
            let known = refused.text.contains(&format!("\\\"{name}\\\""));
            assert!(!known || suggests, "{environment}: {}", refused.text);
            assert!(known || !text.contains("boooks") || !suggests, "{}", refused.text);
        }
    }
}
