//! The one field of a subscription.

use std::collections::HashSet;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet,
    },
};

use crate::{Rejection, document::VALIDATION_FAILED};

/// Puts the field of the only operation where async-graphql looks for it, wherever it
/// was written. The document is valid but for what only subscriptions must keep: one
/// field, which is there under no condition and does not ask for the schema.
///
/// Source: GraphQL specification, September 2025, section 5.2.4.1.
pub(crate) fn settle(document: &mut ExecutableDocument) -> Result<(), Rejection> {
    let mut gathered = Gathered { document, fields: Vec::new(), fragments: HashSet::new() };
    if let Some((_, operation)) = document.operations.iter().next() {
        gathered.set(&operation.node.selection_set.node)?;
    }
    let mut fields = gathered.fields.into_iter();
    let mut only = fields.next().ok_or_else(|| reject("a subscription has one field", None))?;
    for same in fields {
        if same.node.response_key().node != only.node.response_key().node {
            return Err(reject("a subscription has only one field", Some(same.pos)));
        }
        // Of fields with the same key, validation made sure that they are the same.
        only.node.selection_set.node.items.extend(same.node.selection_set.node.items);
    }
    if only.node.name.node.starts_with("__") {
        return Err(reject("a subscription does not ask for the schema", Some(only.pos)));
    }
    let pos = only.pos;
    let items = vec![Positioned::new(Selection::Field(only), pos)];
    let operation = match &mut document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.values_mut().next(),
    };
    if let Some(operation) = operation {
        operation.node.selection_set.node = SelectionSet { items };
    }
    Ok(())
}

fn reject(message: &str, location: Option<Pos>) -> Rejection {
    Rejection { location, ..Rejection::new(VALIDATION_FAILED, message) }
}

struct Gathered<'d> {
    document: &'d ExecutableDocument,
    fields: Vec<Positioned<Field>>,
    fragments: HashSet<&'d Name>,
}

impl<'d> Gathered<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<(), Rejection> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    unconditional(&field.node.directives)?;
                    self.fields.push(field.clone());
                }
                Selection::InlineFragment(inline) => {
                    unconditional(&inline.node.directives)?;
                    self.set(&inline.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    unconditional(&spread.node.directives)?;
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.fragments.insert(name)
                    {
                        self.set(&fragment.node.selection_set.node)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn unconditional(directives: &[Positioned<Directive>]) -> Result<(), Rejection> {
    let condition = directives
        .iter()
        .find(|directive| matches!(directive.node.name.node.as_str(), "skip" | "include"));
    condition.map_or(Ok(()), |directive| {
        let message = "a subscription's field is there under no condition";
        Err(reject(message, Some(directive.pos)))
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    /// The key of the field, and how many it selects itself.
    fn settled(text: &str) -> Result<(String, usize), String> {
        let mut document = parse_query(text).unwrap();
        settle(&mut document).map_err(|rejection| rejection.message)?;
        let (_, operation) = document.operations.iter().next().unwrap();
        let [item] = &operation.node.selection_set.node.items[..] else { panic!("{document:?}") };
        let Selection::Field(field) = &item.node else { panic!("{document:?}") };
        let selected = field.node.selection_set.node.items.len();
        Ok((field.node.response_key().node.to_string(), selected))
    }

    #[test]
    fn the_field_is_found_wherever_it_is_written() {
        for text in [
            "subscription { a { b c } }",
            "subscription S { ...F } fragment F on Subscription { a { b c } }",
            "subscription { ... on Subscription { ... { a { b c } } } }",
            "subscription { a { b } ...F ...F } fragment F on Subscription { a { c } }",
            "subscription { a: x { b } a: x { c } }",
        ] {
            assert_eq!(settled(text), Ok(("a".to_owned(), 2)), "{text}");
        }
    }

    #[test]
    fn anything_but_one_field_is_refused() {
        for (text, reason) in [
            ("subscription { a b }", "only one"),
            ("subscription { a b: a }", "only one"),
            ("subscription { a ...F } fragment F on Subscription { b }", "only one"),
            ("subscription { __typename }", "schema"),
            ("subscription { x: __schema { types { name } } }", "schema"),
            ("subscription($on: Boolean!) { a @include(if: $on) }", "condition"),
            ("subscription { ... @skip(if: false) { a } }", "condition"),
            ("subscription { ...F } fragment F on Subscription { ...F }", "one field"),
        ] {
            let refusal = settled(text).unwrap_err();
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
    }
}
