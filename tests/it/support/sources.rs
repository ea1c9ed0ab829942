//! The files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders of what others wrote, and of what is made.
const FOREIGN: [&str; 5] = ["node_modules", "target", "dist", "generated", ".git"];

/// The repository's own files below `folder` whose extension is one of `kinds`.
pub(crate) fn files(folder: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                if !FOREIGN.contains(&name) {
                    folders.push(path);
                }
            } else if extension.is_some_and(|extension| kinds.contains(&extension)) {
                found.push(path);
            }
        }
    }
    found
}
