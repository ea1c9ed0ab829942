//! Requests the profile of a user: the claims of the id token, or the response of the user info
//! URL.

use crypto::jwk::decode_unverified;
use http_client::HttpError;
use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};
use url::Url;

use super::{
    Check, ProfileSource, Provider, UserInfo,
    mapping::{is_true, is_truthy, subject},
    placeholders::replace_placeholders,
};
use crate::{
    context::{COMPONENT, Context},
    oauth::tokens::Tokens,
};

/// `{access_token}` in the path of a URL.
const ACCESS_TOKEN_IN_URL: &str = "%7Baccess_token%7D";

/// What belongs to one request for a profile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UserInfoRequest<'a> {
    /// The nonce that the id token must have.
    pub(crate) expected_nonce: Option<&'a str>,
    /// The field `user` of Apple's callback, which the first sign-in has.
    pub(crate) first_sign_in_user: Option<&'a Value>,
    /// Whether to request a photo that is no URL. Only `account-info` shows one; users have URLs.
    pub(crate) embeds_photo: bool,
}

/// A profile, before it becomes a user.
pub(super) struct RawProfile {
    pub(super) data: Value,
    /// Whether these are the claims of the id token.
    pub(super) is_id_token: bool,
    /// Whether the email address is verified, if the mapping cannot know it.
    pub(super) email_verified: Option<bool>,
}

/// The id token is not valid.
struct InvalidIdToken;

impl Provider {
    /// The user to whom the provider issued the tokens. `None`: the provider refused, or the
    /// profile lacks what is required; the reason is logged.
    pub(crate) async fn user_info(
        &self,
        context: &Context,
        tokens: &Tokens,
        request: UserInfoRequest<'_>,
    ) -> Option<UserInfo> {
        let user = Box::pin(self.request_user(context, tokens, request)).await;
        if user.is_none() {
            tracing::warn!(provider = self.id(), "provider gave no usable profile");
        }
        user
    }

    async fn request_user(
        &self,
        context: &Context,
        tokens: &Tokens,
        request: UserInfoRequest<'_>,
    ) -> Option<UserInfo> {
        let claims = self.claims(context, tokens, request).await.ok()?;
        let definition = &self.config.definition;
        let mut profile = self.profile(context, tokens, claims.as_ref()).await?;
        if let Some(special_case) = definition.special_case {
            special_case.apply(self, context, tokens, request, &mut profile).await?;
        }
        let RawProfile { data, email_verified, .. } = profile;
        let mut user = definition.profile.apply(self.id(), data)?;
        if definition.profile.subject.is_empty() {
            user.subject = self.standard_subject(claims.as_ref(), &user.data);
        }
        user.email_verified = email_verified.unwrap_or(user.email_verified);
        Some(user)
    }

    /// The claims of the id token, if there is one. As in better-auth, only the id tokens of custom
    /// providers are verified here. Those of built-in providers come from the token URL by TLS, or
    /// were verified before.
    async fn claims(
        &self,
        context: &Context,
        tokens: &Tokens,
        request: UserInfoRequest<'_>,
    ) -> Result<Option<Value>, InvalidIdToken> {
        let Some(token) = &tokens.id_token else { return Ok(None) };
        if !self.config.definition.built_in && self.id_token.is_some() {
            let claims = self.verify_id_token(context, token, request.expected_nonce).await;
            return claims.map(|claims| Some(Value::from(claims))).ok_or(InvalidIdToken);
        }
        Ok(decode_unverified(token).map(Value::from))
    }

    async fn profile(
        &self,
        context: &Context,
        tokens: &Tokens,
        claims: Option<&Value>,
    ) -> Option<RawProfile> {
        let definition = &self.config.definition;
        let source = definition.user_info.source.unwrap_or(if definition.built_in {
            ProfileSource::Endpoint
        } else {
            ProfileSource::IdTokenWithEmailOrEndpoint
        });
        let usable = match source {
            ProfileSource::Endpoint => None,
            ProfileSource::IdToken => Some(claims?),
            ProfileSource::IdTokenOrEndpoint => claims,
            ProfileSource::IdTokenWithEmailOrEndpoint => claims
                .filter(|claims| is_truthy(claims.get("sub")) && is_truthy(claims.get("email"))),
        };
        let is_id_token = usable.is_some();
        let response = match usable {
            Some(claims) => claims.clone(),
            None => self.request_profile(context, tokens).await?,
        };
        let found = |check: &Check| check.passes(&response);
        if !definition.user_info.checks.iter().all(found) {
            tracing::info!(provider = self.id(), "profile failed a check of the provider");
            return None;
        }
        let mut data = response.pointer(&definition.user_info.pointer)?.clone();
        if !data.is_object() {
            return None;
        }
        if !definition.built_in {
            self.normalize(&mut data, is_id_token, claims)?;
        }
        Some(RawProfile { data, is_id_token, email_verified: None })
    }

