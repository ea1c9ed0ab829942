use std::{fs, path::Path};

use async_graphql::{SimpleObject, Union};

use super::*;
use crate::schema_index::named;

#[derive(SimpleObject)]
struct Shelf {
    number: i32,
}

#[derive(Default)]
struct Library;

#[Object]
impl Library {
    async fn shelves(&self, #[graphql(default = 5)] limit: i32) -> Vec<Shelf> {
        (0..limit).map(|number| Shelf { number }).collect()
    }

    async fn name(&self, ctx: &Context<'_>) -> &'static str {
        ctx.data_unchecked::<&'static str>()
    }
}

const SHELVES: FieldCost = FieldCost::of("Library", "shelves").items_by(&["limit"], 5);

fn environment() -> Environment {
    let schema = Schema::build(Library, EmptyMutation, EmptySubscription);
    Environment::of(schema.data("main")).unwrap()
}

/// Another version may change what this file uses without a word: `#[doc(hidden)]` items
/// are not part of its interface. After an update, read this file and the changes of
/// async-graphql, run all tests, then name the new version here.
#[test]
fn this_module_was_reviewed_for_this_version_of_async_graphql() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let entry = "name = \"async-graphql\"\nversion = \"8.0.0-rc.5\"\n";
    assert!(lock.contains(entry), "another version of async-graphql: read internals.rs");
}

#[test]
fn the_environment_has_the_data_of_the_schema_and_no_extension() {
    let environment = environment();
    assert!(environment.schema.data.contains_key(&std::any::TypeId::of::<&'static str>()));
    assert!(environment.session.is_empty());
    assert_eq!(environment.schema.registry.query_type, "Library");
}

#[test]
fn the_index_has_the_types_arguments_and_directives_of_the_schema() {
    let index = environment().index(&[SHELVES]).unwrap();
    let query = index.root(async_graphql::parser::types::OperationType::Query).unwrap();
    let shelves = index.field(query, "shelves").unwrap();
    assert_eq!(
        (shelves.ty.to_string().as_str(), named(&shelves.ty).as_str()),
        ("[Shelf!]!", "Shelf")
    );
    let limit = shelves.arguments.first().unwrap();
    assert_eq!((limit.default.as_deref(), limit.ty.to_string().as_str()), (Some("5"), "Int!"));
    assert!(!limit.is_required());
    for (name, object, known) in [
        ("__schema", "Library", true),
        ("__schema", "Shelf", false),
        ("__typename", "Shelf", true),
        ("ofType", "__Type", true),
        ("nothing", "Library", false),
    ] {
        let object = index.object(object).unwrap();
        assert_eq!(index.field(object, name).is_some(), known, "{name}");
    }
    assert!(index.directives["include"].locations.contains(&"FIELD".to_owned()));
}

#[test]
fn costs_match_the_schema_and_every_list_has_a_cost() {
    let fault = |costs: &[FieldCost]| environment().index(costs).err().map(|error| error.0);
    assert_eq!(fault(&[SHELVES]), None);
    for (costs, part) in [
        (&[][..], "Library.shelves is a list"),
        (&[SHELVES, SHELVES], "two costs"),
        (&[SHELVES, FieldCost::of("Library", "rooms")], "Library.rooms, which is not in"),
        (&[SHELVES, FieldCost::of("Room", "name")], "Room.name, which is not in"),
        (&[SHELVES.items_by(&["first"], 5)], "argument first"),
        (&[SHELVES.items_by(&["limit"], 6)], "another default"),
        (&[SHELVES.arguments(&[("q", crate::ArgumentCost::EachValue(1))])], "argument q"),
    ] {
        let fault = fault(costs).unwrap();
        assert!(fault.contains(part), "{fault}");
    }
}

#[test]
fn a_schema_with_unions_is_refused() {
    #[derive(Union)]
    enum Found {
        Shelf(Shelf),
    }
    struct Search;
    #[Object]
    impl Search {
        async fn found(&self) -> Found {
            Found::Shelf(Shelf { number: 1 })
        }
    }
    let schema = Schema::build(Search, EmptyMutation, EmptySubscription);
    let fault = Environment::of(schema).unwrap().index(&[]).unwrap_err();
    assert!(fault.to_string().contains("Found is not supported"), "{fault}");
}
