//! Pages for people who opened a mailed link: what it asks, and what came of it.
//!
//! Endpoints: none; the modules of the links show them. Table: none.
//!
//! Threats: a page that says what somebody else wrote (the template escapes everything),
//! clickjacking (no frames), a link's
//! secret that leaks (no other site is told the page's URL, no cache keeps the page), a
//! script (none is allowed, none is needed).

mod destination;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};
use domain::{Error, Result};
use minijinja::{Environment, Value, context};
use url::Url;

pub(crate) use self::destination::{Destination, HOME, is_asked_for, is_wanted};

/// The name makes the engine escape what stands in it.
const NAME: &str = "page.html";
const PAGE: &str = include_str!("page.html");

/// What a page says and asks.
pub(crate) struct Page<'a> {
    title: &'a str,
    texts: Vec<String>,
    code: Option<&'a str>,
    form: Option<Form<'a>>,
    onward: Option<&'a str>,
    status: StatusCode,
}

/// A form.
pub(crate) struct Form<'a> {
    /// Where it is posted to, relative to the page's URL; `None` is the page's URL.
    pub(crate) action: Option<&'a str>,
    /// Names and values that come along.
    pub(crate) hidden: Vec<(&'a str, &'a str)>,
    /// New passwords to be chosen.
    pub(crate) passwords: Vec<Password<'a>>,
    pub(crate) button: &'a str,
    /// What stands below the button.
    pub(crate) note: &'a str,
    /// Where the answer leads, if that is known before.
    pub(crate) leads_to: Option<&'a str>,
}

/// A new password that a form asks for.
pub(crate) struct Password<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) hint: Option<String>,
    /// What was wrong with the one that was posted.
    pub(crate) wrong: Option<String>,
    pub(crate) is_first: bool,
}

impl<'a> Page<'a> {
    /// A page that says something.
    pub(crate) fn new(title: &'a str, text: impl Into<String>) -> Self {
        let (texts, status) = (vec![text.into()], StatusCode::OK);
        Self { title, texts, code: None, form: None, onward: None, status }
    }

    /// One more paragraph.
    pub(crate) fn and(mut self, text: impl Into<String>) -> Self {
        self.texts.push(text.into());
        self
    }

    /// The code of what went wrong.
    pub(crate) fn code(self, code: &'a str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// A form.
    pub(crate) fn asks(self, form: Form<'a>) -> Self {
        Self { form: Some(form), ..self }
    }

    /// A link to go on by.
    pub(crate) fn leads_on(self, onward: &'a str) -> Self {
        Self { onward: Some(onward), ..self }
    }

    /// Another status than 200.
    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The answer.
    pub(crate) fn show(&self) -> Result<Response> {
        let mut pages = Environment::new();
        pages.add_template(NAME, PAGE).map_err(Error::internal)?;
        let page = pages.get_template(NAME).map_err(Error::internal)?;
        let page = page.render(Value::from(self)).map_err(Error::internal)?;
        // With `no-referrer`, browsers would send `Origin: null` with the form.
        let referrer = if self.form.is_some() { "strict-origin" } else { "no-referrer" };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_SECURITY_POLICY, self.policy()?),
            (REFERRER_POLICY, HeaderValue::from_static(referrer)),
        ];
        Ok((self.status, headers, page).into_response())
    }

    /// Nothing but the page's own style, and a form that is posted here; its answer may
    /// lead on, which browsers count as a part of that.
    fn policy(&self) -> Result<HeaderValue> {
        let action = match &self.form {
            Some(Form { leads_to, .. }) => format!("'self'{}", origin_of(*leads_to)),
            None => "'none'".to_owned(),
        };
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
             base-uri 'none'; form-action {action}"
        );
        HeaderValue::from_str(&policy).map_err(Error::internal)
    }
}

impl From<&Page<'_>> for Value {
    fn from(page: &Page<'_>) -> Self {
        let &Page { title, ref texts, code, ref form, onward, status: _ } = page;
        let form = form.as_ref().map(Self::from);
        context! { title, texts => texts.clone(), code, form, onward }
    }
}

impl From<&Form<'_>> for Value {
    fn from(form: &Form<'_>) -> Self {
        let &Form { action, ref hidden, ref passwords, button, note, leads_to: _ } = form;
        let passwords: Vec<_> = passwords.iter().map(Self::from).collect();
        let hidden = hidden.iter().map(|&(name, value)| context! { name, value });
        let hidden: Vec<_> = hidden.collect();
        context! { action, hidden, passwords, button, note }
    }
}

impl From<&Password<'_>> for Value {
    fn from(password: &Password<'_>) -> Self {
        let &Password { name, label, ref hint, ref wrong, is_first } = password;
        context! { name, label, hint => hint.clone(), wrong => wrong.clone(), is_first }
    }
}

/// The origin of a URL as a policy names it, unless it is our own, or would end what it
/// stands in: a host may have a `;`.
fn origin_of(url: Option<&str>) -> String {
    let target = url.and_then(|url| Url::parse(url).ok()).map(|url| {
        let origin = url.origin();
        if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) }
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-._:/[]".contains(c);
    let target = target.filter(|target| target.chars().all(plain));
    target.map(|target| format!(" {target}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn form(leads_to: Option<&str>) -> Form<'_> {
        let (hidden, passwords) = (Vec::new(), Vec::new());
        Form { action: None, hidden, passwords, button: "Go", note: "", leads_to }
    }

    #[test]
    fn a_form_may_lead_where_the_link_leads() {
        let ends = |page: Page<'_>| {
            let policy = page.policy().unwrap();
            policy.to_str().unwrap().rsplit("; ").next().unwrap().to_owned()
        };
        let asks = |leads_to| ends(Page::new("Title", "Text").asks(form(leads_to)));
        assert_eq!(ends(Page::new("Title", "Text")), "form-action 'none'");
        assert_eq!(asks(None), "form-action 'self'");
        assert_eq!(asks(Some("/done?x=1")), "form-action 'self'");
        let far = asks(Some("https://app.example/x?y"));
        assert_eq!(far, "form-action 'self' https://app.example");
        assert_eq!(asks(Some("books://done")), "form-action 'self' books:");
        assert_eq!(asks(Some("https://[::1]:1/x")), "form-action 'self' https://[::1]:1");
        assert_eq!(asks(Some("https://a;script-src%20*.app.example/x")), "form-action 'self'");
        assert_eq!(asks(Some("https://a;sandbox.app.example/x")), "form-action 'self'");
    }

    #[tokio::test]
    async fn everything_that_a_page_says_is_escaped() {
        const EVIL: &str = "\"><script>alert('x')</script>&";
        let password = Password {
            name: EVIL,
            label: EVIL,
            hint: Some(EVIL.to_owned()),
            wrong: Some(EVIL.to_owned()),
            is_first: true,
        };
        let form = Form {
            action: Some(EVIL),
            hidden: vec![(EVIL, EVIL)],
            passwords: vec![password],
            button: EVIL,
            note: EVIL,
            leads_to: None,
        };
        let page = Page::new(EVIL, EVIL).and(EVIL).code(EVIL).asks(form).leads_on(EVIL);
        let page = to_bytes(page.show().unwrap().into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.matches("&lt;script&gt;").count() >= 13, "{page}");
        assert!(!page.contains("<script") && !page.contains("\"\">"), "{page}");
    }
}
