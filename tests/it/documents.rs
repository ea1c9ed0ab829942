//! The documents: their commands, links and paths.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::it::support::{
    Backend, Process, ServerProcess, TestDatabase, repository_root, skip, source_files,
};

/// The folders whose names begin paths of the repository.
const FOLDERS: [&str; 6] = [".ci/", ".cargo/", "crates/", "docs/", "migration/", "tests/"];

/// Reads a file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(repository_root().join(path)).unwrap()
}

/// Returns the first fenced block of `language` after `mark`.
fn block<'p>(page: &'p str, mark: &str, language: &str) -> &'p str {
    let (_, rest) = page.split_once(mark).unwrap();
    let (_, rest) = rest.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// Runs a shell block against a demo server, whose port replaces 3000, and returns its output.
/// Skips the test and returns `None` without curl.
async fn run_script(script: &str) -> Option<String> {
    if Command::new("curl").arg("--version").output().is_err() {
        skip(skips::CURL);
        return None;
    }
    let database = TestDatabase::create().await;
    let server = ServerProcess::start_with(&database, &["serve", "--demo"], &[]).await;
    let mut shell = Command::new("sh");
    let script = script.replace("localhost:3000", &format!("localhost:{}", server.port));
    shell.args(["-euc", &script]).current_dir(database.folder());
    Some(Process::spawn(shell).wait().await.expect_success())
}

#[tokio::test]
async fn the_first_request_has_the_output_of_the_readme() {
    let readme = read("README.md");
    let Some(printed) = run_script(block(&readme, "<!-- curl:", "sh")).await else { return };
    assert_eq!(printed, block(&readme, "<!-- curl:", "text").trim_end());
}

#[tokio::test]
async fn the_permissions_request_has_the_output_of_the_page() {
    let page = read("docs/api.md");
    let Some(printed) = run_script(block(&page, "<!-- permissions:", "sh")).await else { return };
    assert_eq!(printed, block(&page, "<!-- permissions:", "text"));
}

#[test]
fn the_readme_is_short_and_links_to_every_page() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 150, "{}", readme.lines().count());
    let page = Page::parse(&repository_root().join("README.md"));
    for path in source_files(&repository_root().join("docs"), &["md"]) {
        let is_target = |link: &String| repository_root().join(without_anchor(link)) == path;
        assert!(page.links.iter().any(is_target), "{}", path.display());
    }
}

#[test]
fn every_link_and_path_exists() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let root = repository_root().canonicalize().unwrap();
    let pages: BTreeMap<_, _> = source_files(&root, &["md"])
        .into_iter()
        .map(|path| (path.clone(), Page::parse(&path)))
        .collect();
    assert!(pages.contains_key(&root.join("README.md")) && pages.len() > 8, "{:?}", pages.keys());

    let mut faults = Vec::new();
    for (path, page) in &pages {
        let folder = path.parent().unwrap();
        for link in page.links.iter().filter(|link| !is_external(link)) {
            let file = without_anchor(link);
            let target =
                if file.is_empty() { Ok(path.clone()) } else { folder.join(file).canonicalize() };
            let leads = target.is_ok_and(|target| match link.split_once('#') {
                // Anchors into other files are line numbers for readers.
                Some((_, anchor)) => {
                    pages.get(&target).is_none_or(|page| page.anchors.contains(anchor))
                }
                None => target.starts_with(&root),
            });
            if !leads {
                faults.push(format!("{}: {link}", path.display()));
            }
        }
        for named in page.paths.iter().filter(|named| !root.join(named).exists()) {
            faults.push(format!("{}: `{named}`", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The links, paths and anchors of a Markdown document.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    /// Paths in code, from the repository's root.
    paths: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    /// Parses a Markdown file.
    fn parse(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (mut page, mut heading) = (Self::default(), None::<String>);
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.add_anchor(&heading.take().unwrap_or_default());
                }
                Event::Text(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    let is_path = FOLDERS.iter().any(|folder| code.starts_with(folder));
                    if is_path && !code.contains([' ', '*', '<', '…']) {
                        page.paths.push(code.into_string());
                    }
                }
                _ => {}
            }
        }
        page
    }

    /// Adds the anchor of a heading, as code hosts derive it.
    fn add_anchor(&mut self, heading: &str) {
        let slug = heading.to_lowercase();
        let slug = slug.chars().filter(|character| {
            character.is_alphanumeric() || matches!(character, ' ' | '-' | '_')
        });
        let anchor: String =
            slug.map(|character| if character == ' ' { '-' } else { character }).collect();
        let number = (1..).map(|number| format!("{anchor}-{number}"));
        let mut names = [anchor.clone()].into_iter().chain(number);
        self.anchors.extend(names.find(|name| !self.anchors.contains(name)));
    }
}

/// Returns whether a link leads outside of the repository.
fn is_external(link: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme))
}

/// Removes the anchor of a link.
fn without_anchor(link: &str) -> &str {
    link.split('#').next().unwrap_or_default()
}

#[test]
fn anchors_equal_those_of_code_hosts() {
    let mut page = Page::default();
    for heading in
        ["Lists: pages, filters", "GraphQL over HTTP", "`a_b` c-d", "Lists pages filters"]
    {
        page.add_anchor(heading);
    }
    let expected = ["a_b-c-d", "graphql-over-http", "lists-pages-filters", "lists-pages-filters-1"];
    assert_eq!(page.anchors.iter().collect::<Vec<_>>(), expected);
}
