//! What a resolver finds in its context.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{Context, ContextBase};
use domain::{CurrentUser, Error};
use services::{Reservation, Services};
use tokio::time::Instant;

use crate::{budget::Budget, error::ApiError, loader::Loaders};

/// Who is asking; `None` is somebody who is not signed in.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<CurrentUser>);

/// What belongs to one request.
pub(crate) struct RequestState {
    viewer: Viewer,
    /// Whether a field asked who is asking: what it answers is for that viewer alone, and
    /// not for others who asked the same.
    is_personal: AtomicBool,
    pub(crate) budget: Budget,
    /// When a mutation begins nothing more.
    deadline: Option<Instant>,
    services: Arc<Services>,
    loaders: Loaders,
}

impl RequestState {
    /// Of a viewer, whose answer may have so many bytes, in the memory of `reservation`.
    pub(crate) fn new(
        viewer: Viewer,
        most: usize,
        services: &Services,
        reservation: &Arc<Reservation>,
        deadline: Option<Instant>,
    ) -> Arc<Self> {
        let services = Arc::new(services.reserving(reservation));
        Arc::new(Self {
            viewer,
            is_personal: AtomicBool::new(false),
            budget: Budget::new(most, reservation),
            deadline,
            loaders: Loaders::new(&services),
            services,
        })
    }

    /// Whether a mutation's time is up.
    pub(crate) fn is_overdue(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Whether there is no answer that could be given.
    pub(crate) fn is_lost(&self) -> bool {
        self.budget.is_exceeded() || self.budget.is_refused() || self.is_overdue()
    }

    /// Whether the answer is the viewer's alone: a field depends on the viewer, or rules hide
    /// rows from some readers.
    pub(crate) fn is_personal(&self) -> bool {
        self.is_personal.load(Ordering::Relaxed) || !self.services.are_all_rows_public()
    }

    /// Of the request to which a context belongs; a subscription that opens has none.
    pub(crate) fn of<'c, T>(ctx: &'c ContextBase<'_, T>) -> Option<&'c Self> {
        ctx.data_opt::<Arc<Self>>().map(AsRef::as_ref)
    }
}

/// Short names for what every resolver needs.
pub(crate) trait ContextExt {
    fn services(&self) -> &Arc<Services>;
    fn loaders(&self) -> &Loaders;
    /// Who is asking, for a field whose value depends on it.
    fn viewer(&self) -> Option<&CurrentUser>;
    /// Who is asking, for a service to read the rows that they may read.
    fn reader(&self) -> Option<&CurrentUser>;
    /// Fails with `UNAUTHENTICATED` when nobody is signed in.
    fn current_user(&self) -> Result<&CurrentUser, ApiError>;
}

impl ContextExt for Context<'_> {
    fn services(&self) -> &Arc<Services> {
        let state = RequestState::of(self);
        state.map_or_else(|| self.data_unchecked(), |state| &state.services)
    }

    fn loaders(&self) -> &Loaders {
        &self.data_unchecked::<Arc<RequestState>>().loaders
    }

    /// Notes that the answer depends on the viewer.
    fn viewer(&self) -> Option<&CurrentUser> {
        let state = RequestState::of(self)?;
        state.is_personal.store(true, Ordering::Relaxed);
        state.viewer.0.as_ref()
    }

    /// Of itself it makes no answer personal: whether rows depend on their reader is known
    /// before ([`RequestState::is_personal`]).
    fn reader(&self) -> Option<&CurrentUser> {
        RequestState::of(self)?.viewer.0.as_ref()
    }

    fn current_user(&self) -> Result<&CurrentUser, ApiError> {
        Ok(self.viewer().ok_or(Error::Unauthenticated)?)
    }
}
