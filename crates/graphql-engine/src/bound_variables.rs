//! The values of an operation's variables.

use async_graphql::{Name, Variables, parser::types::OperationDefinition};
use async_graphql_value::ConstValue;

/// The variables of a request, with the defaults that the operation declares.
#[derive(Clone, Copy)]
pub(crate) struct BoundVariables<'d> {
    pub(crate) operation: &'d OperationDefinition,
    pub(crate) variables: &'d Variables,
}

impl<'d> BoundVariables<'d> {
    /// The value of a variable, if it has one.
    pub(crate) fn value(self, name: &Name) -> Option<&'d ConstValue> {
        let default = || {
            let mut definitions = self.operation.variable_definitions.iter();
            let definition = definitions.find(|known| known.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        };
        self.variables.get(name).or_else(default)
    }
}
