//! The mails of the development mailbox, and the links in them.

use axum::{
    body::Body,
    http::{
        HeaderName, Request, StatusCode,
        header::{CONTENT_TYPE, ORIGIN},
    },
};
use url::{Url, form_urlencoded};

use super::{BASE_URL, Client, Response, TestApp};

/// The `Accept` header of a browser that opens a page.
pub(crate) const ACCEPT_HTML: [(&str, &str); 1] = [("accept", "text/html,*/*;q=0.8")];

/// A mail of the development mailbox.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) text: String,
    link: Option<String>,
}

impl TestApp {
    /// Returns the mails of one kind to one address, newest first.
    pub(crate) async fn mails(&self, kind: &str, to: &str) -> Vec<Mail> {
        let all = self.app.mailer.messages(1_000).await.unwrap().into_iter();
        all.filter(|mail| mail.kind == kind && mail.to == to)
            .map(|mail| Mail { text: mail.text, link: mail.link })
            .collect()
    }

    /// Returns the newest mail of one kind to one address.
    pub(crate) async fn newest_mail(&self, kind: &str, to: &str) -> Mail {
        let mails = self.mails(kind, to).await;
        mails.into_iter().next().unwrap_or_else(|| panic!("no mail {kind} to {to}"))
    }

    /// Returns kind and address of every mail, oldest first.
    pub(crate) async fn mail_kinds(&self) -> Vec<(String, String)> {
        let all = self.app.mailer.messages(1_000).await.unwrap();
        all.into_iter().rev().map(|mail| (mail.kind, mail.to)).collect()
    }
}

impl Mail {
    /// Returns the link, which must lead to this server.
    pub(crate) fn link(&self) -> Url {
        let link = self.link.as_deref().unwrap_or_else(|| panic!("no link in {}", self.text));
        assert!(link.starts_with(BASE_URL), "{link}");
        link.parse().unwrap()
    }

    /// Returns the path and query of the link.
    pub(crate) fn link_path(&self) -> String {
        self.link().as_str().strip_prefix(BASE_URL).unwrap().to_owned()
    }

    /// Returns the token of the link: its query parameter `token`, or else the last path segment.
    pub(crate) fn link_token(&self) -> String {
        let link = self.link();
        let queried = link.query_pairs().find(|(name, _)| name == "token");
        let last = || link.path_segments().unwrap().next_back().unwrap().to_owned();
        queried.map_or_else(last, |(_, token)| token.into_owned())
    }
}

impl Client {
    /// Opens the link of a mail.
    pub(crate) async fn open_link(&self, mail: &Mail) -> Response {
        self.get(&mail.link_path()).await
    }

    /// Opens the link of a mail, and submits the form of the page.
    pub(crate) async fn confirm_link(&self, mail: &Mail) -> Response {
        self.submit_page(&self.open_link(mail).await).await
    }

    /// Submits the hidden fields of a confirmation page to `verify-email`.
    pub(crate) async fn submit_page(&self, page: &Response) -> Response {
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.header("content-type").starts_with("text/html"), "{}", page.text);
        let fields = page.text.split("<input type=\"hidden\" name=\"").skip(1).map(|field| {
            let (name, rest) = field.split_once("\" value=\"").unwrap();
            let value = rest.split_once('"').unwrap().0;
            (name, value.replace("&#x2f;", "/").replace("&amp;", "&"))
        });
        let fields: Vec<_> = fields.collect();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.post_form("/api/auth/verify-email", &fields, &[]).await
    }

    /// Posts a form with the server's `Origin` and additional headers.
    pub(crate) async fn post_form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Response {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ORIGIN, BASE_URL)
            .body(Body::from(form))
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        self.send(request).await
    }

    /// Sends a GET request with additional headers.
    pub(crate) async fn get_with_headers(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = headers
            .iter()
            .fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Verifies the email address of user `name` by a newly mailed link.
    pub(crate) async fn verify_email(&self, app: &TestApp, name: &str) {
        let email = format!("{name}@example.com");
        app.anonymous()
            .post_auth_strings("send-verification-email", &[("email", &email)])
            .await
            .expect_ok();
        let response = self.open_link(&app.newest_mail("verification", &email).await).await;
        assert_eq!(response.status, StatusCode::FOUND, "{}", response.text);
        assert_eq!(response.header("location"), "/");
    }
}
