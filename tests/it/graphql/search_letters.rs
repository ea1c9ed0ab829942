//! Search ignores the case of every letter of Unicode.

use domain::{search::MAX_WORDS, text::plain};
use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK};
use crate::it::support::{Backend, Client, TestApp, TestDatabase};

/// Returns a distinct word for each letter with case, in upper and lower case.
fn words() -> Vec<[String; 2]> {
    let letters = ('\0'..=char::MAX).filter(|letter| {
        let single = letter.to_string();
        let (lower, upper) = (letter.to_lowercase().to_string(), letter.to_uppercase().to_string());
        // Excluded are lower-case Greek letters with iota subscript; upper case writes the iota
        // beside them.
        (lower != single || upper != single) && plain(&lower) == plain(&upper)
    });
    let word = |(number, letter): (usize, char)| {
        let (upper, lower) = (letter.to_uppercase(), letter.to_lowercase());
        [format!("Q{number}x{letter}{upper}"), format!("q{number}X{letter}{lower}")]
    };
    letters.enumerate().map(word).collect()
}

#[tokio::test]
async fn every_letter_is_found_in_both_cases() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let words = words();
    assert!(words.len() > 2_700, "{}", words.len());
    for part in words.chunks(700) {
        for case in [0, 1] {
            let text = part.iter().map(|word| word[case].as_str()).collect::<Vec<_>>().join(" ");
            let book = json!({ "title": format!("case {case}"), "description": text });
            BOOK.create(&ann, book).await.data();
        }
    }
    let mut lost = Vec::new();
    for chunk in words.chunks(MAX_WORDS) {
        for case in [0, 1] {
            let search = chunk.iter().map(|word| word[case].as_str()).collect::<Vec<_>>().join(" ");
            let found = BOOK.list(&ann, &format!("search: {}", Value::from(search.as_str()))).await;
            if found.len() != 2 {
                lost.push((found, search));
            }
        }
    }
    assert!(lost.is_empty(), "{}: {lost:?}", lost.len());
}

#[tokio::test]
async fn a_sharp_s_is_found_in_every_spelling() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let spelled = ["STRAẞE", "Straße", "STRASSE"];
    for title in spelled {
        BOOK.create(&ann, json!({ "title": title })).await.data();
        AUTHOR.create(&ann, json!({ "name": title })).await.data();
    }
    for text in spelled {
        for kind in [BOOK, AUTHOR] {
            let found = kind.list(&ann, &format!("search: \"{text}\"")).await;
            assert_eq!(found.len(), 3, "{text}");
            let found = kind.list(&ann, &format!("filter: {{ {}: \"{text}\" }}", kind.label)).await;
            assert_eq!(found.len(), 3, "{text}");
        }
    }
}

#[tokio::test]
async fn an_updated_row_is_found_only_by_its_new_words() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let inputs = json!([{ "title": "ꭰꭱ one" }, { "title": "ᏣᎳᎩ two", "description": "𐒰𐓏𐓘" }]);
    BOOK.create_many(&ann, inputs).await.data();
    let found = async |text: &str| BOOK.list(&ann, &format!("search: \"{text}\"")).await.len();
    assert_eq!((found("ᎠᎡ").await, found("ꮳꮃꭹ").await, found("𐓘𐓷𐒰").await), (1, 1, 1));
    let book = ann.create_book("ᎠᎡ three").await;
    assert_eq!(found("ꭰꭱ").await, 2);
    BOOK.update(&ann, &book, json!({ "title": "𞤀𞤁 three" })).await.data();
    assert_eq!((found("ꭰꭱ").await, found("𞤢𞤣").await), (1, 1));
    BOOK.delete(&ann, &book).await.data();
    assert_eq!(found("𞤢𞤣").await, 0);
}

#[tokio::test]
async fn the_migration_folds_existing_rows() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up", "--steps", "10"]).await.expect_success();
    let time = "'2026-01-02T03:04:05.678+00:00'";
    let no = if Backend::current() == Backend::Sqlite { "0" } else { "false" };
    database
        .execute(&format!(
            r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                values ('ann', 'Ann', 'ann@example.com', {no}, {time}, {time});
            insert into "book" ("id", "title", "titleFolded", "description", "userId", "createdAt", "updatedAt")
                values ('b', 'STRAẞE', 'straße', 'ᏣᎳᎩ', 'ann', {time}, {time})"#
        ))
        .await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    let app = TestApp::open_app(&database, &domain::Clock::system(), &[]).await;
    let anyone = Client::new(app.router());
    for arguments in [r#"search: "strasse ꮳꮃꭹ""#, r#"filter: { title: "strasse" }"#] {
        assert_eq!(BOOK.list(&anyone, arguments).await, ["STRAẞE"], "{arguments}");
    }
}
