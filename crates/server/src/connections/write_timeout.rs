//! The time limit of writes to a client.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{
    rest::{Exchange, Lingering},
    slots::ConnectionSlot,
};

/// A stream that fails when the client receives nothing for too long. The stream holds the
/// connection's slot, also after an upgrade to a WebSocket. Bytes that the client sends after
/// shutdown of the stream are discarded.
pub(super) struct WriteTimeout<S> {
    stream: S,
    _slot: Option<ConnectionSlot>,
    timeout: Duration,
    /// Runs while the client receives nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    exchange: Arc<Exchange>,
    /// Present after the server's side was shut down.
    lingering: Option<Box<Lingering>>,
}

impl<S> WriteTimeout<S> {
    pub(super) fn new(
        stream: S,
        slot: Option<ConnectionSlot>,
        timeout: Duration,
        exchange: Arc<Exchange>,
    ) -> Self {
        Self { stream, _slot: slot, timeout, stalled: None, exchange, lingering: None }
    }

    /// The result of a write, or `TimedOut` if the write waited for too long.
    fn limited<T>(
        &mut self,
        task: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let timeout = self.timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout)));
        stalled.as_mut().poll(task).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(task, buffer);
        if let Poll::Ready(Ok(())) = read {
            self.exchange.received(buffer.filled().len() - before);
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(task, bytes);
        self.limited(task, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(task, bytes);
        self.limited(task, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(task);
        self.limited(task, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, lingering, .. } = &mut *self;
        if let Some(lingering) = lingering {
            return lingering.poll(stream, task).map(Ok);
        }
        let closed = Pin::new(stream).poll_shutdown(task);
        ready!(self.limited(task, closed))?;
        self.lingering = self.exchange.lingering(self.timeout);
        if self.lingering.is_some() { self.poll_shutdown(task) } else { Poll::Ready(Ok(())) }
    }
}
