//! graphql-js and this parser read the same texts alike.

use async_graphql::{
    Name, Number, Pos, Positioned, Value as Constant,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition,
        Selection, SelectionSet, TypeCondition, VariableDefinition,
    },
};
use async_graphql_value::Value;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::parse;
use crate::{LimitKind, Limits};

const SEED: &str = "20261120";
const DOCUMENTS: usize = 24_000;

/// A text and its tree according to graphql-js; null if graphql-js refuses it.
#[derive(Deserialize)]
struct Judged {
    text: String,
    tree: Json,
    /// Whether this parser refuses it by choice.
    #[serde(default)]
    own: bool,
}

#[test]
fn the_parser_agrees_with_graphql_js() {
    let Some(lines) = judged() else { return };
    let limits = Limits::default().with(LimitKind::Tokens, 100_000);
    let (mut wrong, mut accepted, mut all) = (Vec::new(), 0, 0);
    for line in lines.lines() {
        let Judged { text, tree, own } = serde_json::from_str(line).unwrap();
        let ours = parse(&text, &limits);
        let expected = if own { &Json::Null } else { &tree };
        let found = ours.as_ref().map_or(Json::Null, self::tree);
        if found != in_order(expected) {
            let refused = ours.err();
            wrong.push(format!(
                "{text:.500?}\n  js: {expected:.500}\n  ours: {refused:?} {found:.500}"
            ));
        }
        all += 1;
        accepted += usize::from(found != Json::Null);
    }
    let shown: Vec<_> = wrong.iter().take(5).cloned().collect();
    assert!(wrong.is_empty(), "{} of {all} differ:\n{}", wrong.len(), shown.join("\n"));
    assert_eq!(all, DOCUMENTS);
    assert!((5_000..15_000).contains(&accepted), "{accepted}");
}

/// The documents, one a line. `None` without Node.js: the test is skipped.
fn judged() -> Option<String> {
    skips::oracle("parser-oracle.mjs", &[SEED, &DOCUMENTS.to_string()], "graphql")
}

/// Definitions in an order of their own, as our tree has none.
fn in_order(tree: &Json) -> Json {
    let mut sorted = tree.clone();
    if let Json::Array(definitions) = &mut sorted {
        definitions.sort_by_key(|definition| definition[1].to_string());
    }
    sorted
}

fn tree(ExecutableDocument { operations, fragments }: &ExecutableDocument) -> Json {
    let mut definitions = match operations {
        DocumentOperations::Single(only) => vec![operation(None, only)],
        DocumentOperations::Multiple(several) => {
            several.iter().map(|(name, one)| operation(Some(name), one)).collect()
        }
    };
    definitions.extend(fragments.iter().map(|(name, one)| fragment(name, one)));
    in_order(&Json::Array(definitions))
}

fn operation(name: Option<&Name>, found: &Positioned<OperationDefinition>) -> Json {
    let Positioned { pos, node } = found;
    json!([
        node.ty.to_string(),
        at(*pos),
        name,
        node.variable_definitions.iter().map(variable).collect::<Json>(),
        directives(&node.directives),
        set(&node.selection_set.node),
    ])
}

fn fragment(name: &Name, found: &Positioned<FragmentDefinition>) -> Json {
    let Positioned { pos, node } = found;
    let (on, directives) = (condition(Some(&node.type_condition)), directives(&node.directives));
    json!(["fragment", at(*pos), name, on, directives, set(&node.selection_set.node)])
}

fn variable(found: &Positioned<VariableDefinition>) -> Json {
    let Positioned { pos, node } = found;
    let default = node.default_value.as_ref();
    json!([
        named(Some(&node.name)),
        at(*pos),
        node.var_type.node.to_string(),
        at(node.var_type.pos),
        default.map(|default| json!([constant(&default.node), at(default.pos)])),
        directives(&node.directives),
    ])
}

fn set(found: &SelectionSet) -> Json {
    let items = found.items.iter().map(|item| match &item.node {
        Selection::Field(field) => {
            let Positioned { pos, node } = field;
            let (alias, name) = (named(node.alias.as_ref()), named(Some(&node.name)));
            let (arguments, directives) =
                (arguments(&node.arguments), directives(&node.directives));
            let below = set(&node.selection_set.node);
            json!(["field", at(*pos), alias, name, arguments, directives, below])
        }
        Selection::FragmentSpread(spread) => {
            let name = named(Some(&spread.node.fragment_name));
            json!(["spread", at(spread.pos), name, directives(&spread.node.directives)])
        }
        Selection::InlineFragment(inline) => {
            let on = condition(inline.node.type_condition.as_ref());
            let directives = directives(&inline.node.directives);
            json!(["inline", at(inline.pos), on, directives, set(&inline.node.selection_set.node)])
        }
    });
    items.collect()
}

fn condition(on: Option<&Positioned<TypeCondition>>) -> Json {
    named(on.map(|on| &on.node.on))
}

fn directives(found: &[Positioned<Directive>]) -> Json {
    let directives = found.iter().map(|Positioned { pos, node }| {
        json!([named(Some(&node.name)), at(*pos), arguments(&node.arguments)])
    });
    directives.collect()
}

fn arguments(found: &[(Positioned<Name>, Positioned<Value>)]) -> Json {
    let arguments = found
        .iter()
        .map(|(name, said)| json!([named(Some(name)), value(&said.node), at(said.pos)]));
    arguments.collect()
}

fn named(name: Option<&Positioned<Name>>) -> Json {
    name.map_or(Json::Null, |name| json!([name.node, at(name.pos)]))
}

fn at(Pos { line, column }: Pos) -> [usize; 2] {
    [line, column]
}

fn constant(found: &Constant) -> Json {
    value(&found.clone().into_value())
}

fn value(found: &Value) -> Json {
    match found {
        Value::Variable(name) => json!(format!("v{name}")),
        Value::Null => Json::Null,
        Value::Number(number) => json!(self::number(number)),
        Value::String(text) => json!(format!("s{text}")),
        Value::Boolean(is) => json!(is),
        Value::Enum(name) => json!(format!("e{name}")),
        Value::List(items) => items.iter().map(value).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, found)| json!([name, value(found)]));
            json!({ "object": fields.collect::<Json>() })
        }
        Value::Binary(_) => panic!("no document has files"),
    }
}

fn number(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(number) => format!("f{:x}", number.to_bits()),
        None => format!("n{number}"),
    }
}
