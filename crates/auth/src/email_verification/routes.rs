//! `send-verification-email`, `verify-email`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::User;
use serde_json::{Value, json};

use super::{
    confirmation_page, email_change,
    error::CONFIRMATION_REQUIRED,
    service::{self, Holder},
    token::{Purpose, Received},
};
use crate::{
    context::Context,
    error::{AuthError, Refusal},
    error_page,
    extract::{Accepts, Body, Client, Fields, Input, Query},
    middleware::origin::may_get_sign_in,
    page::{self, Destination, HOME, Page},
    redirect,
    routing::{and_post, get, post},
    session::{CurrentSession, MaybeSession, With},
    sign_in::SignedIn,
    views::UserView,
};

/// The room's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/send-verification-email"), post(send))
        .route(&format!("{base}/verify-email"), and_post(get(follow), Accepts::FormOrJson, verify))
}

pub(super) struct Send {
    email: String,
    callback_url: Option<String>,
}

impl Input for Send {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.email("email"),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

async fn send(
    State(context): State<Arc<Context>>,
    With(MaybeSession(current), input): With<MaybeSession, Send>,
) -> Result<Response, AuthError> {
    let callback = input.callback_url.as_deref();
    service::send_again(&context, current, &input.email, callback).await?;
    Ok(Json(json!({ "status": true })).into_response())
}

pub(super) struct Verify {
    token: String,
    callback_url: Option<String>,
}

impl Input for Verify {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            token: fields.string("token").unwrap_or_default().to_owned(),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

/// A link that was followed, perhaps by a program that looks for what is dangerous.
async fn follow(
    State(context): State<Arc<Context>>,
    client: Client,
    parts: Parts,
    Query(input): Query<Verify>,
) -> Result<Response, AuthError> {
    let opened = Opened { client: &client, parts: &parts, input: &input, is_posted: false };
    answer(&context, &opened).await
}

/// The button that the page shows, or a program that posts.
async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    parts: Parts,
    Body(input): Body<Verify>,
) -> Result<Response, AuthError> {
    let opened = Opened { client: &client, parts: &parts, input: &input, is_posted: true };
    answer(&context, &opened).await
}

/// How a link was opened.
struct Opened<'a> {
    client: &'a Client,
    parts: &'a Parts,
    input: &'a Verify,
    is_posted: bool,
}

impl<'a> Opened<'a> {
    fn callback(&self) -> Option<&'a str> {
        self.input.callback_url.as_deref().filter(|url| !url.is_empty())
    }

    fn destination(&self) -> Destination<'a> {
        Destination::of(&self.parts.headers, self.callback())
    }
}

/// What a token led to.
enum Done {
    /// To a mail to this address for the next step.
    Mailed(String),
    /// To a proved address; perhaps to a session.
    Verified(Option<SignedIn>),
    /// To another address, now or `before`; in the session that there is, if there is one.
    Changed { user: User, current: Option<CurrentSession>, before: bool },
}

impl Done {
    fn body(&self) -> Value {
        match self {
            Self::Mailed(_) => json!({ "status": true }),
            Self::Verified(_) => json!({ "status": true, "user": null }),
            // Whoever finds a link that had its effect is not told who the user is by now.
            Self::Changed { current: None, before: true, .. } => {
                json!({ "status": true, "user": null })
            }
            Self::Changed { user, .. } => json!({ "status": true, "user": UserView::from(user) }),
        }
    }

    fn page(&self) -> Page<'static> {
        match self {
            Self::Mailed(to) => Page::new(
                "One more step",
                format!("We have sent a mail to {to}. Open the link in it to finish the change."),
            ),
            Self::Verified(None) => Page::new("Your address is confirmed", "You can sign in now."),
            Self::Verified(Some(_)) => Page::new("Your address is confirmed", "You are signed in."),
            Self::Changed { user: User { email, .. }, .. } => Page::new(
                "Your address was changed",
                format!("Your account has the address {email} from now on."),
            ),
        }
    }
}

