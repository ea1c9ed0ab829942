//! What a document asks for, to be held against the limits before anything executes.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet,
    },
};

use crate::document::{Limits, Rejection, VALIDATION_FAILED};

/// What a selection asks for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    operations: usize,
    depth: usize,
    pub(crate) introspection_depth: usize,
    aliases: usize,
    directives: usize,
    fields: usize,
}

impl Cost {
    /// Side by side: the deeper of both, the sum of the rest.
    fn beside(self, other: Self) -> Self {
        Self {
            operations: self.operations.saturating_add(other.operations),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            fields: self.fields.saturating_add(other.fields),
        }
    }

    /// Fails with the first limit that is exceeded.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Rejection> {
        for (what, cost, limit) in [
            ("operations", self.operations, limits.operations),
            ("levels of fields", self.depth, limits.depth),
            ("levels of introspection", self.introspection_depth, limits.introspection_depth),
            ("aliases", self.aliases, limits.aliases),
            ("directives", self.directives, limits.directives),
            ("fields", self.fields, limits.fields),
        ] {
            if cost > limit {
                let message =
                    format!("the document has {cost} {what}; at most {limit} are allowed");
                return Err(Rejection::new(VALIDATION_FAILED, message));
            }
        }
        Ok(())
    }
}

/// Counts every fragment once, however often it is spread: linear in the document,
/// where following each spread would be exponential.
struct Costs<'d> {
    document: &'d ExecutableDocument,
    /// `None` while a fragment is being counted: a spread of itself costs nothing
    /// here, and validation refuses it.
    fragments: HashMap<&'d Name, Option<Cost>>,
}

impl Cost {
    /// What all operations of a document ask for.
    pub(crate) fn of(document: &ExecutableDocument) -> Self {
        Costs::of(document)
    }
}

impl<'d> Costs<'d> {
    fn of(document: &'d ExecutableDocument) -> Cost {
        let mut costs = Self { document, fragments: HashMap::new() };
        let operations: Vec<_> = match &document.operations {
            DocumentOperations::Single(operation) => vec![operation],
            DocumentOperations::Multiple(operations) => operations.values().collect(),
        };
        operations.into_iter().fold(Cost::default(), |cost, operation| {
            let operation = &operation.node;
            cost.beside(Cost { operations: 1, ..Cost::default() })
                .beside(directives(&operation.directives))
                .beside(costs.selection(&operation.selection_set.node))
        })
    }

    fn selection(&mut self, set: &'d SelectionSet) -> Cost {
        set.items.iter().fold(Cost::default(), |cost, item| {
            cost.beside(match &item.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(inline) => directives(&inline.node.directives)
                    .beside(self.selection(&inline.node.selection_set.node)),
                Selection::FragmentSpread(spread) => directives(&spread.node.directives)
                    .beside(self.fragment(&spread.node.fragment_name.node)),
            })
        })
    }

    fn field(&mut self, field: &'d Field) -> Cost {
        let below = self.selection(&field.selection_set.node);
        let introspection = matches!(field.name.node.as_str(), "__schema" | "__type");
        let itself = Cost {
            operations: 0,
            depth: if introspection { 1 } else { below.depth.saturating_add(1) },
            introspection_depth: if introspection { below.depth } else { 0 },
            aliases: field.alias.is_some().into(),
            directives: 0,
            fields: 1,
        };
        let below = Cost { depth: 0, ..below };
        itself.beside(below).beside(directives(&field.directives))
    }

    fn fragment(&mut self, name: &'d Name) -> Cost {
        if let Some(known) = self.fragments.get(name) {
            return known.unwrap_or_default();
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Cost::default() };
        self.fragments.insert(name, None);
        let set = &fragment.node.selection_set.node;
        let cost = directives(&fragment.node.directives).beside(self.selection(set));
        self.fragments.insert(name, Some(cost));
        cost
    }
}

fn directives(directives: &[Positioned<Directive>]) -> Cost {
    Cost { directives: directives.len(), ..Cost::default() }
}
