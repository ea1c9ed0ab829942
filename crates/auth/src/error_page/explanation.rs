//! What an error code means to a user, and what the user can do.

/// Lower-case codes, and what they mean. better-auth's codes of links are in capitals, and those
/// of sign-in with a provider are not.
const EXPLANATIONS: [(&[&str], &str); 27] = [
    (&["invalid_token"], "This link is not valid, or was used already. Ask for a new one."),
    (&["token_expired"], "This link has expired. Ask for a new one."),
    (
        &["reset_link_used"],
        "This link was used already, and works once. Sign in with the password that was chosen \
         then, or ask for a new link.",
    ),
    (
        &["failed_to_get_user_info"],
        "This link works where you are signed in. Sign in to your account in this browser, and \
         open the link again.",
    ),
    (&["user_not_found"], "The account was deleted, or has another address now."),
    (
        &["invalid_user"],
        "You are signed in as another user than this link is for. Sign out, and open the link \
         again.",
    ),
    (
        &["user_already_exists_use_another_email"],
        "Another account has this address meanwhile. Choose another one.",
    ),
    (&["email_not_verified"], "Verify your address first, by the link that was mailed."),
    (
        STATE,
        "This sign-in does not belong to this browser, took too long, or was completed already. \
         Go back and sign in again, in one browser that keeps cookies.",
    ),
    (
        REFUSED,
        "You refused the sign-in at the provider, or the provider does not allow it. Go back to \
         try again, or use another sign-in method.",
    ),
    (
        SIGN_UP_DISABLED,
        "No user has this account of the provider, and new users cannot sign up with it.",
    ),
    (
        &["new_user_signup_disabled"],
        "No user has this address, and new users cannot sign up by such a link.",
    ),
    (
        NOT_LINKED,
        "A user with your email address exists already, and this account of the provider is not \
         linked to it. Sign in as you did before; then you can link the account.",
    ),
    (
        &["unable_to_link_account"],
        "This account of the provider cannot be linked to your user. Sign in as you did before.",
    ),
    (
        &["email_does_not_match"],
        "This account of the provider has another email address than your user. Choose an \
         account with the same address.",
    ),
    (
        &["account_already_linked_to_different_user", "account_ownership_conflict"],
        "This account of the provider is linked to another user. Choose another account, or sign \
         in as that user and unlink it first.",
    ),
    (
        NO_EMAIL,
        "The provider did not share your email address. Allow that, or add an address to your \
         account there; then try again.",
    ),
    (
        &["no_code", "invalid_callback_request"],
        "The provider's answer is not complete. Go back and sign in again.",
    ),
    (
        INVALID_CODE,
        "The provider did not confirm the sign-in, perhaps because it took too long. Go back and \
         sign in again.",
    ),
    (
        NO_USER_INFO,
        "The provider's description of your account is missing, or could not be verified. Go back \
         and sign in again.",
    ),
    (NOT_FOUND, "This provider is not available at the moment. Use another sign-in method."),
    (
        OTHER_ISSUER,
        "The answer may come from another provider than the chosen one, so it was not used. Go \
         back and sign in again.",
    ),
    (
        &["missing_profile", "invalid_profile", "invalid_payload", "payload_expired"],
        "The answer of the server that signed you in is not valid, or came too late. Go back and \
         sign in again.",
    ),
    (
        &["untrusted_preview"],
        "The server where you began may not sign you in through this one. Its administrator must \
         add it to the trusted origins.",
    ),
    (
        REGISTRATION,
        "The provider refuses this service. An administrator must correct the service's \
         registration at the provider.",
    ),
    (
        &["login_required", "consent_required", "interaction_required"],
        "You must sign in at the provider first. Go back and sign in again.",
    ),
    (
        &["server_error", "temporarily_unavailable"],
        "The provider has a problem at the moment. Try again later, or use another sign-in method.",
    ),
];

/// The state of the sign-in was not found, or belongs to another browser.
pub(super) const STATE: &[&str] = &[
    "state_mismatch",
    "state_not_found",
    "state_invalid",
    "state_security_mismatch",
    "invalid_state",
    "please_restart_the_process",
];
/// The user, or the provider, refused. The standard's code, LinkedIn's and Apple's.
pub(super) const REFUSED: &[&str] =
    &["access_denied", "user_cancelled_login", "user_cancelled_authorize"];
/// The user is new, but must not be created.
pub(super) const SIGN_UP_DISABLED: &[&str] = &["signup_disabled"];
/// The linking rules refuse.
pub(super) const NOT_LINKED: &[&str] = &["account_not_linked"];
/// The profile has no address.
pub(super) const NO_EMAIL: &[&str] = &["email_not_found"];
/// The token endpoint refused the code.
pub(super) const INVALID_CODE: &[&str] = &["invalid_code"];
/// No profile, or an id token that is not valid.
pub(super) const NO_USER_INFO: &[&str] = &["unable_to_get_user_info"];
/// The provider is not configured, or its discovery failed.
pub(super) const NOT_FOUND: &[&str] = &["oauth_provider_not_found", "provider_mismatch"];
/// The authorization response is not bound to the provider or to the sign-in.
pub(super) const OTHER_ISSUER: &[&str] =
    &["issuer_mismatch", "issuer_missing", "nonce_binding_missing"];
/// Refusals of the authorization endpoint: RFC 6749, section 4.1.2.1, and GitHub's.
pub(super) const REGISTRATION: &[&str] = &[
    "redirect_uri_mismatch",
    "invalid_request",
    "unauthorized_client",
    "unsupported_response_type",
    "invalid_scope",
    "application_suspended",
];

/// Explains an error, and what the user can do.
pub(super) fn explanation(code: &str) -> &'static str {
    let code = code.to_ascii_lowercase();
    let known = EXPLANATIONS.iter().find(|(codes, _)| codes.contains(&code.as_str()));
    known.map_or("Something went wrong. Go back and try again.", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_has_one_explanation() {
        let codes: Vec<_> = EXPLANATIONS.iter().flat_map(|(codes, _)| *codes).collect();
        let distinct: HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
        assert!(codes.iter().all(|code| **code == code.to_ascii_lowercase()));
        assert_eq!(explanation("INVALID_TOKEN"), explanation("invalid_token"));
    }
}
