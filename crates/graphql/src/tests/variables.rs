//! Tests of values of variables.

use async_graphql::{Name, Value, Variables, value};
use bytes::Bytes;

use super::*;

#[test]
fn errors_name_the_path_of_a_wrong_value() {
    let engine = engine();
    for (ty, value, wrong) in [
        ("Int!", value!(1), None),
        ("Int", value!(null), None),
        ("Int", value!(4_294_967_296_i64), Some("x")),
        ("String!", value!(null), Some("x")),
        ("String", value!(1), Some("x")),
        ("ID!", value!(1), None),
        ("[ID!]!", value!("a"), None),
        ("[ID!]!", value!(["a", null]), Some("x.1")),
        ("BookOrder", value!("TITLE_ASC"), None),
        ("BookOrder", value!("TITLE"), Some("x")),
        ("BookOrder", value!("title_asc"), Some("x")),
        ("[BookOrder!]", value!("TITLE_ASC"), None),
        ("ID", value!(18_446_744_073_709_551_615_u64), Some("x")),
        ("DateTime", value!("yesterday"), Some("x")),
        ("Upload", value!("a"), Some("x")),
        ("BookFilter", value!({ "releaseYear": { "min": "1" } }), Some("x.releaseYear.min")),
        ("BookFilter", value!({ "colour": 1 }), Some("x.colour")),
        ("CreateBookInput!", value!({ "authorIds": [] }), Some("x.title")),
        ("CreateBookInput!", value!({ "title": "Emma", "authorIds": ["a"] }), None),
    ] {
        let text = format!("query($x: {ty}) {{ a }}");
        let variables = Variables::from_value(value!({ "x": (value.clone()) }));
        let refused = coerce(&engine, &text, variables).err();
        let path = wrong.map(|path| format!("\"${path}\""));
        match (&refused, &path) {
            (None, None) => {}
            (Some(refused), Some(path)) => {
                assert!(refused.message.contains(path), "{refused:?}");
                let unknown = "variable \"$x.colour\" is no field of the type BookFilter";
                assert_eq!(refused.message == unknown, path.contains("colour"), "{refused:?}");
            }
            _ => panic!("{ty} {value}: {refused:?}"),
        }
    }
}

/// Like in graphql-js.
#[test]
fn every_json_form_of_a_whole_number_is_an_integer() {
    let engine = engine();
    for (ty, json, taken) in [
        ("Int", "1.0", Some("1")),
        ("Int!", "-0", Some("0")),
        ("Int", "1e3", Some("1000")),
        ("Int", "-2147483648.0", Some("-2147483648")),
        ("Int", "2147483648.0", None),
        ("Int", "1.5", None),
        ("Int", "1e300", None),
        ("[Int]", "[1.0, null, 2]", Some("[1, null, 2]")),
        ("[[Int]]", "3.0", Some("3")),
        ("Float", "1.0", Some("1.0")),
        ("ID", "3.0", Some("3")),
        ("ID!", "-1e3", Some("-1000")),
        ("ID", "0.5", None),
        ("ID", "1e300", None),
        (
            "BookFilter",
            r#"{ "and": [{ "releaseYear": { "min": 1815.0 } }] }"#,
            Some("{and: [{releaseYear: {min: 1815}}]}"),
        ),
    ] {
        let text = format!("query($x: {ty}) {{ a }}");
        let json = format!(r#"{{ "x": {json} }}"#);
        let variables: Variables = serde_json::from_str(&json).unwrap();
        let coerced = coerce(&engine, &text, variables).ok();
        let x = coerced.map(|variables| variables["x"].to_string());
        assert_eq!(x.as_deref(), taken, "{ty} {json}");
    }
}

#[test]
fn a_missing_value_is_an_error_only_if_required() {
    let engine = engine();
    for (declared, ok) in [("Int!", false), ("Int! = 1", true), ("Int", true)] {
        let text = format!("query($x: {declared}) {{ a }}");
        let coerced = coerce(&engine, &text, Variables::default());
        assert_eq!(coerced.is_ok(), ok, "{declared}");
    }
}

#[test]
fn a_scalar_accepts_what_its_resolvers_accept() {
    let engine = engine();
    for (ty, value, ok) in [
        ("Int", Value::from(i32::MAX), true),
        ("Int", Value::from(i64::from(i32::MAX) + 1), false),
        ("Int", Value::from(1.5), false),
        ("ID", Value::from(i64::MAX), true),
        ("ID", Value::from(u64::MAX), false),
        ("ID", Value::from(1.5), false),
        ("String", Value::from(1), false),
        ("Boolean", Value::from("true"), false),
        ("DateTime", Value::from("2026-11-20T12:00:00Z"), true),
        ("DateTime", Value::from("today"), false),
        ("Upload", Value::from("a"), false),
        ("Upload", Value::Binary(Bytes::new()), true),
        ("String", Value::Binary(Bytes::new()), false),
        ("JSON", Value::from(vec![1]), true),
        ("JSON", Value::Binary(Bytes::new()), false),
    ] {
        let text = format!("query($x: {ty}) {{ a }}");
        let values = [(Name::new("x"), value.clone())].into_iter().collect();
        let variables = Variables::from_value(Value::Object(values));
        assert_eq!(coerce(&engine, &text, variables).is_ok(), ok, "{ty} {value:?}");
    }
}
