//! State that all GraphQL requests share.

use std::time::Duration;

use auth::Auth;
use database::WriteTasks;
use graphql::{LimitKind, ViewerEngine};
use services::{ChangeBus, Services};

use super::{
    concurrency::ConcurrencyLimiter, documents::Documents, request::BodyLimits,
    subscription::SubscriptionHub, upload::Uploads,
};
use crate::{Config, failure::Failure};

/// The state of the endpoint.
pub(crate) struct GraphqlHttp {
    pub(super) auth: Auth,
    pub(super) engine: ViewerEngine,
    pub(super) documents: Documents,
    pub(super) introspection: bool,
    pub(super) body_limits: BodyLimits,
    pub(super) uploads: Uploads,
    pub(super) limiter: ConcurrencyLimiter,
    pub(super) writes: WriteTasks,
    pub(crate) subscriptions: SubscriptionHub,
    /// Timeout of a request, without the time for its body.
    pub(super) request_time: Duration,
    /// Maximum bytes of a response, including one to a batch.
    pub(super) max_response_bytes: usize,
    /// Seconds during which a public response is fresh.
    pub(super) cache_max_age: u32,
}

impl GraphqlHttp {
    /// Fails if a trusted document does not match the schema.
    pub(crate) fn new(
        services: Services,
        events: ChangeBus,
        auth: &Auth,
        config: &Config,
        writes: WriteTasks,
        request_time: Duration,
    ) -> Result<Self, Failure> {
        let (settings, limits) = (&config.graphql, &config.graphql_limits);
        let engine = ViewerEngine::new(services, limits.request, settings.introspection)?;
        Ok(Self {
            auth: auth.clone(),
            documents: Documents::new(settings, &engine)?,
            engine,
            introspection: settings.introspection,
            body_limits: BodyLimits {
                bytes: limits.request.get(LimitKind::BodyBytes),
                batch: settings.batch_limit as usize,
            },
            uploads: Uploads::new(settings.uploads),
            limiter: ConcurrencyLimiter::new(limits, auth),
            writes,
            subscriptions: SubscriptionHub::new(config, events, auth),
            request_time,
            max_response_bytes: limits.request.get(LimitKind::ResponseBytes),
            cache_max_age: settings.cache_max_age,
        })
    }
}