/// Does what the token says; answers, or sends the browser on if it said where to.
async fn answer(context: &Arc<Context>, opened: &Opened<'_>) -> Result<Response, AuthError> {
    match open(context, opened).await {
        Err(AuthError::Refused(refusal)) => refused(context, refusal, opened.destination()),
        answer => answer,
    }
}

/// Shows an error page, redirects with `?error=`, or fails.
fn refused(
    context: &Context,
    refusal: Refusal,
    destination: Destination<'_>,
) -> Result<Response, AuthError> {
    match (destination, refusal.code) {
        (Destination::Page, _) => error_page::tell(context, &refusal),
        (Destination::Target(target), Some(code)) => {
            redirect::to(&redirect::with_query(target, "error", code))
        }
        _ => Err(AuthError::Refused(refusal)),
    }
}

async fn open(context: &Arc<Context>, opened: &Opened<'_>) -> Result<Response, AuthError> {
    let received =
        Received::verify(&context.config.secrets, &opened.input.token, context.clock.now())?;
    // A link that does not count leaves the session as it is.
    let mut parts = opened.parts.clone();
    let MaybeSession(current) = MaybeSession::from_request_parts(&mut parts, context).await?;
    if let Some(page) = asked(context, opened, &received, current.as_ref()).await? {
        return Ok(page);
    }
    let done = act(context, opened, &received, current).await?;
    let response = match opened.destination() {
        Destination::Target(target) => redirect::to(target)?,
        Destination::Page => done.page().leads_on(HOME).show()?,
        Destination::Program => Json(done.body()).into_response(),
    };
    let signed_in = match done {
        Done::Verified(signed_in) => signed_in,
        Done::Changed { user, current, .. } => {
            current.map(|current| SignedIn::again(user, current))
        }
        Done::Mailed(_) => None,
    };
    Ok(match signed_in {
        Some(signed_in) => signed_in.with_session_cookies(context, &opened.parts.headers, response),
        None => response,
    })
}

/// The page with a button, for an unused link that needs the press of one.
async fn asked(
    context: &Context,
    opened: &Opened<'_>,
    received: &Received<'_>,
    current: Option<&CurrentSession>,
) -> Result<Option<Response>, AuthError> {
    let token = &received.token;
    let is_page_wanted = page::is_wanted(&opened.parts.headers);
    let takes_press = match token.purpose {
        // Who opens it would be signed in. A trusted page's own request is no scanner's, and
        // no other site's, which would sign its visitor in as somebody else.
        Purpose::Verify => {
            let is_holder = current.is_some_and(|current| current.user.id == token.user);
            let may_sign_in = may_get_sign_in(&context.origins, &opened.parts.headers);
            context.config.email_verification.auto_sign_in
                && !is_holder
                && (is_page_wanted || !may_sign_in)
        }
        Purpose::ConfirmChange(_) | Purpose::VerifyChange(_) => current.is_none(),
    };
    if opened.is_posted || !takes_press {
        return Ok(None);
    }
    let Holder { user, is_done } = service::look_up(context, received).await?;
    if is_done || token.purpose == Purpose::Verify && user.email_verified {
        return Ok(None);
    }
    if !is_page_wanted {
        return Err(CONFIRMATION_REQUIRED.into());
    }
    Ok(Some(confirmation_page::show(received, opened.callback())?))
}

async fn act(
    context: &Context,
    opened: &Opened<'_>,
    received: &Received<'_>,
    current: Option<CurrentSession>,
) -> Result<Done, AuthError> {
    let Opened { client, .. } = opened;
    match &received.token.purpose {
        Purpose::Verify => {
            let signed_in = service::verify(context, received, current, client).await?;
            Ok(Done::Verified(signed_in))
        }
        Purpose::ConfirmChange(to) => {
            let callback = opened.callback();
            email_change::confirm(context, received, to, current.as_ref(), callback, client)
                .await?;
            Ok(Done::Mailed(to.clone()))
        }
        Purpose::VerifyChange(to) => {
            let (user, before) =
                email_change::take(context, received, to, current.as_ref(), client).await?;
            Ok(Done::Changed { user, current, before })
        }
    }
}
