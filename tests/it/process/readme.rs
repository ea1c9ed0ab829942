//! What the README tells people to type.

use std::{fs, process::Command};

use crate::it::support::{Backend, Process, Server, TestDatabase, repository, skip};

/// The first fenced block of `language` behind `mark`.
fn block<'r>(readme: &'r str, mark: &str, language: &str) -> &'r str {
    let (_, rest) = readme.split_once(mark).unwrap();
    let (_, rest) = rest.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[tokio::test]
async fn the_permissions_are_as_the_readme_shows_them() {
    if Command::new("curl").arg("--version").output().is_err() {
        return skip("the README's requests need curl");
    }
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let script = block(&readme, "<!-- permissions:", "sh");
    let expected = block(&readme, "<!-- permissions:", "text");
    let database = TestDatabase::create().await;
    let server = Server::start_with(&database, &["serve", "--demo"], &[]).await;

    let mut shell = Command::new("sh");
    shell.args(["-euc", script]).current_dir(database.folder());
    shell.env("URL", format!("http://localhost:{}", server.port));
    let printed = Process::spawn(shell).end().await.ok();

    assert_eq!(printed, expected);
}

#[tokio::test]
async fn the_readme_names_every_setting_of_the_example() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let example = fs::read_to_string(repository().join(".env.example")).unwrap();
    let names = example.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    let names: Vec<_> =
        names.map(|(name, _)| name).filter(|name| !name.contains([' ', ':'])).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
