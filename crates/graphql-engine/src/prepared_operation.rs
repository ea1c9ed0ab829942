//! Subscriptions: prepared once, then executed for each event.

use std::sync::Arc;

use async_graphql::{
    Data, ObjectType, Request, Response, ServerError, SubscriptionType, Variables,
    futures_util::StreamExt,
};
use tokio::time::timeout;

use crate::{
    Document, Engine, ExecutionContext, LimitKind, Operation, RequestError,
    error::VALIDATION_FAILED, plan::Plan, variable_size,
};

/// Maximum fields of a prepared subscription, which stays in memory.
const MAX_SUBSCRIPTION_FIELDS: usize = 250;
/// Maximum bytes of the variables of a prepared subscription.
const MAX_SUBSCRIPTION_BYTES: usize = 16 * 1024;

/// A validated subscription, which is executed for each event.
pub struct PreparedOperation {
    plan: Plan,
    variables: Variables,
}

impl<Q, M, S> Engine<Q, M, S>
where
    Q: ObjectType + Default + 'static,
    M: ObjectType + Default + 'static,
    S: SubscriptionType + 'static,
{
    /// Prepares a subscription. `variables` must be coerced. The subscription's resolver is
    /// called once with `data` and must return a stream without items. Fails with the response
    /// that refuses the subscription, also if the document is invalid.
    pub async fn open_subscription(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        data: Data,
    ) -> Result<PreparedOperation, Response> {
        self.validate(document).map_err(Response::from_errors)?;
        let plan = operation.plan(&variables);
        if plan.len() > MAX_SUBSCRIPTION_FIELDS {
            let message =
                format!("a subscription selects at most {MAX_SUBSCRIPTION_FIELDS} fields");
            return Err(refused(RequestError::new(VALIDATION_FAILED, message)));
        }
        if variable_size::bytes(&variables) > MAX_SUBSCRIPTION_BYTES {
            let message =
                format!("a subscription's variables have at most {MAX_SUBSCRIPTION_BYTES} bytes");
            return Err(refused(RequestError::new(VALIDATION_FAILED, message)));
        }
        let prepared = PreparedOperation { plan, variables };
        match self.next_response(&prepared, data).await {
            Some(refusal) => Err(refusal),
            None => Ok(prepared),
        }
    }

    /// Executes a subscription for one event, which its resolver finds in the data. Returns
    /// `None` when the resolver's stream has no item. Fails as [`Self::execute_query`] does.
    pub async fn execute_event(
        &self,
        prepared: &PreparedOperation,
        ExecutionContext { mut data, memory }: ExecutionContext,
    ) -> Result<Option<Response>, RequestError> {
        let state = self.state(memory, None);
        data.insert(Arc::clone(&state));
        let response = timeout(self.limits().time(), self.next_response(prepared, data)).await;
        let Ok(response) = response else { return Err(self.limits().error(LimitKind::Time)) };
        response.map(|response| self.within_size(&state, response)).transpose()
    }

    async fn next_response(&self, prepared: &PreparedOperation, data: Data) -> Option<Response> {
        let mut request = Request::new("").variables(prepared.variables.clone());
        request.data = data;
        request.set_parsed_query(prepared.plan.document());
        let mut response = self.schema.execute_stream(request).next().await?;
        prepared.plan.add_missing_locations(&mut response.errors);
        Some(response)
    }
}

fn refused(error: RequestError) -> Response {
    Response::from_errors(vec![ServerError::new(error.message, error.location)])
}
