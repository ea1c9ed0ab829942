//! Search in scripts without spaces, and in words with optional or invisible characters.

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, Kind};
use crate::it::support::{Backend, Client, TestApp, TestDatabase};

/// Returns the titles or names that a search finds.
async fn find_labels(client: &Client, kind: Kind, text: &str) -> Vec<String> {
    kind.list(client, &format!("search: {}", Value::from(text))).await
}

/// Texts, and searches that find them.
const FOUND: [(&str, &[&str]); 17] = [
    ("百年孤独", &["孤独", "年孤", "独", "百年孤独", "年孤独", "百年 孤独", "孤独 百"]),
    ("新世紀エヴァンゲリオン", &["ゲリオン", "世紀エヴァ", "ｴｳﾞｧﾝ", "紀"]),
    ("吾輩は猫である。名前はまだ無い。", &["猫である", "まだ無い", "名前"]),
    ("대한민국헌법을읽다", &["민국", "헌법을읽", "법"]),
    ("สวัสดีชาวโลก", &["ชาว", "โลก", "สวัสดี", "ดีชาวโ"]),
    ("ສະບາຍດີໂລກ", &["ບາຍດີ", "ໂລກ"]),
    ("ភាសាខ្មែរ", &["ខ្មែរ", "សាខ្មែ"]),
    ("မြန်မာဘာသာစကား", &["ဘာသာ", "စကား"]),
    ("Java入門2026年版", &["入門", "java 入門", "2026 年版", "入門java"]),
    ("בְּרֵאשִׁית בָּרָא", &["בראשית", "בְּרֵאשִׁית ברא", "ברא"]),
    ("مُحَمَّدٌ رَسُولُ ٱللَّٰه", &["محمد", "رسول الله", "مُحَمَّد"]),
    ("مكـــتبة أحمد", &["مكتبة", "مكتبه", "احمد", "أَحمد"]),
    ("کتاب می\u{200c}خواهم", &["كتاب", "میخواهم", "می\u{200c}خواهم"]),
    (
        "hy\u{ad}phen\u{ad}ation zero\u{200b}width",
        &["hyphenation", "zerowidth", "zero\u{2060}width"],
    ),
    ("Ｆｕｌｌ Ｗｉｄｔｈ", &["full width", "ＦＵＬＬ"]),
    ("हिन्\u{200d}दी", &["हिन्दी"]),
    ("𠀀𠀁𠀂", &["𠀁", "𠀁𠀂", "𠀀𠀁𠀂"]),
];

/// Texts, and searches that do not find them though their letters occur.
const NOT_FOUND: [(&str, &str); 8] = [
    ("百年孤独", "孤年"),
    ("百年孤独", "百独"),
    ("一二三四 二三四五 二三", "一二三四五"),
    ("ป่าไม้", "ปา"),
    ("हिन्दी", "हन्दी"),
    ("スキーガ", "スキカ"),
    ("javascript入門", "java入門"),
    ("서울", "서욺"),
];

#[tokio::test]
async fn parts_of_runs_are_found_and_points_and_invisible_characters_are_ignored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in [BOOK, AUTHOR] {
        let body = if kind.is_book() { "description" } else { "bio" };
        for (number, (text, _)) in FOUND.iter().enumerate() {
            kind.create(&ann, json!({ kind.label: text })).await.data();
            let below = json!({ kind.label: format!("Below {number}"), body: text });
            kind.create(&ann, below).await.data();
        }
        for (number, (text, searches)) in FOUND.iter().enumerate() {
            for search in *searches {
                let found = find_labels(&ann, kind, search).await;
                assert_eq!(found, [(*text).to_owned(), format!("Below {number}")], "{search}");
            }
        }
    }
}

#[tokio::test]
async fn letters_that_are_not_adjacent_are_not_found() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (text, search) in NOT_FOUND {
        let book = json!({ "title": text, "description": text });
        BOOK.create(&ann, book).await.data();
        assert_eq!(find_labels(&ann, BOOK, search).await, [""; 0], "{search}");
    }
}

