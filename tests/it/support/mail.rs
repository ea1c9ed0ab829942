//! The development mailbox, and the links in it.

use axum::{
    body::Body,
    http::{
        HeaderName, Request, StatusCode,
        header::{CONTENT_TYPE, ORIGIN},
    },
};
use url::{Url, form_urlencoded};

use super::{Answer, BASE_URL, Client, TestApp};

/// What a browser says when it opens a page.
pub(crate) const BROWSER: [(&str, &str); 1] = [("accept", "text/html,*/*;q=0.8")];

/// A mail as its reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) text: String,
    link: Option<String>,
}

impl TestApp {
    /// The mails of one kind to one address, newest first.
    pub(crate) async fn mails(&self, kind: &str, to: &str) -> Vec<Mail> {
        let all = self.app.mailer.messages(1_000).await.unwrap().into_iter();
        all.filter(|mail| mail.kind == kind && mail.to == to)
            .map(|mail| Mail { text: mail.text, link: mail.link })
            .collect()
    }

    /// The newest of them; there must be one.
    pub(crate) async fn mail(&self, kind: &str, to: &str) -> Mail {
        let mails = self.mails(kind, to).await;
        mails.into_iter().next().unwrap_or_else(|| panic!("no mail {kind} to {to}"))
    }

    /// Every mail, as kind and address, oldest first.
    pub(crate) async fn mailed(&self) -> Vec<(String, String)> {
        let all = self.app.mailer.messages(1_000).await.unwrap();
        all.into_iter().rev().map(|mail| (mail.kind, mail.to)).collect()
    }
}

impl Mail {
    pub(crate) fn link(&self) -> Url {
        let link = self.link.as_deref().unwrap_or_else(|| panic!("no link in {}", self.text));
        assert!(link.starts_with(BASE_URL), "{link}");
        link.parse().unwrap()
    }

    /// Path and query of the link.
    pub(crate) fn path(&self) -> String {
        self.link().as_str().strip_prefix(BASE_URL).unwrap().to_owned()
    }

    /// The secret of the link, which stands in its query, or else at its path's end.
    pub(crate) fn token(&self) -> String {
        let link = self.link();
        let queried = link.query_pairs().find(|(name, _)| name == "token");
        let last = || link.path_segments().unwrap().next_back().unwrap().to_owned();
        queried.map_or_else(last, |(_, token)| token.into_owned())
    }
}

impl Client {
    /// Opens a mail's link, as its reader's browser does.
    pub(crate) async fn follow(&self, mail: &Mail) -> Answer {
        self.get(&mail.path()).await
    }

    /// Opens a mail's link and presses the button of the page that it leads to.
    pub(crate) async fn confirm(&self, mail: &Mail) -> Answer {
        self.press(&self.follow(mail).await).await
    }

    /// Presses the button of the page that a link led to.
    pub(crate) async fn press(&self, page: &Answer) -> Answer {
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

    /// Posts the form of a page of the server's own, under further headers.
    pub(crate) async fn post_form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Answer {
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

    /// Opens a path under further headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers
            .iter()
            .fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Proves the address of whoever `name` is, by the link that was mailed last.
    pub(crate) async fn verify(&self, app: &TestApp, name: &str) {
        let email = format!("{name}@example.com");
        app.anonymous().auth("send-verification-email", &[("email", &email)]).await.ok();
        let answer = self.follow(&app.mail("verification", &email).await).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
        assert_eq!(answer.header("location"), "/");
    }
}
