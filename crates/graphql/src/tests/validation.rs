//! Tests of document validation with this schema.

use super::*;

/// Returns the validation errors of a document, one message per line.
fn errors(text: &str) -> String {
    let engine = engine();
    let found = engine.validate(&engine.document(text).unwrap()).err().unwrap_or_default();
    let locations = found.iter().flat_map(|error| &error.locations);
    assert!(
        locations.clone().all(|location| location.line > 0 && location.column > 0),
        "{found:?}"
    );
    assert_eq!(found.is_empty(), locations.count() == 0);
    found.into_iter().map(|error| error.message).collect::<Vec<_>>().join("\n")
}

fn assert_all(cases: &[(&str, &str)]) {
    for (text, fault) in cases {
        let found = errors(text);
        let expected = if fault.is_empty() { found.is_empty() } else { found.contains(fault) };
        assert!(expected, "{text}\nexpected: {fault}\nfound: {found}");
    }
}

#[test]
fn fields_exist_and_objects_have_selections() {
    assert_all(&[
        ("{ books { id } }", ""),
        (
            "{ bokks { id } }",
            "unknown field \"bokks\" of the type \"Query\"; did you mean \"books\"",
        ),
        ("{ books { id { a } } }", "the field \"id\" of the type \"ID!\" has no fields"),
        ("{ books }", "fields of \"books\", of the type \"[Book!]!\", must be selected"),
        ("{ __schema { types { name ofType { kind } } } __type(name: \"Book\") { name } }", ""),
        ("{ books { __typename __schema { types { name } } } }", "unknown field \"__schema\""),
        ("mutation { __schema { types { name } } }", "unknown field \"__schema\""),
        ("query($v: Boolean!) { __typename @include(if: $v) }", ""),
    ]);
}

#[test]
fn fragments_are_known_used_and_of_the_enclosing_type() {
    assert_all(&[
        ("{ ...F } fragment F on Query { me { id } }", ""),
        ("{ ...F }", "unknown fragment \"F\""),
        ("{ me { id } } fragment F on Query { me { id } }", "\"F\" is never used"),
        ("{ me { ...F } } fragment F on Book { id }", "the fragment \"F\" on \"Book\" cannot"),
        ("{ me { ... on Book { id } } }", "a \"User\" never is one"),
        ("{ me { ... on Bok { id } } }", "unknown type \"Bok\"; did you mean \"Book\"?"),
        ("{ me { ... on ID { id } } }", "cannot be on \"ID\", which is no object"),
        ("{ ...F } fragment F on YearRange { id }", "fragment \"F\" cannot be on \"YearRange\""),
    ]);
}

#[test]
fn arguments_are_known_and_unique() {
    assert_all(&[
        ("{ book { id } }", "the field \"book\" needs its argument \"id\" of the type \"ID!\""),
        ("{ books(limt: 1) { id } }", "unknown argument \"limt\" of the field \"books\"; did"),
        ("{ books(limit: 1, limit: 1) { id } }", "there are several arguments \"limit\""),
        ("{ me @include { id } }", "the directive \"@include\" needs its argument \"if\""),
        ("{ me @include(if: true, if: true) { id } }", "there are several arguments \"if\""),
        ("{ me @skip(if: true, of: 1) { id } }", "unknown argument \"of\" of the directive"),
        ("{ me @skip(if: 1) { id } }", "expected a value of the type \"Boolean!\", found 1"),
    ]);
}

#[test]
fn directives_are_known_unique_and_in_allowed_locations() {
    assert_all(&[
        ("query @skip(if: true) { me { id } }", "\"@skip\" cannot be used on QUERY"),
        ("{ me @skip(if: true) @skip(if: true) { id } }", "\"@skip\" is used here twice"),
        ("{ me @defer { id } }", "unknown directive \"@defer\""),
        ("{ __typename @deprecated }", "\"@deprecated\" cannot be used on FIELD"),
        ("{ ...F } fragment F on Query @include(if: true) { me { id } }", "FRAGMENT_DEFINITION"),
        ("query($a: ID! @skip(if: true)) { book(id: $a) { id } }", "VARIABLE_DEFINITION"),
    ]);
}

