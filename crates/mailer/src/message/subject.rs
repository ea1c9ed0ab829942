//! The subjects of mails.

use super::Message;

impl Message {
    /// The subject. Contains no text of users.
    pub(crate) fn subject(&self, product: &str) -> String {
        match self {
            Self::Verification { .. } => format!("Confirm your address for {product}"),
            Self::Reset { .. } => format!("Reset your {product} password"),
            Self::ChangeEmailConfirmation { .. } => {
                format!("Confirm the change of your {product} address")
            }
            Self::ChangeEmailVerification { .. } => {
                format!("Confirm your new address for {product}")
            }
            Self::DeleteAccount { .. } => format!("Confirm the deletion of your {product} account"),
            Self::Welcome { .. } => format!("Welcome to {product}"),
            Self::PasswordChanged { .. } => format!("Your {product} password was changed"),
            Self::PhoneNumberChanged { .. } => {
                format!("Your {product} phone number was changed")
            }
            Self::EmailChangeRequested { .. } => {
                format!("A change of your {product} address was requested")
            }
            Self::EmailChangeConfirmed { .. } => {
                format!("The change of your {product} address was confirmed")
            }
            Self::EmailChanged { .. } => format!("Your {product} address was changed"),
            Self::AccountExists { .. } => format!("You have a {product} account already"),
            Self::MagicLink { .. } => format!("Sign in to {product}"),
            Self::SignInCode { .. } => format!("Your code to sign in to {product}"),
            Self::VerificationCode { .. } => format!("Your code to confirm your {product} address"),
            Self::ResetCode { .. } => format!("Your code to reset your {product} password"),
            Self::ChangeEmailCode { .. } => {
                format!("Your code to confirm your new {product} address")
            }
            Self::TwoFactorCode { .. } => {
                format!("Your code for the second step of signing in to {product}")
            }
        }
    }
}
