//! A feature module's part of the document.

use super::Operation;

/// The operations of one feature module, which the document shows under one tag.
pub(crate) struct Section {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) operations: Vec<Operation>,
}

impl Section {
    pub(crate) fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description, operations: Vec::new() }
    }

    pub(crate) fn with(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Adds an operation if a setting opens it.
    pub(crate) fn with_if(self, is_open: bool, operation: impl FnOnce() -> Operation) -> Self {
        if is_open { self.with(operation()) } else { self }
    }
}
