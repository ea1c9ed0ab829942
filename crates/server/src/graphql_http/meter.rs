//! How much of the forms that are being read is held in memory.
//!
//! Every byte is counted where it comes from the connection, as the parser of forms
//! reads ahead of what it hands on. All forms share one room, in which a user never
//! holds more than is left for others: one who sends slowly and much takes half of it,
//! and a second one half of the rest.

use std::{
    collections::HashMap,
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
    response::{Refusal, bad_request},
};

/// The room that all forms share.
pub(super) struct UploadBudget {
    most: usize,
    held: Mutex<Holdings>,
}

#[derive(Default)]
struct Holdings {
    bytes: usize,
    by_user: HashMap<UserId, usize>,
}

impl UploadBudget {
    /// With room for so many bytes.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default() })
    }

    /// Gives room to a user. Fails with `SERVICE_UNAVAILABLE` when others leave too
    /// little, and with `RATE_LIMITED` when the user alone holds too much.
    fn take(&self, user: &UserId, bytes: usize) -> Result<(), Refusal> {
        let mut held = self.held();
        let own = held.by_user.get(user).copied().unwrap_or_default().saturating_add(bytes);
        let all = held.bytes.saturating_add(bytes);
        if own > self.most / 2 {
            let message = "too many of your files are being sent; wait for them to be answered";
            return Err(Refusal::rate_limited(message, 1));
        }
        if all > self.most || own > self.most - all {
            return Err(full());
        }
        held.bytes = all;
        held.by_user.insert(user.clone(), own);
        Ok(())
    }

    fn give_back(&self, user: &UserId, bytes: usize) {
        let mut held = self.held();
        held.bytes = held.bytes.saturating_sub(bytes);
        match held.by_user.get_mut(user) {
            Some(own) if *own > bytes => *own -= bytes,
            _ => {
                held.by_user.remove(user);
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Holdings> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn full() -> Refusal {
    bad_request("too many files are being sent; try again later")
        .with(StatusCode::SERVICE_UNAVAILABLE, Error::Busy.code())
        .header(RETRY_AFTER, "1")
}

/// Counts one form's bytes; what it holds is given back when it is dropped.
pub(super) struct UploadReservation {
    room: Arc<UploadBudget>,
    user: UserId,
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    fault: Option<Refusal>,
}

impl UploadReservation {
    /// Of a user's form that may have `most` bytes.
    pub(super) fn new(room: &Arc<UploadBudget>, user: UserId, most: usize) -> Arc<Self> {
        Arc::new(Self { room: Arc::clone(room), user, most, held: Mutex::default() })
    }

    /// Counts what came. Fails when it is too much, or nothing more; [`Self::fault`] says
    /// why.
    pub(super) fn take(&self, chunk: Result<Bytes, axum::Error>) -> io::Result<Bytes> {
        let mut held = self.held();
        let taken = chunk.map_err(|error| unread(&error, "the form")).and_then(|chunk| {
            self.grow(&mut held, chunk.len())?;
            Ok(chunk)
        });
        taken.map_err(|refusal| {
            held.fault = Some(refusal);
            io::Error::other("not taken")
        })
    }

    fn grow(&self, held: &mut Held, bytes: usize) -> Result<(), Refusal> {
        let after = held.bytes.saturating_add(bytes);
        if after > self.most {
            return Err(too_large(&format!("the form is larger than {} bytes", self.most)));
        }
        self.room.take(&self.user, bytes)?;
        held.bytes = after;
        Ok(())
    }

    /// Why the form could not be read to its end.
    pub(super) fn fault(&self) -> Refusal {
        let fault = self.held().fault.take();
        fault.unwrap_or_else(|| bad_request("the form is cut off or malformed"))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UploadReservation {
    fn drop(&mut self) {
        let bytes = self.held().bytes;
        self.room.give_back(&self.user, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length of what is taken of a chunk, or the status of its refusal.
    fn sent(meter: &UploadReservation, bytes: usize) -> Result<usize, String> {
        let taken = meter.take(Ok(Bytes::from(vec![0; bytes])));
        taken.map(|chunk| chunk.len()).map_err(|_| format!("{:?}", meter.fault()))
    }

    #[test]
    fn nobody_holds_more_than_is_left_for_others() {
        let room = UploadBudget::new(1_000);
        let meter = |name: &str| UploadReservation::new(&room, UserId::from(name), 10_000);
        let (ann, again, bob, eve) = (meter("ann"), meter("ann"), meter("bob"), meter("eve"));
        assert_eq!(sent(&ann, 300), Ok(300));
        assert_eq!(sent(&again, 200), Ok(200));
        // Half of the room is hers, whichever form it comes by...
        for of_ann in [&ann, &again] {
            assert!(sent(of_ann, 1).unwrap_err().contains("RATE_LIMITED"));
        }
        // ...and of the other half, half is the next one's.
        assert_eq!(sent(&bob, 250), Ok(250));
        assert!(sent(&bob, 1).unwrap_err().contains("SERVICE_UNAVAILABLE"));
        assert_eq!(sent(&eve, 100), Ok(100));
        drop(ann);
        assert_eq!(sent(&bob, 50), Ok(50));
        drop((again, bob, eve));
        let held = room.held();
        assert!(held.bytes == 0 && held.by_user.is_empty());
    }
}
