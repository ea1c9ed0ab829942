//! The imports between the files of a crate: by `use`, and by paths in the code.
//!
//! A name is followed through re-exports to the file that defines it. A re-export alone is no
//! import. Methods are not followed, as no path names them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::tokens::tokens;

/// The names of a path, e.g. `["crate", "session", "Token"]`.
type Names = Vec<String>;

/// A file, which is a module.
#[derive(Default)]
struct Module {
    imports: Vec<Import>,
    /// Paths in the code, outside of `use`.
    paths: Vec<Names>,
    /// Every identifier outside of `use`.
    words: BTreeSet<String>,
}

/// A name that a `use` item brings into a file.
struct Import {
    /// The name in this file; `*` for all names.
    name: String,
    path: Names,
    is_reexport: bool,
}

/// The modules of a crate by their paths; the root's path is empty.
pub(super) struct Modules(BTreeMap<Names, Module>);

impl Modules {
    /// Reads the sources below a crate's `src`.
    pub(super) fn read(src: &Path) -> Self {
        let mut modules = BTreeMap::new();
        collect(src, &[], &mut modules);
        Self(modules)
    }

    /// The modules that each module uses.
    pub(super) fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let title = |path: &Names| path.join("::");
        let edges = |(own, module): (&Names, &Module)| {
            let used = module.used().filter_map(|path| self.resolve(own, path, 0));
            let others = used.filter(|used| used != own).map(|used| title(&used));
            (title(own), others.collect())
        };
        self.0.iter().map(edges).collect()
    }

    /// The module that defines what `path` names in the module `at`; `None` for other crates.
    fn resolve(&self, at: &[String], path: &[String], depth: usize) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(Vec::new(), rest, depth),
            "self" => self.walk(at.to_vec(), rest, depth),
            "super" => self.walk(at.split_last()?.1.to_vec(), rest, depth),
            _ => self.names(at, first).then(|| self.walk(at.to_vec(), path, depth)).flatten(),
        }
    }

    /// Returns whether a module has a child or an import of this name.
    fn names(&self, at: &[String], name: &str) -> bool {
        let is_import = |module: &Module| module.imports.iter().any(|import| import.name == name);
        self.0.contains_key(&child(at, name)) || self.0.get(at).is_some_and(is_import)
    }

    /// Follows `path` from the module `at` to the defining module.
    fn walk(&self, at: Names, path: &[String], depth: usize) -> Option<Names> {
        let Some((name, rest)) = path.split_first().filter(|_| depth < 20) else {
            return Some(at);
        };
        if name == "super" {
            return self.walk(at.split_last()?.1.to_vec(), rest, depth);
        }
        let below = child(&at, name);
        if self.0.contains_key(&below) {
            return self.walk(below, rest, depth);
        }
        let module = self.0.get(&at)?;
        let followed = |import: &Import| {
            let path: Names = match import.name.as_str() {
                "*" => import.path.iter().chain(path).cloned().collect(),
                _ => import.path.iter().chain(rest).cloned().collect(),
            };
            self.resolve(&at, &path, depth + 1)
        };
        let mut imports = module.imports.iter();
        match imports.find(|import| import.name == *name) {
            Some(import) => followed(import),
            None => Some(at),
        }
    }
}

impl Module {
    /// Parses the imports and paths of a source file.
    fn parse(source: &str) -> Self {
        let (tokens, mut module) = (tokens(source), Self::default());
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let is_reexport = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                let end = tokens[at..].iter().position(|token| token == ";");
                let end = end.map_or(tokens.len(), |end| at + end);
                module.import(&tokens[at + 1..end], &[], is_reexport);
                at = end;
            } else if is_name(&tokens[at]) && (at == 0 || tokens[at - 1] != "::") {
                let path = path(&tokens[at..]);
                module.words.extend(path.iter().cloned());
                module.paths.extend((path.len() > 1).then_some(path));
            }
            at += 1;
        }
        module
    }

    /// Adds the imports of a `use` tree with a prefix.
    fn import(&mut self, tree: &[String], prefix: &[String], is_reexport: bool) {
        for branch in branches(tree) {
            let names = path(branch);
            let whole: Names = prefix.iter().chain(&names).cloned().collect();
            let rest = &branch[(names.len() * 2).saturating_sub(1).min(branch.len())..];
            match rest.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["::", "{", inner @ .., "}"] => {
                    let start = rest.len() - 1 - inner.len();
                    self.import(&rest[start..rest.len() - 1], &whole, is_reexport);
                }
                ["{", inner @ .., "}"] => {
                    self.import(&rest[1..=inner.len()], &whole, is_reexport);
                }
                ["::", "*"] => {
                    self.imports.push(Import { name: "*".to_owned(), path: whole, is_reexport });
                }
                ["as", name] => {
                    self.imports.push(Import {
                        name: (*name).to_owned(),
                        path: whole,
                        is_reexport,
                    });
                }
                _ => {
                    let mut path = whole;
                    if names.len() == 1 && names[0] == "self" && !prefix.is_empty() {
                        path.pop();
                    }
                    let name = path.last().cloned().unwrap_or_default();
                    self.imports.push(Import { name, path, is_reexport });
                }
            }
        }
    }

    /// Returns the paths that the file uses: in its code and its imports, except names that are
    /// only re-exported.
    fn used(&self) -> impl Iterator<Item = &Names> {
        let is_used = |import: &&Import| !import.is_reexport || self.words.contains(&import.name);
        self.imports.iter().filter(is_used).map(|import| &import.path).chain(&self.paths)
    }
}

/// Returns the branches of a `use` tree, split at its outer commas.
fn branches(tree: &[String]) -> Vec<&[String]> {
    let (mut branches, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, token) in tree.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                branches.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&tree[start..]);
    branches.into_iter().filter(|branch| !branch.is_empty()).collect()
}

/// Returns the leading names that are joined by `::`.
fn path(tokens: &[String]) -> Names {
    let mut names = Vec::new();
    for pair in tokens.chunks(2) {
        let [name, joint @ ..] = pair else { break };
        if !is_name(name) || (!names.is_empty() && name == "as") {
            break;
        }
        names.push(name.clone());
        if joint != ["::"] {
            break;
        }
    }
    names
}

/// Returns whether a token is an identifier.
fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Returns the path of a child module.
fn child(at: &[String], name: &str) -> Names {
    at.iter().cloned().chain([name.to_owned()]).collect()
}

/// Reads the modules of a folder recursively.
fn collect(folder: &Path, at: &[String], modules: &mut BTreeMap<Names, Module>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|_| panic!("{}", folder.display()));
    for entry in entries.map(|entry| entry.expect("an entry of a folder").path()) {
        let stem = entry.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem == "tests" {
            continue;
        }
        if entry.is_dir() {
            collect(&entry, &child(at, stem), modules);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let source =
                fs::read_to_string(&entry).unwrap_or_else(|_| panic!("{}", entry.display()));
            // `main.rs` is a crate of its own beside `lib.rs`.
            let is_folders = matches!(stem, "lib" | "mod");
            let path = if is_folders { at.to_vec() } else { child(at, stem) };
            modules.insert(path, Module::parse(&source));
        }
    }
}
