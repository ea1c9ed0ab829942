//! Checks that other users of the machine cannot read the service's files.

use std::path::Path;

use database::private::{database_files, open_to_others};

use super::report::Finding;
use crate::config::{Config, KEPT_SECRET, env_file};

const SUBJECT: &str = "files";
/// The permission of others to write.
const WRITABLE: u32 = 0o022;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let database = config.database_url.file();
    let mut findings: Vec<_> = database
        .iter()
        .flat_map(|file| database_files(file))
        .chain([KEPT_SECRET, env_file::NAME].map(Into::into))
        .filter_map(|file| examine_file(&file))
        .collect();
    findings.extend(database.and_then(Path::parent).and_then(examine_folder));
    if findings.is_empty() {
        findings.push(Finding::ok(SUBJECT, "can be read by their owner alone"));
    }
    findings
}

fn examine_file(file: &Path) -> Option<Finding> {
    let mode = open_to_others(file)?;
    let shown = file.display();
    let message = format!("{shown} is open to others of this machine (mode {mode:o})");
    let advice = format!("chmod 600 {shown}: a user who reads it can use the sessions of others");
    // The finding names no setting: the file may contain any.
    let find = if file == Path::new(env_file::NAME) { Finding::warning } else { Finding::wrong };
    Some(find(SUBJECT, message, advice))
}

/// A folder that others can read shows its names; in one that they can write, they can replace the
/// database.
fn examine_folder(folder: &Path) -> Option<Finding> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mode = open_to_others(folder).filter(|mode| mode & WRITABLE != 0)?;
    let shown = folder.display();
    let message = format!("{shown}, which has the database, can be changed by others ({mode:o})");
    let advice = format!("chmod 700 {shown}, or move the database to a folder of its own");
    Some(Finding::wrong(SUBJECT, message, advice))
}