    /// Adds better-auth's names of the standard claims to a custom provider's profile. `None` if
    /// the profile has another subject than the id token.
    fn normalize(&self, data: &mut Value, is_id_token: bool, claims: Option<&Value>) -> Option<()> {
        let expected = claims.filter(|_| self.id_token.is_some()).and_then(|c| c.get("sub"));
        if let Some(expected) = expected
            && !is_id_token
        {
            let sub = subject(&["/sub".to_owned()], data);
            if sub.as_deref() != expected.as_str() {
                tracing::warn!(provider = self.id(), "profile and id token differ in the subject");
                return None;
            }
        }
        let verified = is_true(data.get("email_verified"));
        let (image, sub) = (data.get("picture").cloned(), data.get("sub").cloned());
        let object = data.as_object_mut()?;
        object.insert("emailVerified".to_owned(), verified.into());
        if let Some(image) = image {
            object.insert("image".to_owned(), image);
        }
        if let Some(sub) = sub.filter(|_| is_id_token) {
            object.entry("id").or_insert(sub);
        }
        Some(())
    }

    /// The subject of a provider without a mapping of it. Never another claim at run time: an
    /// account would get another identity.
    fn standard_subject(&self, claims: Option<&Value>, profile: &Value) -> Option<String> {
        let sub = ["/sub".to_owned()];
        match claims {
            _ if !self.is_open_id => subject(&["/id".to_owned()], profile),
            Some(claims) if self.id_token.is_some() => subject(&sub, claims),
            _ => subject(&sub, profile),
        }
    }

    async fn request_profile(&self, context: &Context, tokens: &Tokens) -> Option<Value> {
        let Some(access_token) = tokens.access_token.as_deref() else {
            tracing::info!(provider = self.id(), "profile requires an access token");
            return None;
        };
        let mut url = self.profile_url(access_token)?;
        let definition = &self.config.definition.user_info;
        let expand = |template: &str| self.expand_request(template, tokens);
        for (name, template) in &definition.query {
            url.query_pairs_mut().append_pair(name, &expand(template)?);
        }
        let mut form = Vec::new();
        for (name, template) in &definition.form {
            form.push((name.as_str(), expand(template)?));
        }
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, &**value)).collect();
        let authorization = self.authorization_header(access_token);
        let mut headers = authorization.as_deref().map(|a| ("authorization", a));
        let own = definition.headers.iter().map(|(name, value)| (&**name, &**value));
        let headers: Vec<_> = headers.take().into_iter().chain(own).collect();
        let http = &context.http;
        let response = match &definition.graphql {
            Some(query) => http.post_json(url.as_str(), &headers, &json!({"query": query})).await,
            None if !form.is_empty() => http.post_form(url.as_str(), &headers, &form).await,
            None if definition.post => http.post_json(url.as_str(), &headers, &Value::Null).await,
            None => http.get_json(url.as_str(), &headers).await,
        };
        let has_secret = self.url_has_access_token();
        self.logged(response.map_err(|error| if has_secret { error.without_path() } else { error }))
    }

    /// The user info URL, with the access token in its path if the definition says so.
    fn profile_url(&self, access_token: &str) -> Option<Url> {
        let url = self.user_info_url.as_ref()?;
        if !self.url_has_access_token() {
            return Some(url.clone());
        }
        let encoded = utf8_percent_encode(access_token, COMPONENT).to_string();
        Url::parse(&url.as_str().replace(ACCESS_TOKEN_IN_URL, &encoded)).ok()
    }

    fn url_has_access_token(&self) -> bool {
        self.user_info_url.as_ref().is_some_and(|url| url.path().contains(ACCESS_TOKEN_IN_URL))
    }

    /// Requests a further document with the access token.
    pub(super) async fn get(&self, context: &Context, url: &Url, token: &str) -> Option<Value> {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer)];
        self.logged(context.http.get_json(url.as_str(), &headers).await)
    }

    /// Logs a failure.
    pub(super) fn logged<T>(&self, response: Result<T, HttpError>) -> Option<T> {
        response
            .inspect_err(|error| {
                tracing::warn!(provider = self.id(), %error, "request for the profile failed");
            })
            .ok()
    }

    /// The header that has the access token, unless the request has it elsewhere.
    fn authorization_header(&self, access_token: &str) -> Option<String> {
        let definition = &self.config.definition.user_info;
        let mut templates = definition.query.values().chain(definition.form.values());
        if self.url_has_access_token() || templates.any(|text| text.contains("{access_token}")) {
            return None;
        }
        let scheme = definition.scheme.as_deref().unwrap_or("Bearer");
        Some(format!("{scheme} {access_token}"))
    }

    /// Replaces the variables of a request for the profile.
    fn expand_request(&self, template: &str, tokens: &Tokens) -> Option<String> {
        let value = |name: &str| match name {
            "access_token" => tokens.access_token.clone(),
            "client_id" => Some(self.client_id().to_owned()),
            "openid" => tokens.openid.clone(),
            _ => self.config.definition.variable(name),
        };
        replace_placeholders(template, value).ok()
    }
}

impl Check {
    fn passes(&self, response: &Value) -> bool {
        let value = response.pointer(&self.at);
        let equal = match &self.equals {
            Some(text) => value.and_then(Value::as_str) == Some(text),
            None => true,
        };
        equal && self.truthy.is_none_or(|expected| is_truthy(value) == expected)
    }
}
