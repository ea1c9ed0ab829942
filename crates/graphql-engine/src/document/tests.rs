use super::*;
use crate::error::VALIDATION_FAILED;

fn refusal(text: &str) -> Option<(&'static str, String)> {
    let refused = Document::parse(text, &Limits::default()).err();
    refused.map(|error| (error.code, error.message))
}

/// `depth` fields within each other.
fn nested(depth: usize) -> String {
    format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth))
}

#[test]
fn limits_are_inclusive() {
    for (text, ok) in [
        (nested(10), true),
        (nested(11), false),
        (format!("{{ {} }}", "x: a ".repeat(30)), true),
        (format!("{{ {} }}", "x: a ".repeat(31)), false),
        (format!("{{ a {} }}", "@d ".repeat(50)), true),
        (format!("{{ a {} }}", "@d ".repeat(51)), false),
        (format!("{{ {} }}", "a ".repeat(30)), true),
        (format!("{{ {} }}", "a ".repeat(31)), false),
        (format!("{{ ...F }} fragment F on T {{ {} }}", "a ".repeat(31)), false),
        (format!("{{ b {{ {} }} }}", "a ".repeat(999)), true),
        (format!("{{ b {{ {} }} }}", "a ".repeat(1_000)), false),
        (format!("{{ a(b: [{}]) }}", "1 ".repeat(1_000)), true),
        (format!("{{ a(b: {{ c: [{}] }}) }}", "1 ".repeat(1_001)), false),
        (format!("query($b: [Int] = [{}]) {{ a }}", "1 ".repeat(1_001)), false),
        (format!("{{ a @d(b: [{}]) }}", "1 ".repeat(1_001)), false),
        (format!("{{ a }} #{}", "x".repeat(65_529)), true),
        (format!("{{ a }} #{}", "x".repeat(65_530)), false),
    ] {
        assert_eq!(refusal(&text).is_none(), ok, "{text:.40}");
    }
}

#[test]
fn fragments_are_counted_for_each_spread() {
    let deep = format!("{{ a {{ ...F }} }} fragment F on T {}", nested(10));
    assert!(refusal(&deep).is_some());
    // Each fragment spreads the next one ten times: 10^20 fields.
    let fragment = |n| format!("fragment F{n} on T {{ {} }}", format!("...F{} ", n + 1).repeat(10));
    let fragments: Vec<_> = (0..20).map(fragment).collect();
    let bomb = format!("{{ ...F0 }} {} fragment F20 on T {{ a }}", fragments.join(" "));
    assert!(refusal(&bomb).is_some_and(|(_, message)| message.contains("fields")));
}

#[test]
fn a_cycle_of_fragments_is_refused() {
    for (text, name) in [
        ("{ ...A } fragment A on T { ...B } fragment B on T { ...A }", "\"A\""),
        ("{ ...A } fragment A on T { a { ...A } }", "\"A\""),
        (
            "{ a } fragment A on T { ...B ...C } fragment B on T { ...C } fragment C on T { ...B }",
            "",
        ),
    ] {
        let (code, message) = refusal(text).unwrap();
        assert_eq!(code, VALIDATION_FAILED, "{text}");
        assert!(message.contains("within itself") && message.contains(name), "{message}");
    }
    assert_eq!(refusal("{ ...A ...B } fragment A on T { ...B } fragment B on T { ...C }"), None);
}

/// As long as the tokens allow, each fragment before or after the one that it spreads.
#[test]
fn a_chain_of_fragments_may_be_long() {
    let limits = Limits::default()
        .with(LimitKind::Tokens, 1_000_000)
        .with(LimitKind::DocumentBytes, 1_000_000);
    let chain = |length: usize, backwards: bool| {
        let fragment = |n| format!("fragment F{n} on T {{ ...F{} }}", n + 1);
        let mut fragments: Vec<_> = (0..length).map(fragment).collect();
        fragments.push(format!("fragment F{length} on T {{ a }}"));
        if backwards {
            fragments.reverse();
        }
        Document::parse(&format!("{{ ...F0 }} {}", fragments.join(" ")), &limits)
    };
    for backwards in [false, true] {
        assert!(chain(240, backwards).is_ok());
        let refused = chain(20_000, backwards).unwrap_err();
        assert!(refused.message.contains("nests more than 256 selections"), "{refused:?}");
    }
}

/// Validation also walks through fragments that are never spread.
#[test]
fn unused_fragments_are_limited() {
    let fragment = |n| format!("fragment F{n} on T {{ {} }}", format!("...F{} ", n + 1).repeat(10));
    let fragments: Vec<_> = (0..20).map(fragment).collect();
    let bomb = format!("{{ a }} {} fragment F20 on T {{ a }}", fragments.join(" "));
    assert!(refusal(&bomb).is_some_and(|(_, message)| message.contains("fields")));
}

