use async_graphql::{
    Number, Pos,
    parser::types::{DocumentOperations, Selection},
};
use async_graphql_value::Value;

use super::*;

fn refusal(text: &str) -> RequestError {
    parse(text, &Limits::default()).expect_err(text)
}

fn accepts(text: &str) -> bool {
    parse(text, &Limits::default()).is_ok()
}

/// Returns the value that `{ a(b: literal) }` gives the argument.
fn value(literal: &str) -> std::result::Result<Value, String> {
    let document = parse(&format!("{{ a(b: {literal}) }}"), &Limits::default());
    let operations = document.map_err(|refused| refused.message)?.operations;
    let DocumentOperations::Single(only) = operations else { panic!("{literal}") };
    let Selection::Field(field) = &only.node.selection_set.node.items[0].node else {
        panic!("{literal}")
    };
    Ok(field.node.arguments[0].1.node.clone())
}

#[test]
fn strings_have_the_values_of_the_specification() {
    for (literal, expected) in [
        (r#""""#, ""),
        (r#""a b""#, "a b"),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u00e9\u00E9""#, "éé"),
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\u{1F600}\u{41}\u{00000041}""#, "😀AA"),
        (r#""\\u0000""#, "\\u0000"),
        ("\"\"\"\"\"\"", ""),
        (r#""""a\n""""#, "a\\n"),
        (r#""""a \""" b""""#, "a \"\"\" b"),
        ("\"\"\"\n\n    a\n      b\r\n\n    c\r  \n\"\"\"", "a\n  b\n\nc"),
        ("\"\"\"  a\n    b\n   c\"\"\"", "  a\n b\nc"),
        ("\"\"\" \n \t \"\"\"", ""),
    ] {
        assert_eq!(value(literal), Ok(Value::String(expected.to_owned())), "{literal}");
    }
}

#[test]
fn malformed_strings_are_refused() {
    for literal in [
        "\"",
        "\"a\nb\"",
        "\"a\rb\"",
        "\"\"\"a\"\"",
        r#""\x""#,
        r#""\u12""#,
        r#""\u+041""#,
        r#""\ud83d""#,
        r#""\ud83d\u0041""#,
        r#""\ude00\ud83d""#,
        r#""\u{}""#,
        r#""\u{d800}""#,
        r#""\u{110000}""#,
        r#""\u{000000041}""#,
        r#""\u{41""#,
    ] {
        assert!(value(literal).unwrap_err().starts_with("syntax error: "), "{literal}");
    }
    for literal in [r#""a\u0000b""#, r#""\u{0}""#, "\"\0\"", "\"\"\"a\0\"\"\""] {
        assert!(value(literal).unwrap_err().contains("U+0000"), "{literal}");
    }
}

#[test]
fn numbers_are_exact_if_they_fit() {
    for (literal, is) in [
        ("0", Number::from(0)),
        ("-0", Number::from(0)),
        ("-9223372036854775808", Number::from(i64::MIN)),
        ("18446744073709551615", Number::from(u64::MAX)),
        ("18446744073709551616", Number::from_f64(18_446_744_073_709_551_616.0).unwrap()),
        ("1.0", Number::from_f64(1.0).unwrap()),
        ("-1.5E-3", Number::from_f64(-0.0015).unwrap()),
    ] {
        assert_eq!(value(literal), Ok(Value::Number(is)), "{literal}");
    }
    for literal in ["01", "-", "1.", ".5", "1e", "1e+", "1x", "1.2.3", "1_0", "0xF", "+1", "1e999"]
    {
        assert!(value(literal).is_err(), "{literal}");
    }
}

#[test]
fn errors_name_the_expected_token_and_its_location() {
    for (text, line, column, part) in [
        ("", 1, 1, "expected an operation or a fragment, found the end"),
        ("{ a(", 1, 5, "expected the name of an argument, found the end"),
        ("{\r\n  é }", 2, 3, "U+00E9 begins no token"),
        ("{ \"😀\" }", 1, 3, "expected a field"),
        ("{ a(b: \"😀\" c }", 1, 15, "expected \":\", found \"}\""),
        ("{ a(b: \"\\x\") }", 1, 9, "escape"),
        ("{ a }\n\r\u{feff}}", 3, 2, "found \"}\""),
        ("query Q($a: Int = $b) { a }", 1, 19, "\"$b\""),
        ("fragment on on T { a }", 1, 10, "the name of a fragment"),
        ("{ a(b: 12x) }", 1, 10, "\"x\""),
        (&format!("query {}a {{", "x".repeat(1_000)), 1, 1_010, "found the end"),
        (&format!("{{ a(b: {{ c {} }}) }}", "x".repeat(1_000)), 1, 12, "…"),
        ("{ a(b: { c: 1, c: 2 }) }", 1, 16, "only one input field named \"c\""),
        ("query A { a } query A { b }", 1, 21, "only one operation named \"A\""),
        ("query A { a } { b }", 1, 15, "must be the only one"),
        ("{ b } query A { a }", 1, 1, "must be the only one"),
        (
            "{ a } fragment F on T { a } fragment F on T { b }",
            1,
            38,
            "only one fragment named \"F\"",
        ),
        ("{ a } type T { a: Int }", 1, 7, "not executable"),
        ("{ a } extend type T { a: Int }", 1, 7, "not executable"),
        ("fragment F on T { a }", 1, 22, "no operation"),
    ] {
        let refused = refusal(text);
        assert_eq!(refused.location, Some(Pos { line, column }), "{text:.80}: {refused:?}");
        assert!(refused.message.contains(part), "{text:.80}: {refused:?}");
        assert!(refused.message.len() < 200, "{refused:?}");
    }
}

#[test]
fn tokens_are_counted_as_the_specification_does() {
    for (text, tokens) in [
        ("{ a }", 3),
        ("{a,b # c d e\n f}", 5),
        (r#"{ a(b: "c { d } \" e", f: -1.5e3) }"#, 11),
        ("{ a(b: \"\"\"c \" \\\"\"\" {{{ \"\"\") }", 8),
        ("query($x: [Int!]! = [1]) { ...F }", 19),
    ] {
        let limits = |limit| Limits::default().with(LimitKind::Tokens, limit);
        assert!(parse(text, &limits(tokens)).is_ok(), "{text}");
        let refused = parse(text, &limits(tokens - 1)).unwrap_err();
        assert!(refused.message.contains("GRAPHQL_MAX_TOKENS"), "{text}: {refused:?}");
    }
}

/// Every kind of nesting: values, types, selection sets.
#[test]
fn nesting_is_limited() {
    let nested = |open: &str, middle: &str, close: &str, depth| {
        format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
    };
    // Beside those that are repeated, so many brackets are open.
    for (before, open, middle, close, after, others) in [
        ("{ a(b: ", "[", "1", "]", ") }", 2),
        ("{ a(b: ", "{ c: ", "1", "}", ") }", 2),
        ("{ a(b: ", "[{ c: ", "[]", "}]", ") }", 3),
        ("{ a @d(b: ", "[", "1", "]", ") }", 2),
        ("query($x: X = ", "[", "1", "]", ") { a }", 1),
        ("query($x: X = ", "{ a: ", "{}", "}", ") { a }", 2),
        ("query($x: ", "[", "Int!", "]!", ") { a }", 1),
        ("query($x: X @d(b: ", "[", "1", "]", ")) { a }", 2),
        ("query @d(b: ", "[", "1", "]", ") { a }", 1),
        ("", "{ a", "", "}", "", 0),
        ("{", "... { ", "a", "}", "}", 1),
        ("{", "... on T { ", "a", "}", "}", 1),
        ("{ a } fragment F on T ", "{ a", "", "}", "", 0),
    ] {
        let each = open.matches(['[', '{', '(']).count();
        let max_depth = (MAX_NESTING - others) / each;
        let text = |depth| format!("{before}{}{after}", nested(open, middle, close, depth));
        assert!(accepts(&text(max_depth)), "{}: {:?}", text(max_depth), refusal(&text(max_depth)));
        for depth in [max_depth + 1, 1_000, 100_000] {
            let limits = Limits::default().with(LimitKind::Tokens, u32::MAX);
            let refused = parse(&text(depth), &limits).unwrap_err();
            assert!(refused.message.contains("nests more than 64"), "{before}{open}: {refused:?}");
        }
    }
}

/// Two lexers that disagreed about these once let the parser run out of stack.
#[test]
fn brackets_after_quotes_are_counted() {
    for quotes in
        ["\"\"\" \"", "\"\" \"\"\"\"", "\"\\\"\"\"\"", "#\"\"\"\n", "\"\"\"\\\"\"\" \"\"\""]
    {
        let attack = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!("{{books(filter:{{or:[{quotes} {open}{close}]}}){{id}}}}")
        };
        for depth in [1_700, 500_000] {
            assert!(!accepts(&attack(depth)), "{quotes}");
        }
    }
}

#[test]
fn descriptions_are_accepted_where_graphql_js_accepts_them() {
    assert!(accepts(r#""what" query Q("which" $a: Int) { a } """it""" fragment F on T { b }"#));
    assert!(!accepts(r#""what" { a }"#));
    assert!(!accepts(r#"{ "what" a }"#));
}
