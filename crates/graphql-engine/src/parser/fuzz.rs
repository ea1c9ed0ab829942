//! Random texts: the parser ends, does not panic, and accepts bounded documents only.
//!
//! A fuzzer with a fixed seed and a fixed number of texts: its time is bounded, and its
//! findings are repeatable.

use async_graphql::{
    Value as Constant,
    parser::types::{
        BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
    },
};
use async_graphql_value::Value;
use proptest::prelude::*;

use super::{MAX_NESTING, parse};
use crate::{Document, LimitKind, Limits};

const TOKENS: u32 = 300;
const TEXTS: usize = 30_000;

/// The texts that are mutated: every part of the grammar, and former errors.
const CORPUS: [&str; 10] = [
    "{ books(limit: 3, filter: { title: \"Em\\u0041\\ud83d\\ude00\" }) { ...B @skip(if: true) } }",
    "query A($a: [[Int!]]! = [[1, -2.5e3]] @d(x: 1), $b: F = { or: [{ a: null }] }) @e { a(b: $b) }",
    "fragment B on Book { id ... on Book { x: title } ... { y } ... @include(if: $c) { z } }",
    "subscription S { bookChanged(ids: [\"a\", \"b\"]) { kind book { id } } }",
    "mutation($s: String! = \"\"\"\n   a\n  \\\"\"\" b\n\"\"\") { c(input: { s: $s, e: RED }) { id } }",
    "{books(filter:{or:[\"\"\" \" [[[[[[[[[[]]]]]]]]]]]}){id}}",
    "\"\"\"what it does\"\"\" query { a } # a comment { [ (\n\u{feff}fragment on on T { b }",
    "{ a { b { c { d { e { f { g } } } } } } ...A ...B } fragment A on T { a } fragment B on T { b }",
    "query($t: [[[[[[[[Int]]]]]]]]) { a(b: [[[[[[[[1]]]]]]]]) @c(d: { e: { f: { g: [{}] } } }) }",
    "{a(b:\"\\u{1F600}\\\"\\\\\",c:\"\"\"\\\"\"\"\"\"\"\"\",d:[],e:{},f:-0,g:1e9,h:true,i:null)}",
];

const SCRAPS: [&str; 30] = [
    "\"",
    "\"\"",
    "\"\"\"",
    "\\",
    "\\\"\"\"",
    "\\u",
    "\\ud83d",
    "\\u{",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "{a",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a",
    "(a:",
    "...",
    "...{...{...{...{...{",
    "@",
    "$",
    ":",
    "=",
    "!",
    "#",
    "\n",
    "\u{feff}",
    "1",
    "é",
];

/// How deep a tree is, and the least number of tokens that it is made of.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    tokens: usize,
}

impl Size {
    fn tokens(tokens: usize) -> Self {
        Self { depth: 0, tokens }
    }

    fn within(self) -> Self {
        Self { depth: self.depth + 1, tokens: self.tokens + 2 }
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            depth: sum.depth.max(one.depth),
            tokens: sum.tokens + one.tokens,
        })
    }
}

fn value(found: &Value) -> Size {
    match found {
        Value::List(items) => items.iter().map(value).sum::<Size>().within(),
        Value::Object(fields) => {
            let fields = fields.values().map(|found| [Size::tokens(2), value(found)]);
            fields.flatten().sum::<Size>().within()
        }
        Value::Variable(_) => Size::tokens(2),
        _ => Size::tokens(1),
    }
}

fn constant(found: &Constant) -> Size {
    value(&found.clone().into_value())
}

fn ty(found: &Type) -> Size {
    match &found.base {
        BaseType::Named(_) => Size::tokens(1),
        BaseType::List(inner) => ty(inner).within(),
    }
}

fn arguments<N, P>(found: &[(N, P)], said: impl Fn(&P) -> Size) -> Size {
    let all = found.iter().map(|(_, argument)| [Size::tokens(2), said(argument)]);
    let all = all.flatten().sum::<Size>();
    if found.is_empty() { all } else { all.within() }
}

fn directives(found: &[async_graphql::Positioned<Directive>]) -> Size {
    let each = |directive: &async_graphql::Positioned<Directive>| {
        [Size::tokens(2), arguments(&directive.node.arguments, |said| value(&said.node))]
    };
    found.iter().flat_map(each).sum()
}

fn set(found: &SelectionSet) -> Size {
    if found.items.is_empty() {
        return Size::default();
    }
    let items = found.items.iter().flat_map(|item| match &item.node {
        Selection::Field(field) => {
            let field = &field.node;
            let name = Size::tokens(if field.alias.is_some() { 3 } else { 1 });
            let said = arguments(&field.arguments, |said| value(&said.node));
            [name, said, directives(&field.directives), set(&field.selection_set.node)]
        }
        Selection::FragmentSpread(spread) => {
            [Size::tokens(2), directives(&spread.node.directives), Size::default(), Size::default()]
        }
        Selection::InlineFragment(inline) => {
            let inline = &inline.node;
            let condition = Size::tokens(if inline.type_condition.is_some() { 3 } else { 1 });
            let below = set(&inline.selection_set.node);
            [condition, directives(&inline.directives), below, Size::default()]
        }
    });
    items.sum::<Size>().within()
}

