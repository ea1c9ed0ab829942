//! Renders messages as mails: subject, text and HTML.

use std::fmt;

use domain::{Error, Result};
use minijinja::{Environment, UndefinedBehavior, context, value::Value};

use crate::{
    Config, Message,
    config::Color,
    sanitize::{greeting_name, humanize, one_line},
};

/// The templates: the layouts, and both forms of every kind.
const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("../templates/layout.html")),
    ("layout.txt", include_str!("../templates/layout.txt")),
    ("verification.html", include_str!("../templates/verification.html")),
    ("verification.txt", include_str!("../templates/verification.txt")),
    ("reset.html", include_str!("../templates/reset.html")),
    ("reset.txt", include_str!("../templates/reset.txt")),
    ("change-email-confirmation.html", include_str!("../templates/change-email-confirmation.html")),
    ("change-email-confirmation.txt", include_str!("../templates/change-email-confirmation.txt")),
    ("change-email-verification.html", include_str!("../templates/change-email-verification.html")),
    ("change-email-verification.txt", include_str!("../templates/change-email-verification.txt")),
    ("delete-account.html", include_str!("../templates/delete-account.html")),
    ("delete-account.txt", include_str!("../templates/delete-account.txt")),
    ("welcome.html", include_str!("../templates/welcome.html")),
    ("welcome.txt", include_str!("../templates/welcome.txt")),
    ("password-changed.html", include_str!("../templates/password-changed.html")),
    ("password-changed.txt", include_str!("../templates/password-changed.txt")),
    ("phone-number-changed.html", include_str!("../templates/phone-number-changed.html")),
    ("phone-number-changed.txt", include_str!("../templates/phone-number-changed.txt")),
    ("email-change-requested.html", include_str!("../templates/email-change-requested.html")),
    ("email-change-requested.txt", include_str!("../templates/email-change-requested.txt")),
    ("email-change-confirmed.html", include_str!("../templates/email-change-confirmed.html")),
    ("email-change-confirmed.txt", include_str!("../templates/email-change-confirmed.txt")),
    ("email-changed.html", include_str!("../templates/email-changed.html")),
    ("email-changed.txt", include_str!("../templates/email-changed.txt")),
    ("account-exists.html", include_str!("../templates/account-exists.html")),
    ("account-exists.txt", include_str!("../templates/account-exists.txt")),
    ("magic-link.html", include_str!("../templates/magic-link.html")),
    ("magic-link.txt", include_str!("../templates/magic-link.txt")),
    ("sign-in-code.html", include_str!("../templates/sign-in-code.html")),
    ("sign-in-code.txt", include_str!("../templates/sign-in-code.txt")),
    ("verification-code.html", include_str!("../templates/verification-code.html")),
    ("verification-code.txt", include_str!("../templates/verification-code.txt")),
    ("reset-code.html", include_str!("../templates/reset-code.html")),
    ("reset-code.txt", include_str!("../templates/reset-code.txt")),
    ("change-email-code.html", include_str!("../templates/change-email-code.html")),
    ("change-email-code.txt", include_str!("../templates/change-email-code.txt")),
    ("two-factor-code.html", include_str!("../templates/two-factor-code.html")),
    ("two-factor-code.txt", include_str!("../templates/two-factor-code.txt")),
];

/// The content of a mail.
pub(crate) struct Rendered {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// The templates, with the product's name and color.
pub(crate) struct Renderer {
    templates: Environment<'static>,
    product: String,
    color: Color,
}

impl Renderer {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            templates.add_template(name, source).map_err(Error::internal)?;
        }
        let product = one_line(&config.product_name, 60);
        Ok(Self { templates, product, color: config.color })
    }

    /// The product's name, on one line.
    pub(crate) fn product(&self) -> &str {
        &self.product
    }

    pub(crate) fn render(&self, message: &Message) -> Result<Rendered> {
        let subject = message.subject(&self.product);
        let (link, expires_in) = message.link().unzip();
        let link = link.map(|link| one_line(link, 4_000));
        let (code, code_expires_in) = message.code().unzip();
        let values = context! {
            subject => subject.as_str(),
            name => greeting_name(message.name()),
            new_email => message.new_email().map(|email| one_line(email, 320)),
            provider => message.provider().map(|provider| one_line(provider, 60)),
            code => code.map(|code| one_line(code, 60)),
            lifetime => expires_in.flatten().or(code_expires_in).map(humanize),
            product => self.product.as_str(),
            color => self.color.to_string(),
            ink => self.color.ink().to_string(),
        };
        let render = |form, link: Option<Value>| {
            let name = format!("{}.{form}", message.kind());
            let template = self.templates.get_template(&name).map_err(Error::internal)?;
            template.render(context! { link, ..values.clone() }).map_err(Error::internal)
        };
        let text = render("txt", link.as_deref().map(Value::from))?;
        let html = render("html", link.as_deref().map(escaped))?;
        Ok(Rendered { subject, text, html })
    }
}

