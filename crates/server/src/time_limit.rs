//! The time of a request: one limit around everything that it waits for but its body,
//! whose client has a time of its own ([`crate::connections::paced`]).

use std::{cell::Cell, future::poll_fn, pin::pin, task::Poll, time::Duration};

use tokio::time::{Sleep, sleep};

thread_local! {
    /// Whether what is being polled waits for the body of its request.
    static BODY_IS_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Says that whoever is being polled waits for the body of its request.
pub(crate) fn body_is_awaited() {
    BODY_IS_AWAITED.set(true);
}

/// What `work` comes to, unless it waits for longer than `limit`, from its start or from
/// its request's body on.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // Most work waits for nothing, and needs no timer.
    let mut timer = pin!(None::<Sleep>);
    poll_fn(|task| {
        BODY_IS_AWAITED.set(false);
        if let Poll::Ready(done) = work.as_mut().poll(task) {
            return Poll::Ready(Some(done));
        }
        if BODY_IS_AWAITED.get() {
            timer.set(None);
            return Poll::Pending;
        }
        if timer.is_none() {
            timer.set(Some(sleep(limit)));
        }
        let late = timer.as_mut().as_pin_mut().map_or(Poll::Pending, |timer| timer.poll(task));
        late.map(|()| None)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn work_that_never_ends_is_given_up() {
        assert_eq!(within(SHORT, pending::<()>()).await, None);
        assert_eq!(within(Duration::ZERO, ready(1)).await, Some(1));
    }

    #[tokio::test]
    async fn the_wait_for_a_body_does_not_count_but_what_follows_does() {
        let (send, receive) = oneshot::channel::<()>();
        let mut body = receive.map(|_| ());
        let body = poll_fn(move |task| {
            let come = body.poll_unpin(task);
            if come.is_pending() {
                body_is_awaited();
            }
            come
        });
        let work = async {
            body.await;
            pending::<()>().await;
        };
        let mut limited = pin!(within(SHORT, work));
        tokio::select! {
            _ = limited.as_mut() => panic!("given up while it waited for the body"),
            () = sleep(10 * SHORT) => {}
        }
        send.send(()).unwrap();
        assert_eq!(limited.await, None);
    }
}
