//! The characters allowed in titles and names.

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, row};
use crate::it::support::{Backend, PASSWORD, TestApp};

const HIDDEN: &str = "must have a visible character";

/// Titles that are invisible or no single line, and their error messages.
const REFUSED: [(&str, &str); 21] = [
    ("\u{200b}", "must not be empty"),
    ("\u{feff}", "must not be empty"),
    ("\u{3000}\u{2029}", "must not be empty"),
    ("\u{2800}", HIDDEN),
    ("\u{3164}", HIDDEN),
    ("\u{115f}", HIDDEN),
    ("\u{1160}", HIDDEN),
    ("\u{ffa0}", HIDDEN),
    ("\u{200d}\u{200c}", HIDDEN),
    ("\u{301}", HIDDEN),
    ("\u{fe0f}", HIDDEN),
    ("\u{e0067}\u{e007f}", HIDDEN),
    ("\u{202e}", "must not contain the direction control U+202E"),
    ("Em\u{2066}ma", "must not contain the direction control U+2066"),
    ("Emma\nWatson", "must not contain the line break U+000A"),
    ("Emma\r\nWatson", "must not contain the line break U+000D"),
    ("Emma\u{2028}Watson", "must not contain the line break U+2028"),
    ("Emma\tWatson", "must not contain the control character U+0009"),
    ("Emma\u{1b}[2J", "must not contain the control character U+001B"),
    ("Emma\u{85}x", "must not contain the line break U+0085"),
    ("Emma\u{fffe}x", "must not contain the noncharacter U+FFFE"),
];

#[tokio::test]
async fn invisible_titles_and_names_are_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in [BOOK, AUTHOR] {
        let known = json!({ kind.label: "Known" });
        let known = row(&kind.create(&ann, known).await)["id"].as_str().unwrap().to_owned();
        for (text, message) in REFUSED {
            let input = json!({ kind.label: text });
            for (response, field) in [
                (kind.create(&ann, input.clone()).await, kind.label.to_owned()),
                (kind.update(&ann, &known, input.clone()).await, kind.label.to_owned()),
            ] {
                assert_eq!(response.error_code(), "BAD_USER_INPUT", "{text:?}");
                assert_eq!(response.error_fields(), json!({ field: [message] }), "{text:?}");
            }
        }
        assert_eq!(kind.count(&ann).await, 1);
    }
    for (text, message) in REFUSED {
        let response = BOOK.create_many(&ann, json!([{ "title": "a" }, { "title": text }])).await;
        assert_eq!(response.error_fields(), json!({ "inputs.1.title": [message] }), "{text:?}");
    }
}

#[tokio::test]
async fn an_imported_sheet_has_the_same_rules_for_titles() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let operations = json!({
        "query": "mutation($file: Upload!) { importBooks(file: $file) { title } }",
        "variables": { "file": null },
    });
    for title in ["\u{3164}", "\"Emma\nWatson\"", "Em\u{202e}ma"] {
        let sheet = format!("title,releaseYear\n{title},1815\n");
        let map = json!({ "0": ["variables.file"] });
        let response = ann.upload(&operations, &map, &[sheet.as_bytes()]).await;
        assert_eq!(response.error_code(), "BAD_USER_INPUT", "{title:?}");
    }
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn names_of_all_scripts_and_emoji_are_accepted_and_trimmed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for text in [
        "می\u{200c}خواهم",
        "👩\u{200d}🚀",
        "❤\u{fe0f}",
        "क्\u{200d}ष",
        "e\u{301}",
        "🏴\u{e0067}\u{e007f}",
    ] {
        for kind in [BOOK, AUTHOR] {
            let spaced = format!("\u{feff}\u{3000} {text}\u{a0}\u{200b}\n");
            let made = row(&kind.create(&ann, json!({ kind.label: spaced })).await);
            assert_eq!(made[kind.label], text);
        }
    }
    let text = "One\r\n\ttwo\u{2028}three";
    let book = row(&BOOK.create(&ann, json!({ "title": "a", "description": text })).await);
    assert_eq!(book["description"], text);
    let author = row(&AUTHOR.create(&ann, json!({ "name": "a", "bio": text })).await);
    assert_eq!(author["bio"], text);
}

#[tokio::test]
async fn an_existing_invalid_title_does_not_block_other_changes() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (kind, table, body) in [(BOOK, "book", "description"), (AUTHOR, "author", "bio")] {
        let made = row(&kind.create(&ann, json!({ kind.label: "a" })).await);
        let id = made["id"].as_str().unwrap();
        let sql = format!(r#"update "{table}" set "{}" = 'one' || chr(10) || 'two'"#, kind.label);
        let sql =
            if Backend::current() == Backend::Sqlite { sql.replace("chr(", "char(") } else { sql };
        app.database.execute(&sql).await;
        let changed = row(&kind.update(&ann, id, json!({ body: "more" })).await);
        assert_eq!(
            (&changed[kind.label], &changed[body]),
            (&Value::from("one\ntwo"), &"more".into())
        );
        let refused = kind.update(&ann, id, json!({ kind.label: "one\nthree" })).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    }
}

/// Names appear in mails and to other users. better-auth accepts all of them.
#[tokio::test]
async fn names_of_users_are_visible_or_empty() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for (number, name) in
        ["\u{3164}", "\u{200b}", " ", "Ann\nSmith", "An\u{202e}n"].iter().enumerate()
    {
        let email = format!("ann{number}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let refused = anyone.post("/api/auth/sign-up/email", body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["code"]),
            (400, &"VALIDATION_ERROR".into())
        );
        assert!(refused.text.contains("[body.name] Invalid input: must "), "{}", refused.text);
    }
    let body = json!({ "name": "", "email": "ann@example.com", "password": PASSWORD });
    let ann = app.anonymous();
    assert_eq!(ann.post("/api/auth/sign-up/email", body).await.status, 200);
    for (name, status) in
        [("\u{2800}", 400), ("a\rb", 400), (" Ann ", 200), ("", 200), ("می\u{200c}خواهم", 200)]
    {
        let response = ann.post("/api/auth/update-user", json!({ "name": name })).await;
        assert_eq!(response.status, status, "{name:?}");
    }
}
