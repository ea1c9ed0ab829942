//! better-auth's providers and these make the same authorization URLs and the same users.

mod case;
mod configured;
mod fake;

use std::{collections::BTreeMap, path::Path};

use database::{Database, DatabaseUrl};
use domain::Clock;
use mailer::Mailer;
use serde_json::Value;
use url::Url;

pub(crate) use self::configured::config;
use self::{
    case::{Case, Found, ProfileCase, UrlCase},
    configured::{examples, provider},
    fake::{Fake, sorted},
};
use super::{AuthorizationRequest, Definition, UserInfo, UserInfoRequest};
use crate::{config::AuthConfig, context::Context, oauth::Tokens};

#[tokio::test]
async fn authorization_urls_and_users_are_better_auths() {
    let Some(lines) = lines() else { return };
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let context = context(folder.path()).await;
    let (mut results, mut wrong) = (BTreeMap::<String, [[usize; 2]; 2]>::new(), Vec::new());
    for line in lines.lines() {
        let (provider, column, found) = match serde_json::from_str(line).unwrap() {
            Case::Url(case) => (row(&case.provider, case.file), 0, differing_url(&case)),
            Case::Profile(case) => {
                let found = differing_user(&case, &context, &fake).await;
                (row(&case.provider, case.file), 1, found)
            }
        };
        let [equal, all] = &mut results.entry(provider).or_default()[column];
        *equal += usize::from(found.is_none());
        *all += 1;
        wrong.extend(found);
    }
    println!("| provider | URLs equal | users equal |\n|---|---|---|");
    for (provider, [[urls, all_urls], [users, all_users]]) in &results {
        println!("| {provider} | {urls} of {all_urls} | {users} of {all_users} |");
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    for id in Definition::built_in().keys() {
        let [[urls, _], [users, _]] = results[id];
        assert!(urls >= 8 && users >= 3, "{id} {urls} {users}");
    }
    for id in examples().keys() {
        let [[urls, _], [users, _]] = results[&format!("{id} (file)")];
        assert!(urls == 2 && users >= 3, "{id} {urls} {users}");
    }
}

/// The oracle's cases, one a line. `None` without Node.js: the test is skipped.
fn lines() -> Option<String> {
    skips::oracle("oauth-oracle.mjs", &[], "better-auth")
}

/// The name of a provider in the table.
fn row(id: &str, is_example: bool) -> String {
    format!("{id}{}", if is_example { " (file)" } else { "" })
}

async fn context(folder: &Path) -> Context {
    let url = Url::parse("http://localhost:3000").unwrap();
    let config = AuthConfig::new(url, "0123456789abcdefghijklmnopqrstuv".into()).unwrap();
    let db = Database::connect(&DatabaseUrl::sqlite(folder.join("b.db"))).await.unwrap();
    let mails = mailer::Config::new(mailer::TransportConfig::Off);
    let clock = Clock::system();
    let mailer = Mailer::new(mails, db.clone(), config.secrets.clone(), clock.clone()).unwrap();
    Context::new(config, db, mailer, clock)
}

/// What differs, if the URL does.
fn differing_url(case: &UrlCase) -> Option<String> {
    let UrlCase { provider: id, options, file, discovery, request, verifier, url: expected } = case;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let additional: Vec<_> =
        request.additional_params.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let provider = provider(id, options, *file, discovery.as_ref(), str::to_owned);
    assert_eq!(provider.requires_nonce(), request.nonce.is_some(), "{id}");
    let url = provider.authorization_url(&AuthorizationRequest {
        state: "state-of-the-sign-in",
        code_verifier: verifier,
        redirect_uri: &format!("http://localhost:3000/api/auth/callback/{id}"),
        scopes: &request.scopes,
        login_hint: request.login_hint.as_deref(),
        nonce: request.nonce.as_deref(),
        additional_params: &additional,
    });
    let url = url.unwrap();
    let parts = |url: &Url| {
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.sort();
        (url[..url::Position::AfterPath].to_owned(), pairs, url.fragment().map(str::to_owned))
    };
    let (ours, theirs) = (parts(&url), parts(&Url::parse(expected).unwrap()));
    (ours != theirs)
        .then(|| format!("{id} {options:?}\n  better-auth: {theirs:?}\n  ours:        {ours:?}"))
}

/// The examples whose profiles better-auth's helpers rewrite.
const HELPERS: [&str; 7] =
    ["gumroad", "hubspot", "line-jp", "microsoft-entra-id", "patreon", "slack", "yandex"];

/// What differs, if the user or the requests do.
async fn differing_user(case: &ProfileCase, context: &Context, fake: &Fake) -> Option<String> {
    let ProfileCase {
        provider: id, variant, options, file, discovery, tokens, user, answers, ..
    } = case;
    let provider = provider(id, options, *file, discovery.as_ref(), |url| fake.url_of(url));
    fake.expect(answers);
    let tokens = Tokens {
        access_token: tokens.access_token.clone(),
        id_token: tokens.id_token.clone(),
        openid: tokens.openid.clone(),
        ..Tokens::default()
    };
    let request = UserInfoRequest {
        first_sign_in_user: user.as_ref(),
        expected_nonce: case.nonce.as_deref(),
        embeds_photo: true,
    };
    let found = provider.user_info(context, &tokens, request).await;
    let mut expected = case.found.as_ref().map(user_of);
    let mut found = found.map(|user| UserInfo { data: without_nulls(user.data), ..user });
    if *file && HELPERS.contains(&&**id) {
        // better-auth's helpers reduce the profile to the user.
        let all = [&mut expected, &mut found];
        all.into_iter().flatten().for_each(|user| user.data = Value::Null);
    }
    let sent = fake.sent();
    // A refusal may need fewer requests.
    let requests = if found.is_some() { sorted(&case.requests) } else { sent.clone() };
    let equal = expected == found && requests == sent;
    (!equal).then(|| {
        format!(
            "{id}, {variant}\n  better-auth: {expected:?} {requests:?}\n  ours:        {found:?} \
             {sent:?}"
        )
    })
}

fn user_of(Found { user, data, subject }: &Found) -> UserInfo {
    UserInfo {
        name: user.name.clone(),
        email: user.email.clone(),
        email_verified: user.email_verified.unwrap_or_default(),
        image: user.image.clone(),
        data: without_nulls(data.clone()),
        subject: subject.clone(),
    }
}

/// JavaScript's `undefined` is not written, and `null` has the same meaning.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value => value,
    }
}
