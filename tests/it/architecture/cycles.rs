//! Files of one crate that import each other in a cycle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::imports::Modules;

/// For each crate the maximum number of files in its largest import cycle; 1 means no cycle.
const LIMITS: &[(&str, usize)] = &[
    ("auth", 2),
    ("crypto", 1),
    ("database", 11),
    ("domain", 9),
    ("graphql", 6),
    ("graphql-engine", 2),
    ("mailer", 1),
    ("repositories", 1),
    ("server", 2),
    ("services", 3),
];

type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn import_cycles_stay_small() {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let limits: BTreeMap<_, _> = LIMITS.iter().copied().collect();
    let mut too_large = Vec::new();
    for name in names(&crates) {
        let cycle = largest_cycle(&Modules::read(&crates.join(&name).join("src")).uses());
        let limit = limits.get(name.as_str()).copied().unwrap_or(1);
        println!("{name}: {} files in the largest import cycle, at most {limit}", cycle.len());
        if cycle.len() > limit {
            too_large.push((name, limit, cycle));
        }
    }
    assert!(too_large.is_empty(), "crate, limit, files of the cycle: {too_large:#?}");
}

/// Returns the names of all crates.
fn names(crates: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(crates).unwrap_or_else(|_| panic!("{}", crates.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The largest set of modules in which each module reaches every other.
fn largest_cycle(uses: &Graph) -> BTreeSet<String> {
    let reached: BTreeMap<_, _> = uses.keys().map(|from| (from, reached(uses, from))).collect();
    let cycle_of = |one: &String| {
        let others = reached[one].iter().filter(|other| reached[*other].contains(one));
        others.chain([one]).cloned().collect::<BTreeSet<_>>()
    };
    uses.keys().map(cycle_of).max_by_key(BTreeSet::len).unwrap_or_default()
}

/// Returns the modules that `from` uses directly or indirectly.
fn reached(uses: &Graph, from: &String) -> BTreeSet<String> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        for used in uses.get(next).unwrap_or_else(|| panic!("no file is named {next}")) {
            if reached.insert(used.clone()) {
                open.push(used);
            }
        }
    }
    reached
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod a;\nmod b;\nmod c;");
    write("a/mod.rs", "mod inner;\npub(crate) use self::inner::Thing;");
    write("a/inner.rs", "use crate::b::{self, Other as O};\npub(crate) struct Thing;");
    write(
        "b.rs",
        "// use crate::c::No;\npub(crate) struct Other;\nconst S: &str = \"crate::c::No\";",
    );
    write("c.rs", "use crate::{a::Thing, b};\nfn f() { b::g(); super::a::Thing; }");
    let uses = Modules::read(folder.path()).uses();
    let of = |name: &str| uses[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("a"), [""; 0]);
    assert_eq!(of("a::inner"), ["b"]);
    assert_eq!(of("b"), [""; 0]);
    assert_eq!(of("c"), ["a::inner", "b"]);
    assert_eq!(largest_cycle(&uses).len(), 1);
}
