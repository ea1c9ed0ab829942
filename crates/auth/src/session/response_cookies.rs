//! What answers carry besides their body: the cookies of a session that was
//! extended, and the token for clients without cookies.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{ACCESS_CONTROL_EXPOSE_HEADERS, SET_COOKIE},
    },
    middleware::Next,
    response::Response,
};
use domain::UserId;

use crate::{context::Context, cookie};

/// better-auth's bearer plugin tells clients without cookies their signed token.
pub(crate) const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

/// Cookies that the answer shall set, whatever it will be.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    cookies: Vec<HeaderValue>,
    user: Option<UserId>,
}

impl Pending {
    pub(super) fn set(&self, cookies: Vec<HeaderValue>, user: Option<&UserId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Noted { cookies, user: user.cloned() };
    }

    fn take(&self) -> Noted {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds to the answer what was noted while it was made. The user's id goes along as an
/// extension, for the log.
pub(crate) async fn carry(
    State(context): State<Arc<Context>>,
    mut request: Request,
    next: Next,
) -> Response {
    let pending = Pending::default();
    request.extensions_mut().insert(pending.clone());
    let mut response = next.run(request).await;

    let Noted { cookies, user } = pending.take();
    if let Some(user) = user {
        response.extensions_mut().get_or_insert(user);
    }
    let headers = response.headers_mut();
    let own: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    let noted = beside(&context, cookies, &own);
    headers.remove(SET_COOKIE);
    cookie::add(headers, noted.into_iter().chain(own));
    let mut set = headers.get_all(SET_COOKIE).iter();
    let token = set.find_map(|cookie| context.cookies.token_in(cookie));
    if let Some(token) = token {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SET_AUTH_TOKEN.into());
        headers.insert(SET_AUTH_TOKEN, token);
    }
    response
}

/// Those of the noted cookies that stand beside what the handler set: where that is the
/// session's, it counts, and what is removed of others goes nevertheless.
fn beside(context: &Context, noted: Vec<HeaderValue>, own: &[HeaderValue]) -> Vec<HeaderValue> {
    if own.iter().all(|cookie| context.cookies.is_known_device(cookie)) {
        return noted;
    }
    let name =
        |cookie: &HeaderValue| cookie.as_bytes().split(|byte| *byte == b'=').next().map(Vec::from);
    let is_removed = |cookie: &HeaderValue| {
        cookie.to_str().is_ok_and(|line| line.contains("=; Max-Age=0; "))
            && own.iter().all(|other| name(other) != name(cookie))
    };
    noted.into_iter().filter(is_removed).collect()
}
