//! Advice for developers: which setting, or which value at the provider, ends an error.
//!
//! Shown in development only: the texts name settings and URLs of the service.

use axum::http::{
    HeaderMap,
    header::{HOST, ORIGIN},
};
use url::Url;

use super::explanation::{
    INVALID_CODE, NO_EMAIL, NO_USER_INFO, NOT_FOUND, NOT_LINKED, OTHER_ISSUER, REFUSED,
    REGISTRATION, SIGN_UP_DISABLED, STATE,
};
use super::foreign_start::ForeignStart;
use crate::{context::Context, cookie::SameSite};

/// The longest description of a provider that is shown.
const MAX_DESCRIPTION: usize = 300;
/// A difference of clocks up to this is no reason for an error.
const TOLERATED_SECONDS: i64 = 5;

/// Paragraphs for the developer.
pub(super) fn advice(
    code: &str,
    description: Option<&str>,
    context: &Context,
    headers: &HeaderMap,
) -> Vec<String> {
    let code = code.to_ascii_lowercase();
    let is = |codes: &[&str]| codes.contains(&code.as_str());
    let mut texts = Vec::new();
    if let Some(description) = description.filter(|text| !text.trim().is_empty()) {
        let start: String = description.chars().take(MAX_DESCRIPTION).collect();
        texts.push(format!("The provider says: {start}"));
    }
    if is(STATE) {
        texts.push(state(context, headers));
    }
    if is(REGISTRATION) || is(INVALID_CODE) {
        texts.extend(callback_urls(context));
    }
    texts.extend(setting(&code).map(str::to_owned));
    if is(INVALID_CODE) || is(NO_USER_INFO) {
        texts.extend(clock(context));
    }
    if is(NOT_FOUND) {
        texts.push(configured(context));
    }
    texts.first_mut().into_iter().for_each(|text| text.insert_str(0, "For developers: "));
    texts
}

/// The setting that changes the result.
fn setting(code: &str) -> Option<&'static str> {
    const SETTINGS: [(&[&str], &str); 7] = [
        (
            REFUSED,
            "Providers also refuse accounts that the application may not use yet, e.g. because it \
             is in test mode.",
        ),
        (
            SIGN_UP_DISABLED,
            "AUTH_<PROVIDER>_DISABLE_SIGN_UP is on, or AUTH_<PROVIDER>_DISABLE_IMPLICIT_SIGN_UP is \
             on and the client did not send requestSignUp: true.",
        ),
        (
            NOT_LINKED,
            "A sign-in links an account if the address of the user is verified, and the provider \
             verified its address or AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS names the provider. A \
             signed-in user links an account by linkSocial().",
        ),
        (NO_EMAIL, "AUTH_<PROVIDER>_SCOPES can request the scope of the address."),
        (INVALID_CODE, "The log has the answer of the provider. Check the client secret, too."),
        (NO_USER_INFO, "The log has the reason."),
        (OTHER_ISSUER, "The log has the expected and the received value."),
    ];
    SETTINGS.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, text)| *text)
}

/// Why the state did not come back.
fn state(context: &Context, headers: &HeaderMap) -> String {
    let base = context.url.origin().ascii_serialization();
    if let Some(start) = context.foreign_start.latest() {
        return format!(
            "BETTER_AUTH_URL is {base}, but the latest sign-in began at {start}. The browser does \
             not send the cookie of the sign-in from one to the other. Open the application at \
             {base}, or set BETTER_AUTH_URL to its URL and enter the new callback URL at the \
             provider."
        );
    }
    let cookies = &context.cookies;
    if !cookies.states(headers).is_empty() || !cookies.sealed_states(headers).is_empty() {
        return "The cookie of a sign-in is here, but of another one: this sign-in was completed \
                already, or another one began after it."
            .to_owned();
    }
    format!(
        "The cookie of the sign-in is missing at {base}. It is valid for 5 minutes, and once. The \
         browser must accept it from the response to sign-in/social: a page of another origin \
         needs credentials: \"include\"."
    )
}

/// What to enter at the providers.
fn callback_urls(context: &Context) -> Option<String> {
    let providers = context.providers.list();
    let urls: Vec<_> = providers.iter().map(|it| it.callback_url(context)).collect();
    (!urls.is_empty()).then(|| {
        format!(
            "The provider must have exactly this callback URL: {}. `bookplate providers` says \
             where to enter it.",
            urls.join(" or ")
        )
    })
}

/// The difference of the clocks, if codes and id tokens may fail by it.
fn clock(context: &Context) -> Option<String> {
    let off = (context.clock.now() - context.http.provider_time()?).num_seconds();
    let direction = if off > 0 { "ahead of" } else { "behind" };
    (off.abs() > TOLERATED_SECONDS).then(|| {
        let off = off.abs();
        format!("The clock of this machine is {off} seconds {direction} the provider's. Set it.")
    })
}

fn configured(context: &Context) -> String {
    let ids: Vec<_> = context.providers.list().iter().map(|it| it.id().to_owned()).collect();
    match ids.as_slice() {
        [] => {
            "No provider is configured. `bookplate providers --all` lists what to set.".to_owned()
        }
        ids => format!(
            "Available providers: {}. One whose discovery document cannot be read is absent until \
             it can, see the log.",
            ids.join(", ")
        ),
    }
}

impl ForeignStart {
    /// Notes where a sign-in begins, from the headers of its request.
    pub(crate) fn note(&self, context: &Context, headers: &HeaderMap) {
        if context.config.developer_advice {
            let start = foreign_start(context, headers);
            if let Some(start) = &start {
                tracing::warn!(
                    start,
                    base_url = %context.config.base_url,
                    "a sign-in began at another URL than BETTER_AUTH_URL, and will fail: the \
                     browser does not send its cookie there"
                );
            }
            self.set(start);
        }
    }
}

/// The origin of the page, or else the host of the request, unless the cookie that the response
/// sets returns to the base URL.
fn foreign_start(context: &Context, headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let base = &context.url;
    let host = text(HOST).and_then(|host| Url::parse(&format!("{}://{host}", base.scheme())).ok());
    let page = text(ORIGIN).and_then(|origin| Url::parse(origin).ok());
    let foreign = match (&page, &host) {
        // A proxy may replace the host, but not the origin.
        (Some(page), _) if is_sent_between(context, page, base) => None,
        (Some(page), Some(host)) if page.host() == host.host() => Some(page),
        (Some(page), _) if context.config.cookie.same_site != SameSite::None => {
            (site(page) != site(base)).then_some(page)
        }
        (None, Some(host)) if !is_sent_between(context, host, base) => Some(host),
        _ => None,
    };
    foreign.map(|url| url.origin().ascii_serialization())
}

/// Whether a cookie that one host sets is sent to the other.
fn is_sent_between(context: &Context, one: &Url, other: &Url) -> bool {
    let domain = context.config.cookie.domain.as_deref();
    let is_below = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        domain.is_some_and(|domain| host == domain || host.ends_with(&format!(".{domain}")))
    };
    one.host() == other.host() || (is_below(one) && is_below(other))
}

/// The registrable domain, or else the host.
fn site(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    psl::domain_str(host).unwrap_or(host)
}
