//! Messages of usual clients are parsed; what a wallet would not recognize is refused.

use super::*;

const MESSAGE: &str = "books.example.com wants you to sign in with your Ethereum account:\n\
    0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2\n\
    \n\
    I accept the terms.\n\
    \n\
    URI: https://books.example.com/login\n\
    Version: 1\n\
    Chain ID: 1\n\
    Nonce: 32891756abcd\n\
    Issued At: 2026-11-20T12:00:00Z\n\
    Expiration Time: 2026-11-20T12:10:00.000Z\n\
    Not Before: 2026-11-20T11:59:00+00:00\n\
    Request ID: 7\n\
    Resources:\n\
    - https://example.com/claim.json";

#[test]
fn a_message_with_every_field_is_parsed() {
    let message = Message::parse(MESSAGE).unwrap();
    assert_eq!(message.domain, "books.example.com");
    assert_eq!(message.address, "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
    assert_eq!(message.host_of_uri(), "books.example.com");
    assert_eq!((message.chain_id, message.nonce.as_str()), (1, "32891756abcd"));
    assert_eq!(message.expires_at.unwrap().timestamp() - message.issued_at.timestamp(), 600);
    assert!(message.not_before.unwrap() < message.issued_at);
    let with_scheme = MESSAGE.replacen("books", "https://Books", 1);
    assert_eq!(Message::parse(&with_scheme), Some(message));
}

#[test]
fn statement_and_later_fields_are_optional() {
    let required = MESSAGE.split("\nExpiration").next().unwrap();
    assert!(Message::parse(required).unwrap().expires_at.is_none());
    for statement in ["\n", ""] {
        assert!(Message::parse(&required.replace("I accept the terms.\n\n", statement)).is_some());
    }
    let odd = required.replace("I accept the terms.", "URI: https://evil.example");
    assert_eq!(Message::parse(&odd).unwrap().host_of_uri(), "books.example.com");
}

/// Sources: `createSiweMessage` of viem 2, and `SiweMessage.prepareMessage` of siwe 3.
#[test]
fn messages_of_usual_clients_are_parsed() {
    let head = "example.com wants you to sign in with your Ethereum account:\n\
        0xA0Cf798816D4b9b9866b5330EEa46a18382f251e\n";
    let fields = "URI: https://example.com/path\nVersion: 1\nChain ID: 1\nNonce: foobarbaz\n\
        Issued At: 2023-02-01T00:00:00.000Z";
    let terms = "I accept the ExampleOrg Terms of Service: https://example.com/tos";
    let resources = "\nExpiration Time: 2023-02-04T00:00:00.000+01:00\nRequest ID: some_id\n\
        Resources:\n- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/\n\
        - https://example.com/my-web2-claim.json";
    for text in [
        format!("{head}\n{terms}\n\n{fields}"),
        format!("{head}\n{terms}\n\n{fields}{resources}"),
        format!("{head}\n\n{fields}"),
        format!("{head}\n\n{fields}\nResources:"),
        format!("https://{head}\nIch stimme zu: Käufe, Verkäufe.\n\n{fields}"),
        format!("{head}\n{terms}\n\n{fields}").replace("example.com ", "127.0.0.1:8080 "),
        format!("{head}\n{terms}\n\n{fields}").replace("T00:00:00.000Z", "T00:00:00Z"),
    ] {
        assert!(Message::parse(&text).is_some(), "{text}");
    }
}

#[test]
fn other_texts_are_refused() {
    for (from, to) in [
        (" wants", " want"),
        ("books.example.com wants", " books.example.com wants"),
        ("books.example.com wants", "books.example.com  wants"),
        ("books.example.com wants", "books.example.com/evil.example wants"),
        ("books.example.com wants", "evil.example://books.example.com wants"),
        ("books.example.com wants", "javascript://books.example.com wants"),
        ("books.example.com wants", "https://https://books.example.com wants"),
        ("books.example.com wants", "evil@books.example.com wants"),
        ("\n", "\r\n"),
        ("0xc02a", "0xc02"),
        ("756cc2", "756cc2 "),
        ("URI: https://books.example.com/login\n", ""),
        ("URI: https", "URI: :"),
        ("URI: https", "URI: javascript"),
        ("URI: https://", "URI:  https://"),
        ("URI: https://", "URI: https:"),
        ("URI: https://", "URI: https://evil.example@"),
        ("URI: https://", "URI: https://@"),
        ("URI: https://books.example.com/", "URI: https://books.example.com\\"),
        ("com/login", "com/log in"),
        ("com/login", "com/l\u{e4}gin"),
        ("Version: 1", "Version: 2"),
        ("Chain ID: 1", "Chain ID: 0"),
        ("Chain ID: 1", "Chain ID: -1"),
        ("Chain ID: 1", "Chain ID: +1"),
        ("Chain ID: 1", "Chain ID: 0x1"),
        ("Chain ID: 1", "Chain ID: 99999999999999"),
        ("Nonce: 32891756abcd", "Nonce: short"),
        ("Nonce: 32891756abcd", "Nonce: 32891756-abcd"),
        ("Issued At: 2026-11-20T12:00:00Z\n", ""),
        ("Issued At: 2026-11-20T12", "Issued At: 2026-11-20 12"),
        ("Issued At: 2026-11-20T12:00:00Z", "Issued At: 2026-11-20T12:00:00z"),
        ("Expiration Time: 2026", "Expiration Time: soon"),
        ("Not Before: 2026", "Not Before: "),
        ("Request ID: 7", "Request ID: 7 8"),
        ("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
        ("Nonce: 32891756abcd", "Nonce: 32891756abcd\nNonce: 32891756abce"),
        ("- https://example.com/claim.json", "Nonce: 32891756abce"),
        ("claim.json", "claim.json\n"),
        ("I accept the terms.", "I accept\nthe terms."),
        ("I accept the terms.", "I accept\tthe terms."),
    ] {
        let text = MESSAGE.replace(from, to);
        assert_ne!(text, MESSAGE, "{from}");
        assert_eq!(Message::parse(&text), None, "{to}");
    }
    assert_eq!(Message::parse(""), None);
}
