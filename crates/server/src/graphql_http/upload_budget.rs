//! Memory limit of forms that are being read.
//!
//! Every byte is counted when it arrives from the connection, because the form parser reads
//! ahead. All forms share one budget. A user never holds more than remains for others: one user
//! can hold half of the budget, a second user half of the rest.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Bytes,
    http::{StatusCode, header::RETRY_AFTER},
};
use domain::{Error, UserId};

use super::{
    body::{too_large, unread},
    keyed_limiter::{Amounts, KeyedLimiter, Lease},
    response::{Refusal, bad_request},
};

/// Memory that all forms share.
pub(super) struct UploadBudget {
    bytes: usize,
    held: KeyedLimiter<UserId>,
}

impl UploadBudget {
    pub(super) fn new(bytes: usize) -> Self {
        Self { bytes, held: KeyedLimiter::default() }
    }

    /// Creates the reservation of a user's form, which may have `limit` bytes.
    pub(super) fn reserve(&self, user: UserId, limit: usize) -> Arc<UploadReservation> {
        let held = FormState { lease: self.held.lease(user), error: None };
        Arc::new(UploadReservation { budget: self.bytes, limit, held: Mutex::new(held) })
    }
}

/// The bytes of one form, returned when the reservation is dropped.
pub(super) struct UploadReservation {
    budget: usize,
    limit: usize,
    held: Mutex<FormState>,
}

struct FormState {
    lease: Lease<UserId>,
    error: Option<Refusal>,
}

impl UploadReservation {
    /// Counts a chunk of the form. After a failure, [`Self::error`] returns the reason.
    pub(super) fn count(&self, chunk: Result<Bytes, axum::Error>) -> io::Result<Bytes> {
        let mut held = self.lock();
        let counted = chunk.map_err(|error| unread(&error, "the form")).and_then(|chunk| {
            self.grow(&mut held.lease, chunk.len())?;
            Ok(chunk)
        });
        counted.map_err(|refusal| {
            held.error = Some(refusal);
            io::Error::other("not taken")
        })
    }

    fn grow(&self, lease: &mut Lease<UserId>, bytes: usize) -> Result<(), Refusal> {
        if lease.amount().saturating_add(bytes) > self.limit {
            return Err(too_large(&format!("the form is larger than {} bytes", self.limit)));
        }
        lease.try_grow(bytes, |Amounts { own, total }| {
            if own > self.budget / 2 {
                let message = "too many of your files are being sent; wait for them to be answered";
                return Err(Refusal::rate_limited(message, 1));
            }
            if total > self.budget || own > self.budget - total {
                return Err(full());
            }
            Ok(())
        })
    }

    /// Takes the reason why the form could not be read.
    pub(super) fn error(&self) -> Refusal {
        let error = self.lock().error.take();
        error.unwrap_or_else(|| bad_request("the form is cut off or malformed"))
    }

    fn lock(&self) -> MutexGuard<'_, FormState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn full() -> Refusal {
    bad_request("too many files are being sent; try again later")
        .with(StatusCode::SERVICE_UNAVAILABLE, Error::Busy.code())
        .header(RETRY_AFTER, "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the length of a counted chunk, or its refusal.
    fn sent(reservation: &UploadReservation, bytes: usize) -> Result<usize, String> {
        let counted = reservation.count(Ok(Bytes::from(vec![0; bytes])));
        counted.map(|chunk| chunk.len()).map_err(|_| format!("{:?}", reservation.error()))
    }

    #[test]
    fn a_user_holds_at_most_as_much_as_remains_for_others() {
        let budget = UploadBudget::new(1_000);
        let form = |name: &str| budget.reserve(UserId::from(name), 10_000);
        let (ann, again, bob, eve) = (form("ann"), form("ann"), form("bob"), form("eve"));
        assert_eq!(sent(&ann, 300), Ok(300));
        assert_eq!(sent(&again, 200), Ok(200));
        // Ann's forms together hold half of the budget...
        for of_ann in [&ann, &again] {
            assert!(sent(of_ann, 1).unwrap_err().contains("RATE_LIMITED"));
        }
        // ...and Bob may hold half of the rest.
        assert_eq!(sent(&bob, 250), Ok(250));
        assert!(sent(&bob, 1).unwrap_err().contains("SERVICE_UNAVAILABLE"));
        assert_eq!(sent(&eve, 100), Ok(100));
        drop(ann);
        assert_eq!(sent(&bob, 50), Ok(50));
        drop((again, bob, eve));
        for name in ["ann", "bob", "eve"] {
            assert_eq!(budget.held.amount_of(&UserId::from(name)), 0);
        }
    }
}
