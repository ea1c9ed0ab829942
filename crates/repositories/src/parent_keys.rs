//! The ids of the parents whose children a statement reads.

use database::json_keys;
use domain::Id;
use sea_orm::sea_query::Value;

/// The ids of parents.
pub(crate) struct ParentKeys(Vec<String>);

impl ParentKeys {
    pub(crate) fn new<P: Id>(parents: &[P]) -> Self {
        Self(parents.iter().map(|key| key.as_ref().to_owned()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All ids as one parameter, so that the statement's text is the same for any number.
    pub(crate) fn value(&self, is_postgres: bool) -> Value {
        if is_postgres { self.0.clone().into() } else { json_keys(&self.0).into() }
    }
}
