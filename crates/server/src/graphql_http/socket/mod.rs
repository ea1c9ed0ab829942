//! GraphQL over WebSocket, in the protocol `graphql-transport-ws`.
//!
//! async-graphql-axum's [`GraphQLWebSocket`](async_graphql_axum::GraphQLWebSocket) implements the
//! protocol: acknowledgement, pings, running operations and their completion. It lacks the close
//! codes of graphql-ws, the message `error`, a timeout for `connection_init`, limits, and the end
//! of a session.
//!
//! So a [`Connection`] connects client and library: it checks each message of the client before
//! the library reads it ([`message`]), and translates the library's messages ([`close`]).
//! [`executor`] executes the operations.
//!
//! A page of any origin can open a WebSocket with its visitor's cookies and without a
//! preflight request (cross-site WebSocket hijacking), so [`super::origin`] is checked first.

mod close;
mod connection;
mod executor;
mod init;
mod library;
mod message;
mod operation_task;
mod operations;

use std::sync::Arc;

use async_graphql_axum::GraphQLProtocol;
use axum::{
    extract::{FromRequestParts, ws::WebSocketUpgrade},
    http::{
        Method,
        header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE},
        request::Parts,
    },
    response::Response,
};
use graphql::LimitKind;
use tracing::Instrument;

use self::connection::Connection;
use super::{
    accept::MediaType,
    origin,
    response::{Refusal, bad_request},
    state::GraphqlHttp,
};
use crate::telemetry::RequestLog;

const PROTOCOL: &str = "graphql-transport-ws";
/// Read buffer of each socket, in bytes.
const READ_BUFFER: usize = 4 * 1024;

/// Whether a request asks for a WebSocket.
pub(super) fn is_upgrade(parts: &Parts) -> bool {
    let upgrade = parts.headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    parts.method == Method::GET
        && upgrade.is_some_and(|name| name.eq_ignore_ascii_case("websocket"))
}

/// Responds to a request for a WebSocket.
pub(super) async fn upgrade(
    graphql: &Arc<GraphqlHttp>,
    parts: &mut Parts,
    log: &RequestLog,
) -> Response {
    match try_upgrade(graphql, parts, log).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(MediaType::Json, log),
    }
}

async fn try_upgrade(
    graphql: &Arc<GraphqlHttp>,
    parts: &mut Parts,
    log: &RequestLog,
) -> Result<Response, Refusal> {
    origin::check(&graphql.auth, &parts.headers)?;
    let address = graphql.auth.address(&parts.extensions, &parts.headers);
    let quotas = graphql.subscriptions.count_connection(address)?;
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await.map_err(|rejection| {
        bad_request(rejection.body_text()).with(rejection.status(), "BAD_REQUEST")
    })?;
    let max_bytes = graphql.engine.limits().get(LimitKind::BodyBytes);
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(max_bytes)
        .max_frame_size(max_bytes)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0);
    let mut parts = parts.clone();
    let protocol = protocol(&upgrade, &mut parts).await;
    let (graphql, log, span) = (Arc::clone(graphql), log.clone(), tracing::Span::current());
    Ok(upgrade.on_upgrade(move |socket| {
        Connection::new(socket, graphql, log, quotas).serve(protocol, parts).instrument(span)
    }))
}

/// Returns the library's name of the negotiated protocol. The library also knows an older
/// protocol, and takes the first one that the client names.
async fn protocol(upgrade: &WebSocketUpgrade, parts: &mut Parts) -> Option<GraphQLProtocol> {
    let selected = upgrade.selected_protocol()?.clone();
    parts.headers.insert(SEC_WEBSOCKET_PROTOCOL, selected);
    GraphQLProtocol::from_request_parts(parts, &()).await.ok()
}
