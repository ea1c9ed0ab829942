//! Who is at the other end of a socket: by what it says at its beginning, else by what
//! the request brought that opened it.

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use serde_json::{Map, Value};

use super::close::Close;
use crate::{
    App,
    graphql_http::live::SessionWatch,
    telemetry::{RequestLog, chain},
};

/// The presence of whoever the token in `payload` (`authorization` or `token`) belongs
/// to, which must count; without one, of whoever the request's `headers` tell of, if
/// anybody.
pub(super) async fn identify(
    app: &App,
    headers: &HeaderMap,
    payload: &Map<String, Value>,
    log: &RequestLog,
) -> Result<SessionWatch, Close> {
    let told = token(payload).map(bearer);
    let known = match &told {
        Some(bearer) => app.auth.recognize(bearer.as_ref().ok_or_else(Close::forbidden)?).await,
        None => app.auth.recognize(headers).await,
    };
    match known {
        Ok(Some((user, key))) => {
            log.user(&user.id);
            Ok(app.graphql.live.sessions.watch(user, key))
        }
        Ok(None) if told.is_some() => Err(Close::forbidden()),
        Ok(None) => Ok(SessionWatch::nobody()),
        Err(domain::Error::Busy) => Err(Close::try_again_later("Sessions cannot be read")),
        Err(error) => {
            tracing::error!(error = %chain(&error), "the session cannot be read");
            Err(Close::internal())
        }
    }
}

/// Apps that are signed out leave it empty.
fn token(payload: &Map<String, Value>) -> Option<&str> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::trim);
    let said = ["authorization", "Authorization", "token"].into_iter().find_map(text);
    said.filter(|text| !text.is_empty())
}

/// As a request would bring it.
fn bearer(token: &str) -> Option<HeaderMap> {
    let named =
        token.split_once(' ').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let text = if named { token.to_owned() } else { format!("Bearer {token}") };
    let value = HeaderValue::from_str(&text).ok()?;
    Some(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}
