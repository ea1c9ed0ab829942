//! The format of `.env`.

use super::*;

#[track_caller]
fn assert_read(text: &str, expected: &[(&str, &str)]) {
    let EnvFile { values, faults, .. } = EnvFile::parse(text.as_bytes());
    let expected = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    assert_eq!((values, faults), (expected.collect(), Vec::new()), "{text:?}");
}

#[test]
fn nothing_is_expanded_and_spaces_need_no_quotes() {
    assert_read("A=a$b\nB=\"${A} $A\"\nC='$A'", &[("A", "a$b"), ("B", "${A} $A"), ("C", "$A")]);
    assert_read("A = My Books \n\texport B=two  words", &[("A", "My Books"), ("B", "two  words")]);
    assert_read("A=b\\ c\nB=\\$x\nC=it's", &[("A", "b\\ c"), ("B", "\\$x"), ("C", "it's")]);
}

#[test]
fn comments_quotes_and_escapes_are_those_of_dotenv() {
    assert_read("# A=1\nA=b#c\nB='b#c' # d\nC=#", &[("A", "b"), ("B", "b#c"), ("C", "")]);
    assert_read(
        r#"A="a\nb\t\"c"
B='a\nb'
C=`"'`"#,
        &[("A", "a\nb\\t\\\"c"), ("B", r"a\nb"), ("C", "\"'")],
    );
    assert_read("A='one\ntwo'\nB=3", &[("A", "one\ntwo"), ("B", "3")]);
    assert_read("A='a'b\nB=\"a\" \"b\"", &[("A", "'a'b"), ("B", "a\" \"b")]);
    assert_read("A: b\nexport=c\nexport = d", &[("A", "b"), ("export", "d")]);
}

#[test]
fn a_value_that_a_comment_cuts_is_named_without_it() {
    let text = "A=hunter2#x y\nB=a # c\nC='a#b'#c\nD=#1f6f54\nE= # c\nF=\n#G=1\nexport H=a b#c";
    let file = EnvFile::parse(text.as_bytes());
    let told: Vec<_> = file.cut_values().collect();
    let expected = [(1, 'A'), (4, 'D'), (8, 'H')]
        .map(|(line, name)| format!("line {line}: the value of {name} ends at \"#\""));
    assert_eq!((told, file.faults), (expected.to_vec(), Vec::new()));
}

#[test]
fn marks_and_line_breaks_of_windows_are_none_of_a_value() {
    let expected = &[("A", "1"), ("B", ""), ("C", "3")];
    assert_read("\u{feff}A=1\r\nB=\r\n\r\nC=3\r\n", expected);
    assert_read("A=0\rB=\rC=3\rA=1", expected);
}

#[test]
fn lines_that_dotenv_ignores_are_reported() {
    let faults = |text: &[u8]| EnvFile::parse(text).faults().collect::<Vec<_>>();
    for (text, expected) in [
        (&b"A=1\n\nsecret hunter2\nB=2"[..], &["line 3 needs the form NAME=VALUE"][..]),
        (b"MY NAME=hunter2", &["line 1 needs the form NAME=VALUE"]),
        (b"\r\nA='hunter2\r\nB=2", &["line 2: A begins with a quote that has no end"]),
        (b"A='x'\nB=\"hun#ter\"2", &["line 2: B begins with a quote that has no end"]),
        (b"A=1\nB=caf\xe9\n", &["line 2 is not in UTF-8"]),
        (b"A=1\nB=hun\0ter", &["line 2 has the character U+0000"]),
        (b"\xff\xfeA\x00=\x001\x00", &["is in UTF-16; save it in UTF-8"]),
        (
            "A=1\u{2028}B=2".as_bytes(),
            &["line 1 has a line break that is none in most programs (U+2028 or U+2029)"],
        ),
        (
            b"x\nA='\ny",
            &[
                "line 1 needs the form NAME=VALUE",
                "line 2: A begins with a quote that has no end",
                "line 3 needs the form NAME=VALUE",
            ],
        ),
    ] {
        assert_eq!(faults(text), expected, "{}", String::from_utf8_lossy(text));
    }
    let many = faults("x\n".repeat(30).as_bytes());
    assert_eq!((many.len(), &*many[20]), (21, "has 10 more lines like these"));
}
