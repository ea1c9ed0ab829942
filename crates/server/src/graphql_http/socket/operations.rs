//! Running operations of one socket.

use std::collections::HashMap;

/// Running operations, by the client's ids.
///
/// A client may reuse an id while the library is still ending the operation that had it. So each
/// operation gets a unique id for the library: a number, and the client's id.
#[derive(Debug, Default)]
pub(super) struct Operations {
    numbers: HashMap<String, u64>,
    last: u64,
}

impl Operations {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.numbers.contains_key(id)
    }

    /// Adds an operation, and returns its id for the library.
    pub(super) fn add(&mut self, id: String) -> String {
        self.last += 1;
        let library_id = format!("{}:{id}", self.last);
        self.numbers.insert(id, self.last);
        library_id
    }

    /// Removes an operation, and returns its id for the library.
    pub(super) fn remove(&mut self, id: &str) -> Option<String> {
        self.numbers.remove(id).map(|number| format!("{number}:{id}"))
    }

    /// Returns the client's id of a running operation.
    pub(super) fn client_id<'i>(&self, library_id: &'i str) -> Option<&'i str> {
        let (number, id) = library_id.split_once(':')?;
        (self.numbers.get(id)?.to_string() == number).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_with_a_reused_id_is_a_new_one() {
        let mut operations = Operations::default();
        let first = operations.add("a:1".to_owned());
        assert_eq!(operations.client_id(&first), Some("a:1"));
        assert_eq!(operations.remove("a:1").as_ref(), Some(&first));
        assert_eq!(operations.client_id(&first), None);
        let second = operations.add("a:1".to_owned());
        assert_eq!(operations.client_id(&first), None);
        assert_eq!(operations.client_id(&second), Some("a:1"));
        assert_eq!((operations.len(), operations.remove("b")), (1, None));
    }
}
