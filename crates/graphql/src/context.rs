//! Per-request state that resolvers read from their context.

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
    /// Whether a resolver has read the viewer. If so, the response is valid for this viewer only
    /// and must not be shared with other clients that sent the same request.
    is_personal: AtomicBool,
    reservation: Arc<Reservation>,
    services: Arc<Services>,
    loaders: Loaders,
}

impl RequestState {
    /// Creates the state of a viewer's request, which reads and responds within the memory of
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

    /// Whether the response is valid for the viewer only: a field depends on the viewer, or rules
    /// hide rows from some viewers.
    pub(crate) fn is_personal(&self) -> bool {
        self.is_personal.load(Ordering::Relaxed) || !self.services.are_all_rows_public()
    }

    /// Returns the state of a context's request; `None` while a subscription is prepared.
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

/// Accessors of the state that resolvers need.
pub(crate) trait ContextExt {
    fn services(&self) -> &Arc<Services>;
    fn loaders(&self) -> &Loaders;
    /// Returns the viewer, for a field whose value depends on the viewer; the response becomes
    /// personal.
    fn viewer(&self) -> Option<&CurrentUser>;
    /// Returns the viewer, for a service that reads only rows that the viewer may read. Unlike
    /// [`ContextExt::viewer`], the response does not become personal.
    fn viewer_for_rows(&self) -> Option<&CurrentUser>;
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

    /// Resolvers have no other access to the viewer, so every read marks the response as
    /// personal.
    fn viewer(&self) -> Option<&CurrentUser> {
        let state = RequestState::of(self)?;
        state.is_personal.store(true, Ordering::Relaxed);
        state.viewer.0.as_ref()
    }

    /// Whether rows depend on the viewer is known beforehand ([`RequestState::is_personal`]).
    fn viewer_for_rows(&self) -> Option<&CurrentUser> {
        RequestState::of(self)?.viewer.0.as_ref()
    }

    fn current_user(&self) -> Result<&CurrentUser, ApiError> {
        Ok(self.viewer().ok_or(Error::Unauthenticated)?)
    }
}
