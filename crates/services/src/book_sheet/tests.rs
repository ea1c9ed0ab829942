use super::*;

/// The books of a CSV file without errors.
#[track_caller]
fn books(file: impl AsRef<[u8]>) -> Vec<BookInput> {
    let sheet = Sheet::read(file.as_ref());
    assert_eq!(sheet.errors, [], "{}", String::from_utf8_lossy(file.as_ref()));
    sheet.inputs
}

/// All errors, each as `place message`.
fn errors(file: impl AsRef<[u8]>) -> Vec<String> {
    let errors = Sheet::read(file.as_ref()).errors.into_iter();
    errors.map(|FieldError { field, message }| format!("{field} {message}")).collect()
}

#[test]
fn columns_have_any_order_and_cells_may_be_quoted() {
    let file = "\u{feff}authorids, Title ,DESCRIPTION,releaseYear,\"isbn\"\r\n\
                a; b;,\"Emma, \"\"a novel\"\"\",\"two\nlines\", 1815 ,0-306-40615-2\r\n\
                ,Persuasion,,,\r\n";
    let [emma, persuasion] = books(file).try_into().unwrap();
    assert_eq!(emma.title, "Emma, \"a novel\"");
    assert_eq!(emma.description.as_deref(), Some("two\nlines"));
    assert_eq!((emma.isbn.as_deref(), emma.release_year), (Some("0-306-40615-2"), Some(1815)));
    assert_eq!(emma.author_ids, ["a", "b"].map(|id| AuthorId(id.to_owned())));
    assert_eq!((persuasion.description, persuasion.release_year), (None, None));
    assert!(persuasion.author_ids.is_empty());
}

#[test]
fn the_separator_is_declared_or_detected() {
    for file in [
        "title,releaseYear,authorIds\nEmma; a novel,1815,a;b",
        "title;releaseYear;authorIds\n\"Emma; a novel\";1815;\"a;b\"",
        "title\treleaseYear\tauthorIds\nEmma; a novel\t1815\ta;b",
        "sep=;\r\ntitle;releaseYear;authorIds\r\n\"Emma; a novel\";1815;\"a;b\"\r\n",
        "SEP=|\ntitle|releaseYear|authorIds\nEmma; a novel|1815|a;b",
        "\u{feff}sep=,\ntitle,releaseYear,authorIds\nEmma; a novel,1815,a;b",
    ] {
        let [emma] = books(file).try_into().unwrap();
        assert_eq!((&*emma.title, emma.release_year), ("Emma; a novel", Some(1815)), "{file:?}");
        assert_eq!(emma.author_ids.len(), 2, "{file:?}");
    }
    let [one, two] = books("title\nEmma; a novel\nA\tB").try_into().unwrap();
    assert_eq!((&*one.title, &*two.title), ("Emma; a novel", "A\tB"));
    assert_eq!(books("title;;;\nEmma, a novel;;;")[0].title, "Emma, a novel");
}

#[test]
fn digits_with_spreadsheet_escapes_are_parsed() {
    let [book] = books("title,isbn\n=\"1984\",=\"978-0-14-143958-7\"").try_into().unwrap();
    assert_eq!((&*book.title, book.isbn.as_deref()), ("1984", Some("978-0-14-143958-7")));
    let [book] = books("title,isbn\n=a,\"=\"\"0141439580\"\"\"").try_into().unwrap();
    assert_eq!((&*book.title, book.isbn.as_deref()), ("=a", Some("=\"0141439580\"")));
    let wrong = "rows.2 has a quote within a cell: write the cell in quotes, and its quotes twice";
    assert_eq!(errors("title\n==\"a\""), [wrong]);
}

#[test]
fn empty_rows_are_skipped_but_their_lines_are_counted() {
    let file = "\n ,,\ntitle,,releaseYear,,\r\n\r\nEmma,,1815,,\n,,,,,,\nA,,soon,\n\nB,,late,\n,,,\n,,\n\n";
    let sheet = Sheet::read(file.as_bytes());
    assert_eq!(
        sheet.inputs.iter().map(|book| &*book.title).collect::<Vec<_>>(),
        ["Emma", "A", "B"]
    );
    let whole = "must be a whole number";
    let expected = [format!("rows.7.releaseYear {whole}"), format!("rows.9.releaseYear {whole}")];
    assert_eq!(errors(file), expected);
}