#[tokio::test]
async fn a_long_run_must_occur_in_the_title_to_rank_as_one() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let inputs = [
        json!({ "title": "一二三四 二三四五", "description": "一二三四五" }),
        json!({ "title": "零一二三四五" }),
        json!({ "title": "一二三四五" }),
    ];
    BOOK.create_all(&ann, &app.clock, inputs).await;
    let expected = ["一二三四五", "零一二三四五", "一二三四 二三四五"];
    assert_eq!(find_labels(&ann, BOOK, "一二三四五").await, expected);
}

/// PostgreSQL has no positions beyond 16,383 and limits a `tsvector` to 1 MB.
#[tokio::test]
async fn a_long_text_is_searched_completely() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let letters = |first: u32, count: u32| -> String {
        (0..count).filter_map(|index| char::from_u32(first + index)).collect()
    };
    // Each character has four bytes and occurs once.
    let text = letters(0x20000, 9_990) + "終わりの言葉です";
    BOOK.create(&ann, json!({ "title": "long", "description": text })).await.data();
    let long = letters(0x20000 + 5_000, 300);
    for search in ["言葉です", "葉", "終わりの言葉です", &long] {
        assert_eq!(find_labels(&ann, BOOK, search).await, ["long"], "{search}");
    }
    let text = "あい".repeat(150);
    assert_eq!(find_labels(&ann, BOOK, &text).await, [""; 0]);
}

#[tokio::test]
async fn an_updated_row_has_only_its_new_runs() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let book = ann.create_book("百年孤独の世界").await;
    assert_eq!(find_labels(&ann, BOOK, "孤独の世").await.len(), 1);
    BOOK.update(&ann, &book, json!({ "title": "霍乱时期的爱情" })).await.data();
    assert_eq!(find_labels(&ann, BOOK, "孤独の世").await, [""; 0]);
    assert_eq!(find_labels(&ann, BOOK, "时期的爱情").await.len(), 1);
    BOOK.update(&ann, &book, json!({ "title": "Love" })).await.data();
    assert_eq!(find_labels(&ann, BOOK, "时期的爱情").await, [""; 0]);
    // Rows updated by SQL lose the runs of the old text as well.
    BOOK.update(&ann, &book, json!({ "title": "霍乱时期的爱情" })).await.data();
    let by_hand = r#"update "book" set "title" = 'By hand', "titleFolded" = 'by hand'"#;
    app.database.execute(by_hand).await;
    let runs = app.database.first_column(r#"select "titleRuns" from "bookSearch""#).await;
    assert_eq!(runs, [""]);
}

#[tokio::test]
async fn the_migration_indexes_runs_of_existing_rows() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up", "--steps", "15"]).await.expect_success();
    let time = "'2026-01-02T03:04:05.678+00:00'";
    let no = if Backend::current() == Backend::Sqlite { "0" } else { "false" };
    let row = |table: &str, label: &str, body: &str, number: usize, text: &str| {
        format!(
            r#"insert into "{table}" ("id", "{label}", "{label}Folded", "{body}", "userId", "createdAt", "updatedAt")
                values ('{number:03}', '{text}', '', '{text}', 'ann', {time}, {time});"#
        )
    };
    let mut rows = format!(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
            values ('ann', 'Ann', 'ann@example.com', {no}, {time}, {time});"#
    );
    for (number, (text, _)) in FOUND.iter().enumerate() {
        rows += &row("book", "title", "description", number, text);
        rows += &row("author", "name", "bio", number, text);
    }
    rows += &row("book", "title", "description", 900, "Emma, déjà vu");
    database.execute(&rows).await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    for is_repeated in [true, false] {
        let app = TestApp::open_app(&database, &domain::Clock::system(), &[]).await;
        let anyone = Client::new(app.router());
        for (text, searches) in FOUND {
            for (kind, search) in [BOOK, AUTHOR].iter().zip(searches.iter().cycle()) {
                assert_eq!(find_labels(&anyone, *kind, search).await, [text], "{search}");
            }
        }
        assert_eq!(find_labels(&anyone, BOOK, "emma deja").await.len(), 1);
        drop((app, anyone));
        if is_repeated {
            database.bookplate(&["migrate", "down", "--steps", "1"]).await.expect_success();
            database.bookplate(&["migrate", "up"]).await.expect_success();
        }
    }
}
