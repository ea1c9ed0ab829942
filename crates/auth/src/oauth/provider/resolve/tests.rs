use super::*;

fn definition(text: &str) -> Definition {
    Definition::parse(&format!("[acme]\n{text}")).unwrap().remove("acme").unwrap()
}

#[test]
fn every_provider_works_with_its_required_variables_alone() {
    for (id, mut definition) in Definition::built_in() {
        let required: Vec<_> = definition.variables.iter().filter(|(_, it)| it.required).collect();
        let required: Vec<_> =
            required.into_iter().map(|(name, it)| (name.clone(), it.example.clone())).collect();
        for (name, example) in required {
            let missing = definition.check();
            let expected = matches!(missing, Err(DefinitionError::MissingVariable { .. }));
            assert!(expected, "{id} works without {name}: {missing:?}");
            definition.set_variable(&name, &example).unwrap();
        }
        assert_eq!(definition.check(), Ok(()), "{id}");
        assert!(definition.console.is_some(), "{id}");
        assert!(!definition.profile.subject.is_empty(), "{id}");
        for (name, variable) in definition.variables.clone() {
            definition.set_variable(&name, &variable.example).unwrap();
            assert!(!variable.description.is_empty() && !variable.example.is_empty());
        }
        assert_eq!(definition.check(), Ok(()), "{id}");
    }
}

#[test]
fn urls_are_https_or_on_this_machine() {
    let urls = |url: &str| {
        let text = format!("authorization_url = '{url}'\ntoken_url = 'https://a.example'");
        definition(&text).check()
    };
    for good in
        ["https://a.example/b?c=d", "http://localhost:1", "http://127.0.0.1/", "http://[::1]/"]
    {
        assert_eq!(urls(good), Ok(()), "{good}");
    }
    for bad in ["http://a.example", "ftp://localhost", "a.example", "javascript:alert(1)", ""] {
        assert!(matches!(urls(bad), Err(DefinitionError::InvalidUrl { .. })), "{bad}");
    }
    let unknown = urls("https://{tenant}.example");
    assert_eq!(unknown, Err(DefinitionError::UnknownVariable { name: "tenant".to_owned() }));
    let none = definition("token_url = 'https://a.example'").check();
    assert_eq!(none, Err(DefinitionError::MissingUrl { key: "authorization_url" }));
}

#[test]
fn a_jwks_requires_an_issuer() {
    let text = "authorization_url = 'https://a.example'\ntoken_url = 'https://a.example/t'\n\
                jwks_url = 'https://a.example/keys'\n";
    assert_eq!(definition(text).check(), Err(DefinitionError::MissingIssuer));
    let issuer = "issuer = 'https://a.example'\n";
    let list = "id_token = { issuers = ['https://a.example'] }\n";
    for more in [issuer, list, "discovery_url = 'https://a.example/discovery'\n"] {
        assert_eq!(definition(&format!("{text}{more}")).check(), Ok(()), "{more}");
    }
    let token_url = "https://a.example/t".parse().unwrap();
    let rules =
        definition(&format!("{text}{issuer}")).id_token_rules(&Discovered::default(), &token_url);
    assert_eq!(rules.unwrap().unwrap().issuers, ["https://a.example"]);
}

#[test]
fn values_of_variables_are_checked_and_cleaned() {
    let mut gitlab = Definition::built_in().remove("gitlab").unwrap();
    gitlab.set_variable("issuer", "https://git.example//").unwrap();
    assert_eq!(gitlab.expand("{issuer}/x").unwrap(), "https://git.example/x");
    let mut cognito = Definition::built_in().remove("cognito").unwrap();
    cognito.set_variable("domain", "https://a.example").unwrap();
    assert_eq!(cognito.expand("{domain}").unwrap(), "a.example");
    let mut paypal = Definition::built_in().remove("paypal").unwrap();
    let refused = paypal.set_variable("environment", "live");
    assert!(
        matches!(refused, Err(DefinitionError::InvalidValue { allowed, .. }) if allowed.len() == 2)
    );
    let unknown = paypal.set_variable("tenant", "x");
    assert!(matches!(unknown, Err(DefinitionError::UnknownVariable { .. })));
}

#[test]
fn unknown_keys_are_errors() {
    for text in ["[a]\ntoken_uri = ''", "[a.token]\nauth = ''", "[a.profile]\nid = []", "a = 1"] {
        assert!(Definition::parse(text).is_err(), "{text}");
    }
}
