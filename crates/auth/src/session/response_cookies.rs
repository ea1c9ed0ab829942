//! Cookies and headers that every response gets besides those of its handler: the cookies of an
//! extended session, and the token for clients without cookies.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{ACCESS_CONTROL_EXPOSE_HEADERS, SET_COOKIE},
    },
    middleware::Next,
    response::Response,
};
use domain::UserId;

use crate::{context::Context, cookie};

/// The signed token for clients without cookies, as better-auth's bearer plugin sends it.
pub(crate) const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

/// A request extension that collects cookies for the response, whether it succeeds or fails.
#[derive(Clone, Default)]
pub(super) struct ResponseCookies(Arc<Mutex<Collected>>);

#[derive(Default)]
struct Collected {
    cookies: Vec<HeaderValue>,
    user: Option<UserId>,
}

impl ResponseCookies {
    pub(super) fn set(&self, cookies: Vec<HeaderValue>, user: Option<&UserId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Collected { cookies, user: user.cloned() };
    }

    fn take(&self) -> Collected {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds the cookies that were collected while the response was made, and the user's id as an
/// extension for the log.
pub(crate) async fn add_response_cookies(
    State(context): State<Arc<Context>>,
    mut request: Request,
    next: Next,
) -> Response {
    let collector = ResponseCookies::default();
    request.extensions_mut().insert(collector.clone());
    let mut response = next.run(request).await;

    let Collected { cookies, user } = collector.take();
    if let Some(user) = user {
        response.extensions_mut().get_or_insert(user);
    }
    let headers = response.headers_mut();
    let own: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    let collected = without_conflicts(&context, cookies, &own);
    headers.remove(SET_COOKIE);
    cookie::add(headers, collected.into_iter().chain(own));
    let mut set = headers.get_all(SET_COOKIE).iter();
    let token = set.find_map(|cookie| context.cookies.token_in(cookie));
    if let Some(token) = token {
        expose(headers, &SET_AUTH_TOKEN);
        headers.insert(SET_AUTH_TOKEN, token);
    }
    response
}

/// Lets scripts of other origins read a header, besides those that they may already read.
fn expose(headers: &mut HeaderMap, name: &HeaderName) {
    let before = headers.get(ACCESS_CONTROL_EXPOSE_HEADERS).and_then(|value| value.to_str().ok());
    let all = before.map_or_else(|| name.to_string(), |before| format!("{before}, {name}"));
    if let Ok(all) = HeaderValue::from_str(&all) {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, all);
    }
}

/// Drops the collected cookies that contradict the handler's. Where the handler set the
/// session's cookies, only removals of other cookies remain.
fn without_conflicts(
    context: &Context,
    collected: Vec<HeaderValue>,
    own: &[HeaderValue],
) -> Vec<HeaderValue> {
    if own.iter().all(|cookie| context.cookies.is_known_device(cookie)) {
        return collected;
    }
    let name =
        |cookie: &HeaderValue| cookie.as_bytes().split(|byte| *byte == b'=').next().map(Vec::from);
    let is_removal = |cookie: &HeaderValue| {
        cookie.to_str().is_ok_and(|line| line.contains("=; Max-Age=0; "))
            && own.iter().all(|other| name(other) != name(cookie))
    };
    collected.into_iter().filter(is_removal).collect()
}
