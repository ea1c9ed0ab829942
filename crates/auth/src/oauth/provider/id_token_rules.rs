//! The rules by which an id token of a provider is verified.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The rules by which an id token of a provider is verified.
#[derive(Clone, Debug)]
pub(crate) struct IdTokenRules {
    /// The allowed values of `iss`. Empty: `claims` decides.
    pub(crate) issuers: Vec<String>,
    /// The allowed values of `aud`: the client ids of this server.
    pub(crate) audiences: Vec<String>,
    pub(crate) verification: Verification,
    /// The allowed signature algorithms. Empty: every one that the JWKS's keys allow.
    pub(crate) algorithms: Vec<String>,
    /// The maximum time since `iat`.
    pub(crate) max_age: Option<TimeDelta>,
    pub(crate) nonce: NonceComparison,
    /// Whether a token that is no JWT is an access token, which the request for the profile
    /// checks.
    pub(crate) allow_opaque: bool,
    pub(crate) claims: ClaimsCheck,
}

/// Who verifies the signature.
#[derive(Clone, Debug)]
pub(crate) enum Verification {
    /// This server, by the provider's JWKS. Requests for it have these headers.
    Jwks { url: Url, headers: Vec<(String, String)> },
    /// The provider, at this URL (LINE).
    Endpoint { url: Url },
}

/// How the claim `nonce` is compared with the expected nonce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonceComparison {
    /// Equal.
    #[default]
    Exact,
    /// Equal, or the lowercase hexadecimal SHA-256 hash of the expected nonce.
    ExactOrSha256,
}

/// What the claims of a token must fulfill besides the rules of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClaimsCheck {
    None,
    /// `hd` is this Google Workspace domain; any if `*`.
    HostedDomain(String),
    /// The issuer is the token's own tenant `tid`, whose class this setting of the tenant allows.
    MicrosoftTenant {
        authority: String,
        tenant: String,
    },
}

/// Microsoft's tenant of personal accounts.
/// Source: <https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference>
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

impl ClaimsCheck {
    /// Whether the claims pass.
    pub(crate) fn allows(&self, claims: &Value) -> bool {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        match self {
            Self::None => true,
            Self::HostedDomain(expected) => text("hd")
                .is_some_and(|found| !found.is_empty() && (expected == "*" || found == expected)),
            Self::MicrosoftTenant { authority, tenant } => text("tid").is_some_and(|tid| {
                let class_allowed = match tenant.as_str() {
                    "organizations" => tid != CONSUMERS,
                    "consumers" => tid == CONSUMERS,
                    _ => true,
                };
                class_allowed && text("iss") == Some(&*format!("{authority}/{tid}/v2.0"))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hosted_domain_is_required_exactly() {
        let check = ClaimsCheck::HostedDomain("example.com".to_owned());
        assert!(check.allows(&json!({"hd": "example.com"})));
        for hd in [json!(null), json!(""), json!("example.org"), json!(["example.com"])] {
            assert!(!check.allows(&json!({ "hd": hd })), "{hd}");
        }
        let any = ClaimsCheck::HostedDomain("*".to_owned());
        assert!(any.allows(&json!({"hd": "example.org"})));
        assert!(!any.allows(&json!({"hd": ""})) && !any.allows(&json!({})));
    }

    #[test]
    fn a_microsoft_token_names_its_own_tenant_of_an_allowed_class() {
        let check = |tenant: &str| ClaimsCheck::MicrosoftTenant {
            authority: "https://login.example".to_owned(),
            tenant: tenant.to_owned(),
        };
        let claims =
            |tid: &str| json!({"tid": tid, "iss": format!("https://login.example/{tid}/v2.0")});
        assert!(
            check("common").allows(&claims("t1")) && check("common").allows(&claims(CONSUMERS))
        );
        assert!(check("organizations").allows(&claims("t1")));
        assert!(!check("organizations").allows(&claims(CONSUMERS)));
        assert!(check("consumers").allows(&claims(CONSUMERS)));
        assert!(!check("consumers").allows(&claims("t1")));
        let foreign = json!({"tid": "t1", "iss": "https://login.example/t2/v2.0"});
        assert!(!check("common").allows(&foreign) && !check("common").allows(&json!({})));
    }
}
