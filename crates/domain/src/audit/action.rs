//! The actions of audit events.

/// An action, completed or attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// An account was created.
    SignUp,
    /// A session began.
    SignIn,
    /// The owner ended the session.
    SignOut,
    /// One session was revoked.
    RevokeSession,
    /// Several sessions were revoked.
    RevokeSessions,
    /// A password was changed with the old one.
    ChangePassword,
    /// A password was verified without signing in.
    VerifyPassword,
    /// A link to reset a password was requested.
    RequestPasswordReset,
    /// A password was reset by a mailed link.
    ResetPassword,
    /// An email address was verified.
    VerifyEmail,
    /// A change of the address was requested.
    RequestEmailChange,
    /// The owner of the old address confirmed the change.
    ConfirmEmailChange,
    /// The address was changed.
    ChangeEmail,
    /// A phone number was verified, and is the account's.
    ChangePhoneNumber,
    /// A role was assigned.
    ChangeRole,
    /// An account at a provider became a sign-in method.
    LinkAccount,
    /// An account was removed from the sign-in methods.
    UnlinkAccount,
    /// A passkey became a sign-in method.
    AddPasskey,
    /// A passkey was deleted.
    DeletePasskey,
    /// A link to delete an account was requested.
    RequestDeletion,
    /// An account was deleted.
    DeleteUser,
    /// What a guest, the subject, owned went to a user.
    TransferGuest,
    /// A second factor was turned on.
    EnableTwoFactor,
    /// The second factor was turned off.
    DisableTwoFactor,
    /// New backup codes replaced the old ones.
    GenerateBackupCodes,
    /// The key of the authenticator app was shown again.
    ShowTotpKey,
    /// A user allowed a device client to sign in as them.
    ApproveDevice,
    /// A user refused a device client.
    DenyDevice,
    /// Forwarded headers came from a peer that is not a trusted proxy.
    UntrustedProxy,
}

impl AuditAction {
    /// The stable name, e.g. `sign-in`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::RevokeSession => "revoke-session",
            Self::RevokeSessions => "revoke-sessions",
            Self::ChangePassword => "change-password",
            Self::VerifyPassword => "verify-password",
            Self::RequestPasswordReset => "request-password-reset",
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
            Self::RequestEmailChange => "request-email-change",
            Self::ConfirmEmailChange => "confirm-email-change",
            Self::ChangeEmail => "change-email",
            Self::ChangePhoneNumber => "change-phone-number",
            Self::ChangeRole => "change-role",
            Self::LinkAccount => "link-account",
            Self::UnlinkAccount => "unlink-account",
            Self::AddPasskey => "add-passkey",
            Self::DeletePasskey => "delete-passkey",
            Self::RequestDeletion => "request-deletion",
            Self::DeleteUser => "delete-user",
            Self::TransferGuest => "take-over-guest",
            Self::EnableTwoFactor => "enable-two-factor",
            Self::DisableTwoFactor => "disable-two-factor",
            Self::GenerateBackupCodes => "generate-backup-codes",
            Self::ShowTotpKey => "show-totp-key",
            Self::ApproveDevice => "approve-device",
            Self::DenyDevice => "deny-device",
            Self::UntrustedProxy => "untrusted-proxy",
        }
    }
}