/// A plan has each once for every place where it is spread.
#[test]
fn copies_of_long_values_are_limited() {
    let text = |count: usize| {
        let long = "x".repeat(10_000);
        let places = "...F ".repeat(count);
        format!("{{ {places} }} fragment F on T {{ a(b: [{{ c: \"{long}\" }}]) }}")
    };
    assert_eq!(refusal(&text(6)), None);
    let (code, message) = refusal(&text(7)).unwrap();
    assert_eq!(code, VALIDATION_FAILED);
    assert!(message.contains("GRAPHQL_MAX_DOCUMENT_BYTES"), "{message}");
}

#[test]
fn undeclared_variables_are_ignored() {
    let document = Document::parse("query($a: Int, $b: Int) { x }", &Limits::default()).unwrap();
    let operation = document.operation(None).unwrap();
    let sent = Variables::from_value(async_graphql::value!({ "a": 1, "c": 2 }));
    let declared = operation.declared(sent);
    assert_eq!(*declared, *Variables::from_value(async_graphql::value!({ "a": 1 })));
}

#[test]
fn introspection_has_a_separate_depth_limit() {
    assert_eq!(refusal(&format!("{{ __schema {} }}", nested(16))), None);
    assert!(refusal(&format!("{{ __schema {} }}", nested(17))).is_some());
}

#[test]
fn lists_of_introspection_multiply_the_cost() {
    let lists = |count| {
        let (open, close) = ("fields { type { ".repeat(count), "} }".repeat(count));
        refusal(&format!("{{ __schema {{ types {{ {open} name {close} }} }} }}"))
    };
    assert_eq!(lists(2), None);
    assert!(lists(6).is_some_and(|(_, message)| message.contains("points of introspection")));
}

#[test]
fn exponential_fragments_without_fields_are_refused() {
    let fragment = |n| format!("fragment F{n} on T {{ {} }}", format!("...F{} ", n + 1).repeat(10));
    let fragments: Vec<_> = (0..20).map(fragment).collect();
    let bomb = format!("{{ ...F0 }} {}", fragments.join(" "));
    assert!(refusal(&bomb).is_some_and(|(_, message)| message.contains("fields")));
}

#[test]
fn a_syntax_error_has_one_line_and_a_location() {
    let Err(error) = Document::parse("{ a(", &Limits::default()) else { panic!() };
    assert_eq!(error.code, "GRAPHQL_PARSE_FAILED");
    assert!(error.location.is_some() && !error.message.contains('\n'), "{error:?}");
}

#[test]
fn an_ambiguous_operation_is_refused() {
    let parse = |text| Document::parse(text, &Limits::default()).unwrap();
    let two = parse("query A { a } mutation B { b }");
    assert!(!two.operation(Some("A")).unwrap().is_mutation());
    assert!(two.operation(Some("B")).unwrap().is_mutation());
    assert!(two.operation(None).is_err() && two.operation(Some("C")).is_err());
    assert_eq!(parse("{ a }").operation(None).unwrap().name(), None);
    assert_eq!(parse("query A { a }").operation(None).unwrap().name(), Some("A"));
}

/// The normalized form is shared unless the values of variables leave something out.
#[test]
fn plans_share_fields_that_do_not_depend_on_variables() {
    for (text, shared) in [
        ("{ a { b } }", true),
        ("{ a { ... { b } } }", true),
        ("{ a { ...F } b { ...F } } fragment F on T { c }", true),
        ("query($n: Int = 1) { a(n: $n) }", true),
        ("query($n: Int) { a(n: [$n]) }", true),
        ("query($n: Int) { a(n: $n) }", false),
        ("{ a @skip(if: false) }", false),
    ] {
        let document = Document::parse(text, &Limits::default()).unwrap();
        let operation = document.operation(None).unwrap();
        let fields = || operation.plan(&Variables::default()).fields;
        assert_eq!(Arc::ptr_eq(&fields(), &fields()), shared, "{text}");
    }
}

/// The cache is bounded by this size: a fragment may be spread a thousand times.
#[test]
fn the_size_of_a_document_includes_the_spreads_of_its_fragments() {
    let size = |text: &str| Document::parse(text, &Limits::default()).unwrap().size();
    let short = "{ books(limit: 20) { title authors { name } } }";
    assert_eq!(size(short), short.len());
    let spread = |count: usize| {
        let places = "...F ".repeat(count);
        size(&format!("{{ a {{ {places} }} }} fragment F on T {{ {} }}", "b ".repeat(20)))
    };
    assert!(spread(40) > 40 * 20 * 8);
}
