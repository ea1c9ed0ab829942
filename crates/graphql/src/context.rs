//! The state of a request, which resolvers find in their context.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::Context;
use domain::{CurrentUser, Error};
use graphql_engine::AnswerMemory;
use services::{Reservation, Services};

use crate::{error::ApiError, loader::Loaders};

/// The user who sent a request; `None` if the client is not signed in.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<CurrentUser>);

/// The state of one request.
pub(crate) struct RequestState {
    viewer: Viewer,
    /// Whether a resolver has read the viewer: then the answer is for this viewer alone, and
    /// not for others who sent the same request.
    is_personal: AtomicBool,
    reservation: Arc<Reservation>,
    services: Arc<Services>,
    loaders: Loaders,
}

impl RequestState {
    /// The state of a viewer's request, which reads and answers in the memory of
    /// `reservation`.
    pub(crate) fn new(
        viewer: Viewer,
        services: &Services,
        reservation: &Arc<Reservation>,
    ) -> Arc<Self> {
        let services = Arc::new(services.reserving(reservation));
        Arc::new(Self {
            viewer,
            is_personal: AtomicBool::new(false),
            reservation: Arc::clone(reservation),
            loaders: Loaders::new(&services),
            services,
        })
    }

    /// Whether the answer is for the viewer alone: a field depends on the viewer, or rules hide
    /// rows from some readers.
    pub(crate) fn is_personal(&self) -> bool {
        self.is_personal.load(Ordering::Relaxed) || !self.services.are_all_rows_public()
    }

    /// The state of the request to which a context belongs; a subscription that opens has
    /// none.
    fn of<'c>(ctx: &'c Context<'_>) -> Option<&'c Self> {
        ctx.data_opt::<Arc<Self>>().map(AsRef::as_ref)
    }
}

impl AnswerMemory for RequestState {
    fn try_reserve(&self, bytes: usize) -> bool {
        self.reservation.try_reserve_answer(bytes)
    }

    fn is_exceeded(&self) -> bool {
        self.reservation.is_exceeded()
    }
}

/// Short names for what every resolver needs.
pub(crate) trait ContextExt {
    fn services(&self) -> &Arc<Services>;
    fn loaders(&self) -> &Loaders;
    /// Who is asking, for a field whose value depends on it.
    fn viewer(&self) -> Option<&CurrentUser>;
    /// The viewer, for a service to read the rows that they may read.
    fn reader(&self) -> Option<&CurrentUser>;
    /// Fails with `UNAUTHENTICATED` when the client is not signed in.
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

    /// The only access to the viewer for resolvers, so that every read marks the answer as
    /// personal.
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
