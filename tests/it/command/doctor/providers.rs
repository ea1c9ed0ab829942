//! Findings of `doctor` about providers.

use std::{fs, net::TcpListener};

use super::{PRODUCTION, assert_found, findings_about, run_doctor};
use crate::it::support::TestDatabase;

#[tokio::test]
async fn providers_are_listed_with_their_callback_urls() {
    let database = TestDatabase::migrated().await;
    let github = [("AUTH_GITHUB_CLIENT_ID", "id"), ("AUTH_GITHUB_CLIENT_SECRET", "hunter2")];

    let (report, status) = run_doctor(&database, &[&PRODUCTION[..], &github].concat()).await;

    assert_eq!(status, Some(0), "{report:#}");
    let url = "https://books.example.com/api/auth/callback/github";
    assert_found(&report, "provider github", "ok", url);
    assert!(!report.to_string().contains("hunter2"));

    let (report, status) = run_doctor(&database, &[&PRODUCTION[..], &github[..1]].concat()).await;
    assert_eq!(status, Some(1));
    assert_found(&report, "AUTH_GITHUB_CLIENT_SECRET", "wrong", "must be set with");
    assert_eq!(findings_about(&report, "provider github"), [""; 0]);
}

#[tokio::test]
async fn an_unreachable_discovery_document_is_found() {
    let database = TestDatabase::migrated().await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = format!("[staff]\nclient_id = \"x\"\ndiscovery_url = \"http://127.0.0.1:{port}\"\n");
    let path = database.folder().join("staff.toml");
    fs::write(&path, file).unwrap();
    let settings = [("AUTH_PROVIDERS_FILE", path.to_str().unwrap())];

    let (report, status) = run_doctor(&database, &[&PRODUCTION[..], &settings].concat()).await;

    assert_eq!(status, Some(1), "{report:#}");
    assert_found(&report, "provider staff", "ok", "/api/auth/callback/staff");
    assert_found(&report, "provider staff", "wrong", "is absent: ");
}
