//! How many connections of one user or address are open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The seats that are taken, by the name of who has them.
#[derive(Debug, Default)]
pub(super) struct ConnectionCounts(Mutex<HashMap<String, u32>>);

/// One of them; given back when it is dropped.
#[derive(Debug)]
pub(in crate::graphql_http) struct ConnectionQuota {
    seats: Arc<ConnectionCounts>,
    name: String,
}

impl ConnectionCounts {
    /// A seat for `name`, unless that has the `most` already.
    pub(super) fn take(seats: &Arc<Self>, name: String, most: u32) -> Option<ConnectionQuota> {
        let mut taken = seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&name).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        taken.insert(name.clone(), count + 1);
        Some(ConnectionQuota { seats: Arc::clone(seats), name })
    }
}

impl Drop for ConnectionQuota {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_by_name_and_given_back() {
        let seats = Arc::<ConnectionCounts>::default();
        let take = |name: &str| ConnectionCounts::take(&seats, name.to_owned(), 2);
        let (first, second) = (take("ann").unwrap(), take("ann").unwrap());
        assert!(take("ann").is_none() && take("bob").is_some());
        drop(first);
        assert!(take("ann").is_some());
        drop(second);
        assert!(seats.0.lock().unwrap().is_empty());
    }
}
