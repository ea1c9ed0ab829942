//! The source files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folders of third-party and generated files.
const EXCLUDED_FOLDERS: [&str; 5] = ["node_modules", "target", "dist", "generated", ".git"];

/// Lists the repository's own files below `folder` that have one of the extensions.
pub(crate) fn source_files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                if !EXCLUDED_FOLDERS.contains(&name) {
                    folders.push(path);
                }
            } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                found.push(path);
            }
        }
    }
    found
}
