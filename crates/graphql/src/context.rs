//! What a resolver finds in its context.

use std::sync::Arc;

use async_graphql::Context;
use domain::{CurrentUser, Error};
use services::Services;

use crate::{error::ApiError, loader::Loaders};

/// Who is asking; `None` is somebody who is not signed in. Part of every request.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<CurrentUser>);

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

    fn viewer(&self) -> Option<&CurrentUser> {
        self.data_opt::<Viewer>().and_then(|Viewer(user)| user.as_ref())
    }

    fn current_user(&self) -> Result<&CurrentUser, ApiError> {
        Ok(self.viewer().ok_or(Error::Unauthenticated)?)
    }
}