#[test]
fn values_have_the_type_of_their_argument() {
    assert_all(&[
        ("{ books(limit: 2147483647, orderBy: TITLE_ASC) { id } }", ""),
        ("{ books(limit: 2147483648) { id } }", "\"Int!\", a whole number of 32 bits, found"),
        ("{ books(limit: 1.5) { id } }", "found 1.5"),
        ("{ books(limit: null) { id } }", "found null"),
        ("{ books(orderBy: [TITLE_ASC, TITLE_DESC]) { id } }", ""),
        ("{ books(orderBy: \"TITLE_ASC\") { id } }", "found \"TITLE_ASC\""),
        ("{ books(orderBy: TITEL_ASC) { id } }", "unknown value \"TITEL_ASC\" of the type"),
        ("{ books(orderBy: [null]) { id } }", "\"BookOrder!\", found null"),
        ("{ books(orderBy: [[TITLE_ASC]]) { id } }", "\"BookOrder!\", found [TITLE_ASC]"),
        ("{ books(filter: NOPE) { id } }", "\"BookFilter\", found NOPE"),
        ("{ books(filter: \"a\") { id } }", "\"BookFilter\", found \"a\""),
        ("{ books(filter: [{}]) { id } }", "\"BookFilter\", found [{}]"),
        ("{ books(filter: { and: { title: \"a\" } }) { id } }", ""),
        (
            "{ books(filter: { titel: \"a\" }) { id } }",
            "unknown field \"titel\" of the type \"BookFilter\"",
        ),
        ("{ books(filter: { releaseYear: { min: \"1\" } }) { id } }", "\"Int\", found \"1\""),
        ("{ book(id: 99999999999) { id } }", ""),
        ("{ book(id: 99999999999999999999) { id } }", "a whole number of 64 bits"),
        ("{ book(id: true) { id } }", "found true"),
        (
            "mutation { createBook(input: { title: \"a\" }) { id } }",
            "needs its field \"authorIds\" of the type \"[ID!]!\"",
        ),
        ("mutation { importBooks(file: \"a\") { id } }", "\"Upload!\", found \"a\""),
        ("query($n: Int = \"a\") { books(limit: $n) { id } }", "\"Int\", found \"a\""),
        ("query($n: Int! = null) { books(limit: $n) { id } }", "\"Int!\", found null"),
    ]);
}

#[test]
fn variables_are_defined_used_and_of_the_expected_type() {
    assert_all(&[
        ("query($id: ID!) { book(id: $id) { id } }", ""),
        (
            "query($id: ID) { book(id: $id) { id } }",
            "\"$id\" of the type \"ID\" is used where \"ID!\"",
        ),
        ("query($id: ID = \"a\") { book(id: $id) { id } }", ""),
        ("query($id: ID = null) { book(id: $id) { id } }", "is used where \"ID!\" is expected"),
        ("query($n: Int) { books(limit: $n) { id } }", ""),
        ("query($n: String) { books(limit: $n) { id } }", "is used where \"Int!\" is expected"),
        ("query($f: AuthorFilter) { books(filter: $f) { id } }", "where \"BookFilter\" is"),
        ("query($o: BookOrder!) { books(orderBy: $o) { id } }", "where \"[BookOrder!]\" is"),
        ("query($o: BookOrder!) { books(orderBy: [$o]) { id } }", ""),
        ("query($o: BookOrder) { books(orderBy: [$o]) { id } }", "where \"BookOrder!\" is"),
        ("query($o: [BookOrder]) { books(orderBy: $o) { id } }", "where \"[BookOrder!]\" is"),
        ("query($v: Boolean) { me @skip(if: $v) { id } }", "where \"Boolean!\" is expected"),
        ("query($v: Boolean = true) { me @skip(if: $v) { id } }", ""),
        ("query($y: Int) { books(filter: { releaseYear: { min: $y } }) { id } }", ""),
        ("query A { book(id: $id) { id } }", "\"$id\" is not defined by the operation \"A\""),
        ("query($id: ID!) { me { id } }", "the variable \"$id\" is never used"),
        ("query($a: ID!, $a: ID!) { book(id: $a) { id } }", "several variables \"$a\""),
        ("query($a: Book) { me { id } }", "the type \"Book\", which is no input"),
        ("query($a: Bok) { me { id } }", "unknown type \"Bok\""),
        (
            "query A($id: ID!) { ...F } query B { ...F } fragment F on Query { book(id: $id) { id } }",
            "\"$id\" is not defined by the operation \"B\"",
        ),
        (
            "query($id: String!) { ...F } fragment F on Query { ...G } fragment G on Query { book(id: $id) { id } }",
            "\"$id\" of the type \"String!\" is used where \"ID!\" is expected",
        ),
    ]);
}

