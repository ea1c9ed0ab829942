//! The schema as a file.

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    // Not by assert_eq!, which would print both.
    assert!(
        committed == server::schema_text(),
        "schema.graphql is not what the server serves; run `just schema` and commit it"
    );
}
