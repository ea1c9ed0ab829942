//! The committed schema file.

#[test]
fn the_committed_schema_equals_the_served_schema() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    // `assert_eq!` would print both files.
    assert!(
        committed == server::schema_text(),
        "schema.graphql is not what the server serves; run `just schema` and commit it"
    );
}
