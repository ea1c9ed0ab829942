//! Identifies the client of a socket, by its `connection_init` message or by the request that
//! opened the socket.

use std::sync::Arc;

use async_graphql::Data;
use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION, request::Parts};
use graphql::Viewer;
use serde_json::Value;
use tokio::sync::oneshot;

use super::close::Close;
use crate::{
    graphql_http::{
        concurrency::Client,
        state::GraphqlHttp,
        subscription::{ClientContext, ConnectionQuota, SessionState, SessionWatch},
    },
    telemetry::{RequestLog, chain},
    time_limit::within,
};

/// The session of an identified client, and the quota of its user.
pub(super) type Identity = (SessionWatch, Option<ConnectionQuota>);

/// Handles `connection_init`: passes the identity to the connection, and the client's context to
/// its operations. The library has one close code for all failures, so the connection also
/// receives the exact one. The library's data end before the connection, so they hold no quota.
pub(super) async fn init(
    graphql: Arc<GraphqlHttp>,
    parts: Parts,
    payload: Value,
    log: RequestLog,
    identified: oneshot::Sender<Result<Identity, Close>>,
) -> async_graphql::Result<Data> {
    let identity = within(graphql.request_time, identify(&graphql, &parts, &payload, log)).await;
    match identity.unwrap_or_else(|| Err(Close::session_ended(&SessionState::Unknown))) {
        Ok((context, quota)) => {
            // If the receiver is dropped, the connection is closed.
            _ = identified.send(Ok((context.session.clone(), quota)));
            let mut data = Data::default();
            data.insert(context);
            Ok(data)
        }
        Err(close) => {
            _ = identified.send(Err(close));
            Err("not identified".into())
        }
    }
}

async fn identify(
    graphql: &Arc<GraphqlHttp>,
    parts: &Parts,
    payload: &Value,
    log: RequestLog,
) -> Result<(ClientContext, Option<ConnectionQuota>), Close> {
    let session = session(graphql, &parts.headers, payload, &log).await?;
    let quota = graphql.subscriptions.count_user(&session);
    let quota = quota.map_err(|_| Close::try_again_later("Too many connections"))?;
    let client = Client::of(&graphql.auth, parts, &Viewer(session.user()));
    Ok((ClientContext { client, session, log }, quota))
}

/// Watches the session of the token in `payload` (`authorization` or `token`), which must be
/// valid. Without a token, watches the session of the request, if there is one.
async fn session(
    graphql: &Arc<GraphqlHttp>,
    headers: &HeaderMap,
    payload: &Value,
    log: &RequestLog,
) -> Result<SessionWatch, Close> {
    let bearer = token(payload).map(bearer);
    let found = match &bearer {
        Some(bearer) => graphql.auth.recognize(bearer.as_ref().ok_or_else(Close::forbidden)?).await,
        None => graphql.auth.recognize(headers).await,
    };
    match found {
        Ok(Some((user, key))) => {
            log.user(&user.id);
            Ok(graphql.subscriptions.sessions.watch(user, key))
        }
        Ok(None) if bearer.is_some() => Err(Close::forbidden()),
        Ok(None) => Ok(SessionWatch::anonymous()),
        Err(domain::Error::Busy) => Err(Close::session_ended(&SessionState::Unknown)),
        Err(error) => {
            tracing::error!(error = %chain(&error), "the session cannot be read");
            Err(Close::internal())
        }
    }
}

/// Returns the token. An empty token means no token: some apps send one when they are signed out.
fn token(payload: &Value) -> Option<&str> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::trim);
    let token = ["authorization", "Authorization", "token"].into_iter().find_map(text);
    token.filter(|text| !text.is_empty())
}

/// Returns the token as the header of a request.
fn bearer(token: &str) -> Option<HeaderMap> {
    let has_scheme =
        token.split_once(' ').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let text = if has_scheme { token.to_owned() } else { format!("Bearer {token}") };
    let value = HeaderValue::from_str(&text).ok()?;
    Some(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}
