//! What a resolver finds in its context.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::Context;
use domain::{CurrentUser, Error};
use services::Services;

use crate::{error::ApiError, loader::Loaders};

/// Who is asking; `None` is somebody who is not signed in. Part of every request.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<CurrentUser>);

/// Notes that a field asked who is asking: what it answers is for that viewer alone, and
/// not for others who asked the same. Part of the requests of which this matters.
pub(crate) struct Asked(pub(crate) Arc<AtomicBool>);

/// Short names for what every resolver needs.
pub(crate) trait ContextExt {
    fn services(&self) -> &Arc<Services>;
    fn loaders(&self) -> &Loaders;
    fn viewer(&self) -> Option<&CurrentUser>;
    /// Fails with `UNAUTHENTICATED` when nobody is signed in.
    fn current_user(&self) -> Result<&CurrentUser, ApiError>;
}

impl ContextExt for Context<'_> {
    fn services(&self) -> &Arc<Services> {
        self.data_unchecked::<Arc<Services>>()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Loaders>()
    }

    /// The one place that looks at the viewer, so that nobody can without its being noted.
    fn viewer(&self) -> Option<&CurrentUser> {
        if let Some(Asked(asked)) = self.data_opt() {
            asked.store(true, Ordering::Relaxed);
        }
        self.data_opt::<Viewer>().and_then(|Viewer(user)| user.as_ref())
    }

    fn current_user(&self) -> Result<&CurrentUser, ApiError> {
        Ok(self.viewer().ok_or(Error::Unauthenticated)?)
    }
}
