//! The time limit of a request. Waiting for its body does not count: bodies have a time limit of
//! their own ([`crate::connections::body_timeout`]).

use std::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

thread_local! {
    /// Whether the future that is being polled waits for the body of its request.
    static BODY_IS_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Notes that the future being polled waits for the body of its request.
pub(crate) fn body_is_awaited() {
    BODY_IS_AWAITED.set(true);
}

pin_project! {
    /// See [`within`].
    pub(crate) struct Within<F> {
        #[pin]
        work: F,
        // Most work never waits, and needs no timer.
        #[pin]
        timer: Option<Sleep>,
        limit: Duration,
    }
}

/// Returns the output of `work`, or `None` if `work` takes longer than `limit`, from its start or
/// from the end of its request's body on.
///
/// Not an `async fn`, whose future would contain `work` twice, and be copied for each request.
pub(crate) fn within<F: Future>(limit: Duration, work: F) -> Within<F> {
    Within { work, timer: None, limit }
}

impl<F: Future> Future for Within<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        BODY_IS_AWAITED.set(false);
        if let Poll::Ready(done) = this.work.poll(task) {
            return Poll::Ready(Some(done));
        }
        if BODY_IS_AWAITED.get() {
            this.timer.set(None);
            return Poll::Pending;
        }
        if this.timer.is_none() {
            this.timer.set(Some(sleep(*this.limit)));
        }
        let timer = this.timer.as_mut().as_pin_mut();
        timer.map_or(Poll::Pending, |timer| timer.poll(task)).map(|()| None)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, poll_fn, ready},
        pin::pin,
    };

    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn work_that_never_ends_is_canceled() {
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
