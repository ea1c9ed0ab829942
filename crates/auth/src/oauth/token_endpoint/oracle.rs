//! better-auth's providers send the same token requests, and read the same responses.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::*;
use crate::oauth::{
    fake_provider::provider,
    id_token::tests::now,
    provider::{Definition, oracle::config},
};

const GRANT: CodeGrant<'_> = CodeGrant {
    code: "the code/1",
    code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    redirect_uri: "http://localhost:3000/api/auth/callback/it",
    device_id: Some("device 1"),
};
const REFRESH_TOKEN: &str = "the refresh token/1";

/// A line of the oracle.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Case {
    Request {
        provider: String,
        options: Map<String, Value>,
        exchange: Option<Sent>,
        refresh: Option<Sent>,
    },
    Response {
        response: Value,
        exchanged: Read,
        refreshed: Read,
    },
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Sent {
    url: String,
    method: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    access: Option<String>,
    refresh: Option<String>,
    id: Option<String>,
    kind: Option<String>,
    scopes: Vec<String>,
    expires: Option<f64>,
    refresh_expires: Option<f64>,
}

#[test]
fn requests_and_tokens_are_better_auths() {
    let Some(lines) = lines() else { return };
    let (mut compared, mut wrong, mut responses) = (BTreeSet::new(), Vec::new(), 0);
    let mut compare = |what: String, ours: String, theirs: String| {
        if ours != theirs {
            wrong.push(format!("{what}\n  better-auth: {theirs}\n  ours:        {ours}"));
        }
    };
    for line in lines.lines() {
        match serde_json::from_str(line).unwrap() {
            Case::Request { provider: id, options, exchange, refresh } => {
                let provider = provider_of(&id, &options);
                let (ours, theirs) = (Some(exchange_of(&provider)), exchange.map(normal));
                compare(format!("{id} {options:?} exchange"), show(&ours), show(&theirs));
                let (ours, theirs) = (refresh_of(&provider), refresh.map(normal));
                compare(format!("{id} {options:?} refresh"), show(&ours), show(&theirs));
                compared.insert(id);
            }
            Case::Response { response, exchanged, refreshed } => {
                let ours = show(&read(&response));
                compare(response.to_string(), ours.clone(), show(&exchanged));
                compare(response.to_string(), ours, show(&refreshed));
                responses += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(compared, Definition::built_in().into_keys().collect());
    assert!(responses > 15, "{responses}");
}

/// The oracle's cases, one a line. `None` without Node.js: the test is skipped.
fn lines() -> Option<String> {
    skips::oracle("token-oracle.mjs", &[], "better-auth")
}

fn show(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

fn provider_of(id: &str, options: &Map<String, Value>) -> Provider {
    let mut config = config(id, options);
    config.client_ids = vec!["client id".to_owned()];
    config.client_secret = Some(SecretString::from("client: sécret*"));
    Provider::new(config, None).unwrap()
}

fn exchange_of(provider: &Provider) -> Sent {
    if provider.config.definition.special_case == Some(SpecialCase::Wechat) {
        return got(&wechat::exchange_url(provider, GRANT.code));
    }
    posted(provider, provider.exchange_request(&GRANT, now()).unwrap())
}

fn refresh_of(provider: &Provider) -> Option<Sent> {
    let definition = &provider.config.definition;
    if definition.special_case == Some(SpecialCase::Wechat) {
        return Some(got(&wechat::refresh_url(provider, REFRESH_TOKEN)));
    }
    let request = provider.refresh_request(REFRESH_TOKEN, now()).unwrap();
    (!definition.token.no_refresh).then(|| posted(provider, request))
}

fn got(url: &url::Url) -> Sent {
    let (headers, body) = (BTreeMap::new(), String::new());
    normal(Sent { url: url.to_string(), method: "GET".to_owned(), headers, body })
}

fn posted(provider: &Provider, TokenRequest { headers, form }: TokenRequest) -> Sent {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form.pairs());
    normal(Sent {
        url: provider.token_url.to_string(),
        method: "POST".to_owned(),
        headers: headers.into_iter().collect(),
        body: body.finish(),
    })
}

/// A request whose URL has one spelling, with the header of the client alone: the client of HTTP
/// adds the types, and a definition's own headers are for a refresh, too.
fn normal(mut sent: Sent) -> Sent {
    let mut url = url::Url::parse(&sent.url).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if !pairs.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    sent.headers.retain(|name, _| name == "authorization");
    Sent { url: url.into(), ..sent }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn read(response: &Value) -> Read {
    let urls = "authorization_url = 'https://a.example'\ntoken_url = 'https://a.example'";
    let tokens = provider(urls).read_tokens(response, now()).unwrap();
    let seconds = |end: Option<DateTime<Utc>>| {
        end.map(|end| (end - now()).num_milliseconds() as f64 / 1000.0)
    };
    Read {
        expires: seconds(tokens.access_token_expires_at),
        refresh_expires: seconds(tokens.refresh_token_expires_at),
        access: tokens.access_token,
        refresh: tokens.refresh_token,
        id: tokens.id_token,
        kind: tokens.token_type,
        scopes: tokens.scopes,
    }
}