#[test]
fn fields_with_one_response_key_are_the_same() {
    const CONFLICT: &str = "selects different fields, or different arguments";
    assert_all(&[
        ("{ me { id } me { id name } }", ""),
        (
            "query($n: Int) { books(limit: 1, offset: $n) { id } ... { books(offset: $n, limit: 1) { title } } }",
            "",
        ),
        ("{ me { k: id k: name } }", CONFLICT),
        ("{ books(limit: 1) { id } books(limit: 2) { id } }", CONFLICT),
        ("{ books(limit: 1) { id } books { id } }", CONFLICT),
        ("{ me { k: id ...F } } fragment F on User { k: name }", CONFLICT),
        ("{ me { books { k: id } } me { books { k: title } } }", CONFLICT),
        ("{ me { books { k: id } } ... { me { ... { books { ... { k: title } } } } } }", CONFLICT),
        ("{ a: me { k: id } b: me { k: name } }", ""),
        ("{ me { ...F ...F } } fragment F on User { id books { id } }", ""),
    ]);
}

#[test]
fn a_subscription_has_one_unconditional_field() {
    assert_all(&[
        ("subscription { bookChanged { kind } }", ""),
        ("subscription { ...F ...F } fragment F on Subscription { bookChanged { kind } }", ""),
        ("subscription { ... on Subscription { ... { bookChanged { kind } } } }", ""),
        ("subscription { bookChanged { kind } bookChanged { actor { id } } }", ""),
        ("subscription { a: bookChanged { kind } b: bookChanged { kind } }", "only one field"),
        (
            "subscription { bookChanged { kind } ...F } fragment F on Subscription { authorChanged { kind } }",
            "only one field",
        ),
        ("subscription { __typename }", "does not ask for the schema"),
        ("subscription($v: Boolean!) { bookChanged @skip(if: $v) { kind } }", "no condition"),
        ("subscription { ... @include(if: true) { bookChanged { kind } } }", "no condition"),
        ("subscription($v: Boolean!) { bookChanged { kind @skip(if: $v) } }", ""),
        (
            "query A { me { id } } subscription B { authorChanged { kind } bookChanged { kind } }",
            "only one field",
        ),
    ]);
}

#[test]
fn names_are_suggested_only_with_hints() {
    let engine = engine_with(Limits::default(), false);
    let document = engine.document("{ bokks { id } }").unwrap();
    let found = engine.validate(&document).unwrap_err();
    assert_eq!(found[0].message, "unknown field \"bokks\" of the type \"Query\"");
}

/// Time must depend on the document's size, not on the number of spread fragments.
#[test]
fn thousands_of_fragments_are_walked_once_each() {
    let limits = [LimitKind::Tokens, LimitKind::Fields, LimitKind::DocumentBytes]
        .into_iter()
        .chain([LimitKind::Depth, LimitKind::RootFields, LimitKind::Aliases])
        .fold(Limits::default(), |limits, kind| limits.with(kind, u32::MAX));
    let engine = engine_with(limits, true);
    // Each fragment spreads the next one.
    let chain = (0..200).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1));
    let chain = chain.collect::<String>();
    let chain = format!("{{ ...F0 }} {chain} fragment F200 on Query {{ me {{ id }} }}");
    // All fragments are spread in one selection set.
    let each = |write: fn(i32) -> String| (0..3_000).map(write).collect::<Vec<_>>().join(" ");
    let spreads = each(|n| format!("...F{n} id name"));
    let wide = each(|n| format!("fragment F{n} on User {{ id name }}"));
    let wide = format!("{{ me {{ {spreads} }} }} {wide}");
    for text in [chain, wide] {
        assert_eq!(engine.validate(&engine.document(&text).unwrap()), Ok(()));
    }
    // 3^16 times the same fields, in groups that are merged once.
    let fragment = |n| {
        let (a, b) = (format!("...F{}", n + 1), format!("id ...F{}", n + 1));
        format!(
            "fragment F{n} on Book {{ authors {{ books {{ {a} {b} }} }} a{n}: authors {{ books {{ {a} }} }} }} "
        )
    };
    let bomb = (0..16).map(fragment).collect::<String>();
    let bomb = format!("{{ books {{ ...F0 }} }} {bomb} fragment F16 on Book {{ title }}");
    assert_eq!(engine.validate(&engine.document(&bomb).unwrap()), Ok(()));
}
