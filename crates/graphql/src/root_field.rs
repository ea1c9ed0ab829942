//! The one field of a subscription.

use std::collections::HashSet;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{Directive, Field, OperationDefinition, Selection, SelectionSet},
};

use crate::{Rejection, document::VALIDATION_FAILED, plan::Fragments};

/// Fails unless the operation, which is valid otherwise, keeps what only subscriptions
/// must: it has one field, which is there under no condition and does not ask for the
/// schema.
///
/// Source: GraphQL specification, September 2025, section 5.2.4.1.
pub(crate) fn check(
    operation: &OperationDefinition,
    fragments: &Fragments,
) -> Result<(), Rejection> {
    let mut gathered = Gathered { fragments, fields: Vec::new(), seen: HashSet::new() };
    gathered.set(&operation.selection_set.node)?;
    let Some((only, others)) = gathered.fields.split_first() else {
        return Err(reject("a subscription has one field", None));
    };
    let key = |field: &Positioned<Field>| field.node.response_key().node.clone();
    if let Some(other) = others.iter().find(|other| key(other) != key(only)) {
        return Err(reject("a subscription has only one field", Some(other.pos)));
    }
    if only.node.name.node.starts_with("__") {
        return Err(reject("a subscription does not ask for the schema", Some(only.pos)));
    }
    Ok(())
}

fn reject(message: &str, location: Option<Pos>) -> Rejection {
    Rejection { location, ..Rejection::new(VALIDATION_FAILED, message) }
}

struct Gathered<'d> {
    fragments: &'d Fragments,
    fields: Vec<&'d Positioned<Field>>,
    seen: HashSet<&'d Name>,
}

impl<'d> Gathered<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<(), Rejection> {
        for item in &set.items {
            unconditional(item.node.directives())?;
            match &item.node {
                Selection::Field(field) => self.fields.push(field),
                Selection::InlineFragment(inline) => {
                    self.set(&inline.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.fragments.get(name)
                        && self.seen.insert(name)
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
    use super::*;
    use crate::{Document, Limits};

    fn refusal(text: &str) -> Option<String> {
        let document = Document::parse(text, &Limits::default()).unwrap();
        let operation = document.operation(None).unwrap();
        let checked = check(operation.definition(), document.fragments());
        checked.err().map(|rejection| rejection.message)
    }

    #[test]
    fn the_field_is_found_wherever_it_is_written() {
        for text in [
            "subscription { a { b c } }",
            "subscription S { ...F } fragment F on Subscription { a { b c } }",
            "subscription { ... on Subscription { ... { a { b c } } } }",
            "subscription { a { b } ...F ...F } fragment F on Subscription { a { c } }",
            "subscription { a: x { b } a: x { c } }",
            "subscription($on: Boolean!) { a { b @include(if: $on) } }",
        ] {
            assert_eq!(refusal(text), None, "{text}");
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
            ("subscription { ...F }", "one field"),
        ] {
            let refusal = refusal(text).unwrap_or_default();
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
    }
}
