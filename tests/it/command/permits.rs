//! The one door around the rules.

use std::{collections::BTreeMap, fs, path::Path};

use crate::it::support::repository_root;

/// Every place that writes without asking the rules, with how often it does.
const SYSTEM_PERMITS: [(&str, usize); 10] = [
    // Whoever signs up is nobody yet; the operator's seeding makes users by it, too.
    ("crates/auth/src/email_password/operator.rs", 1),
    ("crates/auth/src/email_password/sign_up.rs", 1),
    // Whoever follows a mailed link need not be signed in.
    ("crates/auth/src/email_verification/email_change.rs", 1),
    ("crates/auth/src/email_verification/service.rs", 1),
    // What voids links is no change that a user makes.
    ("crates/auth/src/epoch.rs", 1),
    // Nor is that somebody came who was waited for.
    ("crates/auth/src/sign_in.rs", 1),
    // `migrate up --owner`
    ("crates/server/src/commands/migrate.rs", 1),
    // `user set-role`
    ("crates/server/src/commands/user.rs", 1),
    // `seed`
    ("crates/server/src/seed/generate.rs", 1),
    ("crates/server/src/seed/mod.rs", 2),
];

/// Every place that reads without asking the rules, with how often it does.
const SYSTEM_READS: [(&str, usize); 3] = [
    // `migrate up`
    ("crates/server/src/database_setup.rs", 2),
    // `seed`
    ("crates/server/src/seed/generate.rs", 2),
    ("crates/server/src/seed/mod.rs", 2),
];

/// How often each source file has `call`.
fn uses(folder: &Path, call: &str, found: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            uses(&path, call, found);
        }
        if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            let count = code.map(|line| line.matches(call).count()).sum();
            let name = path.strip_prefix(repository_root()).unwrap().to_str().unwrap();
            if count > 0 {
                found.insert(name.to_owned(), count);
            }
        }
    }
}

#[test]
fn the_door_around_the_rules_is_used_in_known_places_only() {
    for (call, known) in
        [("Permit::system", &SYSTEM_PERMITS[..]), ("Readable::system", &SYSTEM_READS[..])]
    {
        let mut found = BTreeMap::new();
        for folder in ["crates", "migration"] {
            uses(&repository_root().join(folder), call, &mut found);
        }
        let known = known.iter().map(|(path, count)| ((*path).to_owned(), *count));
        assert_eq!(found, known.collect::<BTreeMap<_, _>>(), "{call}");
    }
}
