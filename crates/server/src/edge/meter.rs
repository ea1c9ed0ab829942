//! How much of the forms that are being read is held in memory.
//!
//! Every byte is counted where it comes from the connection, as the parser of forms
//! reads ahead of what it hands on.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Bytes,
    http::{StatusCode, header::RETRY_AFTER},
};
use domain::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    request::too_large,
    response::{Refusal, bad_request},
};

/// Bytes of a permit of the room that all forms share.
pub(super) const PERMIT: usize = 1024;

/// Counts one form's bytes; what it holds is given back when it is dropped.
pub(super) struct Meter {
    room: Arc<Semaphore>,
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    permits: Option<OwnedSemaphorePermit>,
    fault: Option<Refusal>,
}

impl Meter {
    /// Of a form that may have `most` bytes.
    pub(super) fn new(room: &Arc<Semaphore>, most: usize) -> Arc<Self> {
        Arc::new(Self { room: Arc::clone(room), most, held: Mutex::default() })
    }

    /// Counts what came. Fails when it is too much; [`Self::fault`] says of what.
    pub(super) fn take(&self, chunk: Result<Bytes, axum::Error>) -> io::Result<Bytes> {
        let chunk = chunk.map_err(io::Error::other)?;
        let mut held = self.held();
        match self.grow(&mut held, chunk.len()) {
            Ok(()) => Ok(chunk),
            Err(refusal) => {
                held.fault = Some(refusal);
                Err(io::Error::other("too much"))
            }
        }
    }

    fn grow(&self, held: &mut Held, bytes: usize) -> Result<(), Refusal> {
        let after = held.bytes + bytes;
        if after > self.most {
            return Err(too_large(&format!("the form is larger than {} bytes", self.most)));
        }
        let wanted = after.div_ceil(PERMIT) - held.bytes.div_ceil(PERMIT);
        let wanted = u32::try_from(wanted).ok();
        let more = wanted.and_then(|n| Arc::clone(&self.room).try_acquire_many_owned(n).ok());
        let more = more.ok_or_else(full)?;
        held.bytes = after;
        match &mut held.permits {
            Some(permits) => permits.merge(more),
            None => held.permits = Some(more),
        }
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

fn full() -> Refusal {
    bad_request("too many files are being sent; try again later")
        .with(StatusCode::SERVICE_UNAVAILABLE, Error::Busy.code())
        .header(RETRY_AFTER, "1")
}
