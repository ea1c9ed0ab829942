//! Uses of `Permit::system`, which bypasses the permission rules.

use std::{collections::BTreeMap, fs, path::Path};

use crate::it::support::repository_root;

/// All files that write without a permission check, with the number of uses.
const SYSTEM_PERMITS: [(&str, usize); 18] = [
    // A credential or a proven address ends a guest.
    ("crates/auth/src/account/guest.rs", 1),
    // A guest deletes themselves, or ends as the user who signs in.
    ("crates/auth/src/anonymous/routes.rs", 1),
    ("crates/auth/src/anonymous/transfer.rs", 1),
    // A mailed code works without a session.
    ("crates/auth/src/email_otp/change_email.rs", 1),
    // A new user has no session yet; seeding creates users by the same function.
    ("crates/auth/src/email_password/operator.rs", 1),
    ("crates/auth/src/email_password/sign_up.rs", 1),
    // A mailed link works without a session.
    ("crates/auth/src/email_verification/email_change.rs", 1),
    // Voiding links is not a change by a user.
    ("crates/auth/src/epoch.rs", 1),
    // A link or code proved who owns the mailbox; there is no session yet.
    ("crates/auth/src/mailbox/unverified.rs", 1),
    ("crates/auth/src/mailbox/verified.rs", 1),
    // The identity provider proved who the user is; there is no session yet.
    ("crates/auth/src/oauth/sign_in/user.rs", 3),
    // A code proved who has the number.
    ("crates/auth/src/phone_number/verify.rs", 1),
    // Recording a sign-in is not a change by a user.
    ("crates/auth/src/sign_in/mod.rs", 2),
    // The caller checked the password.
    ("crates/auth/src/two_factor/change.rs", 1),
    // `migrate up --owner`.
    ("crates/server/src/commands/migrate.rs", 1),
    // `user set-role`.
    ("crates/server/src/commands/user.rs", 1),
    // `seed`.
    ("crates/server/src/seed/generate.rs", 1),
    ("crates/server/src/seed/mod.rs", 2),
];

/// All files that read without a permission check, with the number of uses.
const SYSTEM_READS: [(&str, usize); 3] = [
    // `migrate up`.
    ("crates/server/src/database_setup.rs", 2),
    // `seed`.
    ("crates/server/src/seed/generate.rs", 2),
    ("crates/server/src/seed/mod.rs", 2),
];

/// Counts `call` in each source file.
fn count_uses(folder: &Path, call: &str, found: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            count_uses(&path, call, found);
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
fn the_permission_rules_are_bypassed_only_in_listed_files() {
    for (call, known) in
        [("Permit::system", &SYSTEM_PERMITS[..]), ("Readable::system", &SYSTEM_READS[..])]
    {
        let mut found = BTreeMap::new();
        for folder in ["crates", "migration"] {
            count_uses(&repository_root().join(folder), call, &mut found);
        }
        let known = known.iter().map(|(path, count)| ((*path).to_owned(), *count));
        assert_eq!(found, known.collect::<BTreeMap<_, _>>(), "{call}");
    }
}