/// Escapes a link for HTML. The templates' own escaping would also replace its slashes, which
/// is correct, but hard to read in the source.
fn escaped(link: &str) -> Value {
    let link = link.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Value::from_safe_string(link.replace('"', "&quot;").replace('\'', "&#39;"))
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renderer").field("product", &self.product).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TransportConfig, message::tests::every_kind};

    const URL: &str =
        "https://books.example.com/api/auth/verify-email?token=s3cret&callbackURL=%2F";

    fn renderer(product: &str) -> Renderer {
        let config =
            Config { product_name: product.to_owned(), ..Config::new(TransportConfig::Off) };
        Renderer::new(&config).unwrap()
    }

    #[test]
    fn every_kind_reads_well_in_both_forms() {
        for message in every_kind("Ann", URL) {
            let Rendered { subject, text, html } = renderer("Bookplate").render(&message).unwrap();
            let name = message.kind();
            insta::assert_snapshot!(format!("{name}.txt"), format!("{subject}\n\n{text}"));
            insta::assert_snapshot!(format!("{name}.html"), html);
        }
    }

    #[test]
    fn every_link_is_in_both_forms_and_a_button() {
        for message in every_kind("Ann", URL) {
            let Rendered { text, html, .. } = renderer("Bookplate").render(&message).unwrap();
            let links = usize::from(message.link().is_some());
            assert_eq!(text.matches(URL).count(), links, "{text}");
            let escaped = URL.replace('&', "&amp;");
            assert_eq!(html.matches(&format!("href=\"{escaped}\"")).count(), 2 * links, "{html}");
            assert_eq!(html.matches(&format!(">{escaped}</a>")).count(), links, "{html}");
        }
    }

    #[test]
    fn every_code_is_in_both_forms() {
        for message in every_kind("Ann", URL) {
            let Rendered { text, html, .. } = renderer("Bookplate").render(&message).unwrap();
            let Some((code, _)) = message.code() else { continue };
            assert_eq!(text.lines().filter(|line| *line == code).count(), 1, "{text}");
            assert_eq!(html.matches(&format!(">{code}</p>")).count(), 1, "{html}");
            assert!(!html.contains("href"), "{html}");
        }
    }

    #[test]
    fn values_of_users_and_administrators_are_escaped() {
        let evil = "<script>alert(1)</script>\r\nBcc: eve@example.com\r\n\r\n\"'&";
        for mut message in every_kind(evil, "https://x.example/?a=\"><script>\r\nBcc: eve") {
            if let Message::ChangeEmailConfirmation { new_email, .. }
            | Message::EmailChangeRequested { new_email, .. }
            | Message::EmailChangeConfirmed { new_email, .. }
            | Message::EmailChanged { new_email, .. } = &mut message
            {
                evil.clone_into(new_email);
            }
            let Rendered { subject, text, html } = renderer(evil).render(&message).unwrap();
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("?a=\">"), "{html}");
            assert!(!subject.contains(['\r', '\n']), "{subject}");
            for form in [&text, &html] {
                assert!(!form.contains('\r'), "{form}");
                assert!(form.lines().all(|line| !line.starts_with("Bcc")), "{form}");
            }
        }
    }

    #[test]
    fn a_verification_names_the_provider_of_the_sign_up() {
        let render = |name: &str| {
            let message = Message::Verification {
                name: name.to_owned(),
                provider: Some("GitHub".to_owned()),
                url: URL.to_owned(),
                expires_in: None,
            };
            renderer("Bookplate").render(&message).unwrap()
        };
        let Rendered { text, html, .. } = render("Ann");
        for form in [text, html] {
            assert!(form.contains("with the GitHub account of Ann."), "{form}");
            assert!(form.contains("If this was not you, ignore this mail"), "{form}");
            assert!(!form.contains("password"), "{form}");
        }
        let Rendered { text, html, .. } = render("https://evil.example");
        for form in [text, html] {
            assert!(form.contains("with a GitHub account."), "{form}");
            assert!(!form.contains("evil"), "{form}");
        }
    }

    #[test]
    fn a_greeting_contains_no_link() {
        let message = Message::Welcome { name: "You won, see https://evil.example".to_owned() };
        let Rendered { text, html, .. } = renderer("Bookplate").render(&message).unwrap();
        assert!(text.starts_with("Hello,\n"), "{text}");
        assert!(!text.contains("evil") && !html.contains("evil"));
    }
}