#[test]
fn unreadable_cells_are_reported_with_line_and_column() {
    let none = "has an unknown column \"colour\"; known columns: title, description, isbn, releaseYear, authorIds";
    let utf8 = "is not in UTF-8; save the sheet as \"CSV UTF-8\"";
    let nul = "has the character U+0000; save the sheet as \"CSV UTF-8\"";
    for (file, expected) in [
        (&b""[..], &["rows.1 must name the column title"][..]),
        (b"title", &["file has no book below its first row"]),
        (b"title\n,\n", &["file has no book below its first row"]),
        (b"\nisbn\nx\n", &["rows.2 must name the column title"]),
        (b"title,colour\nx,y\n", &[&format!("rows.1 {none}")]),
        (b"colour\nx\n", &[&format!("rows.1 {none}"), "rows.1 must name the column title"]),
        (b"title,Title\nx,y\n", &["rows.1 names the column title twice"]),
        (b"title,releaseYear\nx,1815\ny,MDCCCXV\n", &["rows.3.releaseYear must be a whole number"]),
        (b"title,releaseYear\nx,99999999999\n", &["rows.2.releaseYear must be a whole number"]),
        (
            b"title\n\nx,,y\n",
            &["rows.3 has a value in column 3, which the first row does not name"],
        ),
        (
            b"title,,isbn\nx,y,\n",
            &["rows.2 has a value in column 2, which the first row does not name"],
        ),
        (
            b"title\nx\n\xff\r\ncaf\xe9 \xe9\n",
            &[&format!("rows.3 {utf8}"), &format!("rows.4 {utf8}")],
        ),
        (b"t\0i\0t\0l\0e\0\n\0x\0", &[&format!("rows.1 {nul}"), &format!("rows.2 {nul}")]),
        (b"PK\x03\x04\x14\0\xff", &["file is an Excel workbook; save it as \"CSV UTF-8\""]),
        (b"\xd0\xcf\x11\xe0\xa1", &["file is an Excel workbook; save it as \"CSV UTF-8\""]),
        (b"\xff\xfet\0i", &["file begins as UTF-16 and is not; save the sheet as \"CSV UTF-8\""]),
        (b"title,isbn\na,\"b\nc,d\n", &["rows.2 has a quote that is not closed"]),
        (b"\"title\n", &["rows.1 has a quote that is not closed"]),
        (
            b"title,isbn\n\"a\"b,\nc,1\"\n",
            &[
                "rows.2 has text after a closing quote",
                "rows.3 has a quote within a cell: write the cell in quotes, and its quotes twice",
            ],
        ),
    ] {
        assert_eq!(errors(file), expected, "{}", String::from_utf8_lossy(file));
    }
}

#[test]
fn utf_16_with_a_byte_order_mark_is_parsed() {
    let text = "title\treleaseYear\r\nOne Hundred Years – 百年孤独 😀\t1967\r\n";
    let units = || "\u{feff}".encode_utf16().chain(text.encode_utf16());
    let little: Vec<_> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<_> = units().flat_map(u16::to_be_bytes).collect();
    for file in [little, big] {
        let [book] = books(file).try_into().unwrap();
        assert_eq!(book.title, "One Hundred Years – 百年孤独 😀");
        assert_eq!(book.release_year, Some(1967));
    }
}

#[test]
fn parsing_stops_at_100_books_or_errors() {
    assert_eq!(books("title\n".repeat(101)).len(), 100);
    assert_eq!(errors("title\n".repeat(102)), ["rows must be at most 100 books"]);
    let both = format!("title,releaseYear\nx,y\n{}", "x\n".repeat(200));
    let expected = ["rows.2.releaseYear must be a whole number", "rows must be at most 100 books"];
    assert_eq!(errors(both), expected);
    let wrong = format!("title\n{}", "a\"b\n".repeat(5_000));
    let wrong = errors(wrong);
    assert_eq!(
        (wrong.len(), &*wrong[100]),
        (101, "file has more than 100 errors; only the first are listed")
    );
    let inside = format!("title\n{}", "\"\n\"a,".repeat(100_000));
    assert!(errors(inside).len() <= 102);
}

#[test]
fn the_number_of_collected_ids_is_limited() {
    for (ids, collected) in [(99, 99), (100, 100), (101, 101), (102, 101), (20_000, 101)] {
        let cell: Vec<_> = (0..ids).map(|n| format!("a{n}; ;a0")).collect();
        let file = format!("title,authorIds\nx,{}", cell.join(";"));
        let [book] = books(file).try_into().unwrap();
        assert_eq!(book.author_ids.len(), collected, "{ids}");
    }
}

#[test]
fn errors_of_inputs_are_reported_by_lines_among_those_of_the_sheet() {
    let error = |field: &'static str, message: &str| FieldError {
        field: field.into(),
        message: message.to_owned(),
    };
    let sheet = Sheet::read(b"title,releaseYear\n,\n,1815\n\"a\nb\",soon\n\nc,");
    let inputs = Error::Invalid(vec![
        error("inputs.0.title", "must not be empty"),
        error("inputs.2.isbn", "is the ISBN of inputs.1, too"),
        error("inputs", "must be 1 to 100 books"),
    ]);
    let Error::Invalid(reported) = sheet.refused(Some(inputs)) else { panic!() };
    let reported: Vec<_> = reported.iter().map(|one| (&*one.field, &*one.message)).collect();
    let expected = [
        ("rows.3.title", "must not be empty"),
        ("rows.4.releaseYear", "must be a whole number"),
        ("rows.7.isbn", "is the ISBN of line 4, too"),
        ("inputs", "must be 1 to 100 books"),
    ];
    assert_eq!(reported, expected);
}

#[test]
fn letters_of_scripts_without_spaces_are_bounded() {
    let row = |letter: &str| format!("Emma,{}\n", letter.repeat(10_000));
    let read = |rows: usize, letter| {
        Sheet::read(("title,description\n".to_owned() + &row(letter).repeat(rows)).as_bytes())
    };
    assert!(read(20, "\u{5b64}").errors.is_empty());
    assert!(read(21, "a").errors.is_empty());
    let refused = read(21, "\u{5b64}").errors;
    assert_eq!(refused.len(), 1);
    assert!(refused[0].field == "file" && refused[0].message.contains("200000"), "{refused:?}");
}
