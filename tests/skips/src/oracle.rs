//! Programs of Node.js that judge the inputs of a test.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{CLIENTS, skip};

/// Runs `script` of the folder `tests/clients`, which judges inputs with the npm package `package`,
/// and returns what it prints. `None` without Node.js or the package: the test is skipped.
///
/// # Panics
/// If the script fails, or prints no UTF-8.
#[must_use]
pub fn oracle(script: &str, arguments: &[&str], package: &str) -> Option<String> {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients");
    let node = Command::new("node")
        .arg(script)
        .args(arguments)
        .current_dir(&clients)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output();
    let node = node.ok().filter(|_| clients.join("node_modules").join(package).exists());
    let Some(output) = node else {
        skip(CLIENTS);
        return None;
    };
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} ends with {}: {error}", output.status);
    match String::from_utf8(output.stdout) {
        Ok(printed) => Some(printed),
        Err(error) => panic!("{script} prints no UTF-8: {error}"),
    }
}
