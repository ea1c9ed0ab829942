//! The sign-in methods, and what they prove.

use mailer::Channel;

/// A sign-in method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Anonymous,
    DeviceAuthorization,
    Email,
    EmailOtp,
    EmailVerification,
    MagicLink,
    Passkey,
    /// The session of a user who changes their own account, and gets a new one.
    OwnSession,
    /// A phone number and a password.
    PhoneNumber,
    /// A code by SMS.
    PhoneNumberCode,
    /// The answer to a challenge. The method of the first step was noted before.
    SecondFactor,
    /// A provider, by its id.
    Provider(String),
    Siwe,
    Username,
}

impl Method {
    /// better-auth's name of the method in the plugin `last-login-method`; `None` if the plugin does
    /// not note it.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Email => Some("email"),
            Self::EmailOtp => Some("email-otp"),
            Self::MagicLink => Some("magic-link"),
            Self::Passkey => Some("passkey"),
            Self::Provider(id) => Some(id),
            Self::Siwe => Some("siwe"),
            Self::Anonymous
            | Self::DeviceAuthorization
            | Self::EmailVerification
            | Self::OwnSession
            | Self::PhoneNumber
            | Self::PhoneNumberCode
            | Self::SecondFactor
            | Self::Username => None,
        }
    }

    /// Whether the method proves a credential of the user, which guests have none of.
    pub(crate) fn proves_credential(&self) -> bool {
        !matches!(self, Self::Anonymous | Self::DeviceAuthorization | Self::OwnSession)
    }

    /// How the link or the code that the method takes reached the user; `None` if it takes none.
    pub(crate) fn channel(&self) -> Option<Channel> {
        match self {
            Self::EmailOtp | Self::EmailVerification | Self::MagicLink => Some(Channel::Mail),
            Self::PhoneNumberCode => Some(Channel::Sms),
            Self::Anonymous
            | Self::DeviceAuthorization
            | Self::Email
            | Self::OwnSession
            | Self::Passkey
            | Self::PhoneNumber
            | Self::Provider(_)
            | Self::SecondFactor
            | Self::Siwe
            | Self::Username => None,
        }
    }

    /// Whether the user's email address must be verified where a setting requires it. The other
    /// methods verify the address, have settings of their own, or belong to users without an address.
    pub(crate) fn requires_verified_email(&self) -> bool {
        matches!(self, Self::Email | Self::Passkey | Self::Username)
    }
}

/// What a sign-in proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// One factor, e.g. a password or a mailed link: users with a second factor are asked for it.
    OneFactor,
    /// Two factors: a challenge was answered, or a passkey verified its user.
    TwoFactors,
    /// A session that began with all factors of its user.
    Session,
}
