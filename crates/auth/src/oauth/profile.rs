//! A user as a provider describes them, within the limits of this server.

use domain::name;
use url::Url;

use super::provider::UserInfo;
use crate::{email_password::MAX_NAME_LEN, extract::email};

/// The maximum length of an image's URL in bytes. Longer ones are ignored.
const MAX_IMAGE_LEN: usize = 2_048;
/// The maximum length of a subject in bytes. OpenID Connect allows 255.
const MAX_SUBJECT_LEN: usize = 255;

/// A user with an email address, as a provider describes them.
pub(crate) struct Profile {
    /// May be empty.
    pub(crate) name: String,
    /// In lower case.
    pub(crate) email: String,
    /// Whether the provider verified the email address.
    pub(crate) email_verified: bool,
    /// An http or https URL.
    pub(crate) image: Option<String>,
}

impl Profile {
    /// Returns `None` without an email address that is valid for a sign-up.
    pub(crate) fn of(info: &UserInfo) -> Option<Self> {
        Some(Self {
            name: name_of(info).unwrap_or_default(),
            email: email::normalize(info.email.as_deref()?)?,
            email_verified: info.email_verified,
            image: image_of(info),
        })
    }
}

/// The name without forbidden characters, shortened. `None` if nothing remains.
pub(crate) fn name_of(info: &UserInfo) -> Option<String> {
    let cleaned = name::cleaned(info.name.as_deref()?, MAX_NAME_LEN);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// The image's URL, if browsers can load it from a web server.
pub(crate) fn image_of(info: &UserInfo) -> Option<String> {
    let image = info.image.as_deref().filter(|image| image.len() <= MAX_IMAGE_LEN)?;
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
    let is_plain = !image.contains(|c: char| c.is_control());
    Url::parse(image).is_ok_and(|url| is_web(&url) && is_plain).then(|| image.to_owned())
}

/// The user's id at the provider, if it is valid.
pub(crate) fn subject(info: &UserInfo) -> Option<&str> {
    let is_valid = |subject: &&str| {
        subject.len() <= MAX_SUBJECT_LEN && !subject.contains(|c: char| c.is_control())
    };
    info.subject.as_deref().filter(is_valid)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn info(name: &str, email: &str, image: &str, subject: &str) -> UserInfo {
        UserInfo {
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            email_verified: true,
            image: Some(image.to_owned()),
            data: Value::Null,
            subject: Some(subject.to_owned()),
        }
    }

    #[test]
    fn a_usual_profile_is_unchanged() {
        let info = info("Ann Lee", "Ann@Example.com", "https://a.example/ann.png?s=1", "42");
        let profile = Profile::of(&info).unwrap();
        assert_eq!(profile.name, "Ann Lee");
        assert_eq!(profile.email, "ann@example.com");
        assert_eq!(profile.image.as_deref(), Some("https://a.example/ann.png?s=1"));
        assert_eq!(subject(&info), Some("42"));
    }

    #[test]
    fn absurd_values_are_bounded() {
        let long = "a".repeat(4_096);
        let bounded = info(&long, "a@b.co", &format!("https://a.example/{long}"), &long);
        let profile = Profile::of(&bounded).unwrap();
        assert_eq!(profile.name.len(), MAX_NAME_LEN);
        assert_eq!(profile.image, None);
        assert_eq!(subject(&bounded), None);
        let odd = info("A\nn\0n\u{202e}", "a@b.co", "javascript:alert(1)", "a\0");
        let profile = Profile::of(&odd).unwrap();
        assert_eq!(profile.name, "Ann");
        assert_eq!(profile.image, None);
        assert_eq!(subject(&odd), None);
        for image in
            ["", "/ann.png", "data:image/png;base64,AA==", "https://a.example/\n", "ftp://a"]
        {
            assert_eq!(image_of(&info("", "", image, "")), None, "{image}");
        }
        assert!(Profile::of(&info("Ann", "ann@localhost", "", "1")).is_none());
        assert_eq!(Profile::of(&info("\u{200b}", "a@b.co", "", "1")).unwrap().name, "");
    }
}
