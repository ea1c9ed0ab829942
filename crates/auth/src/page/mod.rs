//! HTML pages for users who opened a mailed link.
//!
//! Endpoints: none; the modules of the links respond with pages. Table: none.
//!
//! Threats: a page that contains HTML of an attacker (the template escapes everything),
//! clickjacking (frames are forbidden), a leak of a link's secret (other sites do not get the
//! page's URL, caches do not store the page), scripts (forbidden, and not needed).

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

pub(crate) use self::destination::{Destination, HOME, accepts_page, is_navigation};

/// The template's name; its extension makes the engine escape values.
const NAME: &str = "page.html";
const PAGE: &str = include_str!("page.html");

/// The content of a page.
pub(crate) struct Page<'a> {
    title: &'a str,
    texts: Vec<String>,
    code: Option<&'a str>,
    form: Option<Form<'a>>,
    link: Option<&'a str>,
    status: StatusCode,
}

/// The form of a page.
pub(crate) struct Form<'a> {
    /// The URL to post to, relative to the page's; `None` is the page's URL.
    pub(crate) action: Option<&'a str>,
    /// Names and values of hidden fields.
    pub(crate) hidden: Vec<(&'a str, &'a str)>,
    /// Fields for new passwords.
    pub(crate) passwords: Vec<Password<'a>>,
    pub(crate) button: &'a str,
    /// The text below the button.
    pub(crate) note: &'a str,
    /// The URL to which the response may redirect, if that is known in advance.
    pub(crate) redirects_to: Option<&'a str>,
}

/// A field for a new password.
pub(crate) struct Password<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) hint: Option<String>,
    /// The error of the posted password.
    pub(crate) error: Option<String>,
    pub(crate) is_first: bool,
}

impl<'a> Page<'a> {
    /// A page with a paragraph.
    pub(crate) fn new(title: &'a str, text: impl Into<String>) -> Self {
        let (texts, status) = (vec![text.into()], StatusCode::OK);
        Self { title, texts, code: None, form: None, link: None, status }
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.texts.push(text.into());
        self
    }

    /// Shows an error code.
    pub(crate) fn code(self, code: &'a str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Shows a form.
    pub(crate) fn form(self, form: Form<'a>) -> Self {
        Self { form: Some(form), ..self }
    }

    /// Shows a link with which the user continues.
    pub(crate) fn link(self, url: &'a str) -> Self {
        Self { link: Some(url), ..self }
    }

    /// Sets a status other than 200.
    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Renders the page.
    pub(crate) fn response(&self) -> Result<Response> {
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

    /// The Content-Security-Policy. It allows only the page's own style, and a form that is
    /// posted to this server. The response to the form may redirect, and browsers apply
    /// `form-action` to redirects, too.
    fn policy(&self) -> Result<HeaderValue> {
        let action = match &self.form {
            Some(Form { redirects_to, .. }) => format!("'self'{}", origin_of(*redirects_to)),
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
        let &Page { title, ref texts, code, ref form, link, status: _ } = page;
        let form = form.as_ref().map(Self::from);
        context! { title, texts => texts.clone(), code, form, link }
    }
}

impl From<&Form<'_>> for Value {
    fn from(form: &Form<'_>) -> Self {
        let &Form { action, ref hidden, ref passwords, button, note, redirects_to: _ } = form;
        let passwords: Vec<_> = passwords.iter().map(Self::from).collect();
        let hidden = hidden.iter().map(|&(name, value)| context! { name, value });
        let hidden: Vec<_> = hidden.collect();
        context! { action, hidden, passwords, button, note }
    }
}

impl From<&Password<'_>> for Value {
    fn from(password: &Password<'_>) -> Self {
        let &Password { name, label, ref hint, ref error, is_first } = password;
        context! { name, label, hint => hint.clone(), error => error.clone(), is_first }
    }
}

/// The origin of a URL as a source of the policy. Empty for paths of this server, and for hosts
/// with characters, such as `;`, that would end the directive.
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

    fn form(redirects_to: Option<&str>) -> Form<'_> {
        let (hidden, passwords) = (Vec::new(), Vec::new());
        Form { action: None, hidden, passwords, button: "Go", note: "", redirects_to }
    }

    #[test]
    fn the_policy_allows_a_form_to_redirect_to_the_links_target() {
        let form_action = |page: Page<'_>| {
            let policy = page.policy().unwrap();
            policy.to_str().unwrap().rsplit("; ").next().unwrap().to_owned()
        };
        let with_form =
            |redirects_to| form_action(Page::new("Title", "Text").form(form(redirects_to)));
        assert_eq!(form_action(Page::new("Title", "Text")), "form-action 'none'");
        assert_eq!(with_form(None), "form-action 'self'");
        assert_eq!(with_form(Some("/done?x=1")), "form-action 'self'");
        let far = with_form(Some("https://app.example/x?y"));
        assert_eq!(far, "form-action 'self' https://app.example");
        assert_eq!(with_form(Some("books://done")), "form-action 'self' books:");
        assert_eq!(with_form(Some("https://[::1]:1/x")), "form-action 'self' https://[::1]:1");
        assert_eq!(with_form(Some("https://a;script-src%20*.app.example/x")), "form-action 'self'");
        assert_eq!(with_form(Some("https://a;sandbox.app.example/x")), "form-action 'self'");
    }

    #[tokio::test]
    async fn all_values_of_a_page_are_escaped() {
        const EVIL: &str = "\"><script>alert('x')</script>&";
        let password = Password {
            name: EVIL,
            label: EVIL,
            hint: Some(EVIL.to_owned()),
            error: Some(EVIL.to_owned()),
            is_first: true,
        };
        let form = Form {
            action: Some(EVIL),
            hidden: vec![(EVIL, EVIL)],
            passwords: vec![password],
            button: EVIL,
            note: EVIL,
            redirects_to: None,
        };
        let page = Page::new(EVIL, EVIL).paragraph(EVIL).code(EVIL).form(form).link(EVIL);
        let page = to_bytes(page.response().unwrap().into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.matches("&lt;script&gt;").count() >= 13, "{page}");
        assert!(!page.contains("<script") && !page.contains("\"\">"), "{page}");
    }
}
