//! Findings of `doctor` about services and files that others can reach.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use super::{PRODUCTION, assert_found, findings_about, run_doctor};
use crate::it::support::{Backend, SECRET, TestDatabase};

#[tokio::test]
async fn development_at_a_public_url_is_wrong() {
    let database = TestDatabase::migrated().await;
    let secret = ("BETTER_AUTH_SECRET", SECRET);
    for (settings, words) in [
        (&[("BETTER_AUTH_URL", "https://books.example.com"), secret][..], "BETTER_AUTH_URL is"),
        (&[("HOST", "0.0.0.0"), secret], "HOST is 0.0.0.0"),
        (&[("HOST", "::"), ("BETTER_AUTH_URL", "http://localhost:3000"), secret], "HOST is ::"),
    ] {
        let (report, status) = run_doctor(&database, settings).await;
        assert_found(&report, "APP_ENV", "wrong", words);
        assert_found(&report, "APP_ENV", "wrong", "set APP_ENV=production");
        assert_eq!(status, Some(1), "{settings:?}");
    }
    let (report, status) = run_doctor(&database, &[secret]).await;
    assert_found(&report, "APP_ENV", "ok", "this machine alone");
    assert_eq!(status, Some(0));
    let (report, _) =
        run_doctor(&database, &[&PRODUCTION[..], &[("HOST", "0.0.0.0")]].concat()).await;
    assert_found(&report, "APP_ENV", "ok", "is production");
}

#[tokio::test]
async fn files_readable_by_others_are_found_and_not_changed() {
    let database = TestDatabase::migrated().await;
    let folder = database.folder();
    let (report, _) = run_doctor(&database, &PRODUCTION).await;
    assert_found(&report, "files", "ok", "their owner alone");

    fs::create_dir(folder.join("data")).unwrap();
    let mut opened = vec![("data/secret", "wrong"), (".env", "warning")];
    if Backend::current() == Backend::Sqlite {
        opened.push(("bookplate.db", "wrong"));
    }
    for (name, state) in &opened {
        let file = folder.join(name);
        if !file.exists() {
            fs::write(&file, "").unwrap();
        }
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        let (report, _) = run_doctor(&database, &PRODUCTION).await;
        assert_found(&report, "files", state, &format!("{name} is open to others"));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o644, "{name}");
    }
    let (_, status) = run_doctor(&database, &PRODUCTION).await;
    assert_eq!(status, Some(1));

    if Backend::current() == Backend::Sqlite {
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let (report, _) = run_doctor(&database, &PRODUCTION).await;
        let about_folder = |line: &String| line.contains("which has the database");
        assert!(!findings_about(&report, "files").iter().any(about_folder), "{report:#}");
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        let (report, _) = run_doctor(&database, &PRODUCTION).await;
        assert_found(&report, "files", "wrong", "which has the database");
    }
}