fn operation(found: &OperationDefinition) -> Size {
    let variables = found.variable_definitions.iter().flat_map(|definition| {
        let definition = &definition.node;
        let default = definition.default_value.as_ref();
        let default = default.map_or(Size::default(), |default| constant(&default.node));
        [
            Size::tokens(3),
            ty(&definition.var_type.node),
            default,
            directives(&definition.directives),
        ]
    });
    let variables = variables.sum::<Size>();
    let variables = if variables.tokens > 0 { variables.within() } else { variables };
    [variables, directives(&found.directives), set(&found.selection_set.node)].into_iter().sum()
}

fn document(ExecutableDocument { operations, fragments }: &ExecutableDocument) -> Size {
    let operations = operations.iter().map(|(_, found)| operation(&found.node));
    let fragments = fragments.values().map(|fragment| {
        let fragment = &fragment.node;
        [Size::tokens(4), directives(&fragment.directives), set(&fragment.selection_set.node)]
            .into_iter()
            .sum()
    });
    operations.chain(fragments).sum()
}

/// Whether `text` was accepted; then its tree keeps the bounds. What comes after the parser
/// lives, too.
fn check(text: &str) -> bool {
    let limits = Limits::default().with(LimitKind::Tokens, TOKENS);
    _ = Document::parse(text, &limits);
    match parse(text, &limits) {
        Ok(parsed) => {
            let Size { depth, tokens } = document(&parsed);
            assert!(depth <= MAX_NESTING && tokens <= TOKENS as usize, "{depth} {tokens} {text:?}");
            true
        }
        Err(refused) => {
            let position = refused.location.unwrap();
            let lines = text.split("\r\n").flat_map(|part| part.split(['\r', '\n']));
            let length = lines.clone().nth(position.line - 1).unwrap().encode_utf16().count();
            assert!((1..=length + 1).contains(&position.column), "{refused:?} {text:?}");
            assert!(refused.message.len() < 200 && !refused.message.contains('\n'), "{refused:?}");
            false
        }
    }
}

/// Numbers that are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        // Knuth's MMIX generator.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn mutate(&mut self, characters: &mut Vec<char>) {
        let (at, length) = (self.below(characters.len() + 1), self.below(12));
        let end = (at + length).min(characters.len());
        let scrap = || SCRAPS.iter().flat_map(|scrap| scrap.chars());
        match self.below(5) {
            0 => drop(characters.drain(at..end)),
            1 => {
                let copied: Vec<_> = characters[at..end].to_vec();
                let to = self.below(characters.len() + 1);
                characters.splice(to..to, copied);
            }
            2 => {
                let other: Vec<_> = CORPUS[self.below(CORPUS.len())].chars().collect();
                let from = self.below(other.len());
                characters.splice(at..end, other[from..].iter().copied());
            }
            3 => characters[at..end].reverse(),
            _ => {
                let skipped = self.below(scrap().count());
                let part: Vec<_> = scrap().skip(skipped).take(1 + length * 4).collect();
                characters.splice(at..at, part);
            }
        }
    }
}

#[test]
fn thirty_thousand_mutated_documents_are_parsed_or_refused() {
    let (mut dice, mut accepted) = (Dice(20_261_120), 0);
    for round in 0..TEXTS {
        let mut characters: Vec<_> = CORPUS[round % CORPUS.len()].chars().collect();
        for _ in 0..dice.below(8) {
            dice.mutate(&mut characters);
        }
        accepted += usize::from(check(&characters.into_iter().collect::<String>()));
    }
    assert!((TEXTS / 20..TEXTS / 2).contains(&accepted), "{accepted}");
}

/// Brackets, quotes and words, in any order.
fn soup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => prop::sample::select(&SCRAPS[..]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["a", "query", "on", "true", "$x", " ", ",", "1.5", "A:"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..80).prop_map(|parts| parts.concat())
}

/// Values within each other, closed as they should be or not.
fn nest() -> impl Strategy<Value = String> {
    let brackets = prop::collection::vec(any::<bool>(), 0..80);
    (brackets, 0..4_usize, 0..3_usize).prop_map(|(brackets, missing, position)| {
        let open = brackets.iter().map(|list| if *list { "[" } else { "{a:" });
        let close = brackets.iter().rev().map(|list| if *list { "]" } else { "}" });
        let open: String = open.collect();
        let close: String = close.skip(missing.saturating_sub(1)).collect();
        match position {
            0 => format!("{{a(b:{open}1{close})}}"),
            1 => format!("query($a:A={open}1{close}){{a}}"),
            _ => format!("{{a @b(c:{open}1{close})}}"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(20_261_120),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_parser_never_panics(text in soup()) {
        check(&text);
    }

    #[test]
    fn nesting_of_values_is_limited(text in nest()) {
        check(&text);
    }
}
