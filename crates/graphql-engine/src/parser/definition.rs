//! The definitions of a document: operations and fragments.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition,
        OperationType,
    },
};

use super::{Kind, Parser, Result, invalid, value::Values};
use crate::RequestError;

/// Keywords of definitions of a schema, which are not executable.
const OF_SCHEMAS: [&str; 9] =
    ["directive", "enum", "extend", "input", "interface", "scalar", "schema", "type", "union"];

/// The definitions that were read so far.
#[derive(Default)]
struct Definitions {
    anonymous: Option<Positioned<OperationDefinition>>,
    operations: HashMap<Name, Positioned<OperationDefinition>>,
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
}

impl Parser<'_> {
    pub(super) fn document(mut self) -> Result<ExecutableDocument> {
        let mut definitions = Definitions::default();
        loop {
            self.definition(&mut definitions)?;
            if self.token.kind == Kind::End {
                return definitions.document(self.position());
            }
        }
    }

    fn definition(&mut self, definitions: &mut Definitions) -> Result<()> {
        let position = self.position();
        if self.is("{") {
            let operation = OperationDefinition {
                ty: OperationType::Query,
                variable_definitions: Vec::new(),
                directives: Vec::new(),
                selection_set: self.selection_set()?,
            };
            return definitions.add_operation(None, Positioned::new(operation, position));
        }
        self.skip_description()?;
        let ty = match self.token.kind {
            Kind::Name("query") => OperationType::Query,
            Kind::Name("mutation") => OperationType::Mutation,
            Kind::Name("subscription") => OperationType::Subscription,
            Kind::Name("fragment") => return self.fragment(position, definitions),
            Kind::Name(word) if OF_SCHEMAS.contains(&word) => {
                return Err(invalid(
                    format!("a definition of \"{word}\" is not executable"),
                    position,
                ));
            }
            _ => return Err(self.unexpected("an operation or a fragment")),
        };
        self.take()?;
        let name = if self.is_name() { Some(self.expect_name("a name")?) } else { None };
        let operation = OperationDefinition {
            ty,
            variable_definitions: self.variable_definitions()?,
            directives: self.directives(Values::Any)?,
            selection_set: self.selection_set()?,
        };
        definitions.add_operation(name, Positioned::new(operation, position))
    }

    fn fragment(&mut self, position: Pos, definitions: &mut Definitions) -> Result<()> {
        self.expect_word("fragment")?;
        if self.is_word("on") {
            return Err(self.unexpected("the name of a fragment"));
        }
        let name = self.expect_name("the name of a fragment")?;
        let fragment = FragmentDefinition {
            type_condition: self.type_condition()?,
            directives: self.directives(Values::Any)?,
            selection_set: self.selection_set()?,
        };
        if definitions.fragments.contains_key(&name.node) {
            let message = format!("there can be only one fragment named \"{}\"", name.node);
            return Err(invalid(message, name.pos));
        }
        definitions.fragments.insert(name.node, Positioned::new(fragment, position));
        Ok(())
    }

    /// Skips a description.
    pub(super) fn skip_description(&mut self) -> Result<()> {
        if let Kind::Text(_) = self.token.kind {
            self.take()?;
            if self.is("{") {
                return Err(self.unexpected("what is described"));
            }
        }
        Ok(())
    }
}

impl Definitions {
    fn add_operation(
        &mut self,
        name: Option<Positioned<Name>>,
        operation: Positioned<OperationDefinition>,
    ) -> Result<()> {
        let Some(name) = name else {
            let only = self.operations.is_empty() && self.anonymous.is_none();
            if !only {
                return Err(not_alone(operation.pos));
            }
            self.anonymous = Some(operation);
            return Ok(());
        };
        if let Some(anonymous) = &self.anonymous {
            return Err(not_alone(anonymous.pos));
        }
        if self.operations.contains_key(&name.node) {
            let message = format!("there can be only one operation named \"{}\"", name.node);
            return Err(invalid(message, name.pos));
        }
        self.operations.insert(name.node, operation);
        Ok(())
    }

    /// Fails when there is no operation; `end` is the position of the end.
    fn document(self, end: Pos) -> Result<ExecutableDocument> {
        let operations = match self.anonymous {
            Some(anonymous) => DocumentOperations::Single(anonymous),
            None if self.operations.is_empty() => {
                return Err(invalid("the document has no operation".to_owned(), end));
            }
            None => DocumentOperations::Multiple(self.operations),
        };
        Ok(ExecutableDocument { operations, fragments: self.fragments })
    }
}

fn not_alone(position: Pos) -> RequestError {
    invalid("an operation without a name must be the only one".to_owned(), position)
}
