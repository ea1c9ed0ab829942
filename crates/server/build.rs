//! Looks whether `just assets` has bundled `GraphiQL`, and names its page's version.

use std::{
    fs,
    hash::{DefaultHasher, Hasher},
    io,
    path::Path,
};

const PAGE: [&str; 4] = ["examples.js", "page.css", "page.js", "session.js"];
const BUNDLE: [&str; 2] = ["dist/graphiql.css", "dist/graphiql.js"];

fn main() -> io::Result<()> {
    let folder = Path::new("graphiql");
    let bundled = BUNDLE.iter().all(|file| folder.join(file).exists());
    let mut hasher = DefaultHasher::new();
    for file in PAGE.iter().chain(BUNDLE.iter().filter(|_| bundled)) {
        hasher.write(&fs::read(folder.join(file))?);
    }

    println!("cargo::rustc-check-cfg=cfg(graphiql_bundle)");
    if bundled {
        println!("cargo::rustc-cfg=graphiql_bundle");
    }
    println!("cargo::rustc-env=GRAPHIQL_VERSION={:016x}", hasher.finish());
    // The whole folder: a missing file would count as changed in every build.
    println!("cargo::rerun-if-changed=graphiql/dist");
    for file in PAGE {
        println!("cargo::rerun-if-changed=graphiql/{file}");
    }
    Ok(())
}
