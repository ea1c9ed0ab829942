//! Node's dotenv reads the same files.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::EnvFile;

const COUNT: usize = 20_000;
const SEED: u32 = 20_261_130;

/// A file, and what dotenv makes of it.
#[derive(Deserialize)]
struct Expected {
    text: String,
    values: BTreeMap<String, String>,
}

/// `None` without Node.js: the test is skipped.
fn expected() -> Option<Vec<Expected>> {
    let printed =
        skips::oracle("dotenv-oracle.mjs", &[&COUNT.to_string(), &SEED.to_string()], "dotenv")?;
    Some(printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn dotenv_reads_twenty_thousand_files_alike() {
    let Some(files) = expected() else { return };
    assert_eq!(files.len(), COUNT);
    let (mut alike, mut refused, mut values, mut differences) = (0, 0, 0, Vec::new());
    for Expected { text, values: expected } in &files {
        let file = EnvFile::parse(text.as_bytes());
        let invisible = text.contains(['\u{2028}', '\u{2029}']);
        if file.values == *expected && file.faults.is_empty() {
            alike += 1;
            values += expected.len();
        } else if file.faults.is_empty()
            // Of what is refused, all that is read is as in dotenv, but for names that a
            // refused line has besides.
            || !invisible && !file.values.iter().all(|(name, value)| {
                expected.get(name) == Some(value) || is_faulty(&file, name)
            })
        {
            differences
                .push(format!("{text:?}\n  dotenv: {expected:?}\n  ours: {:?}", file.values));
        } else {
            refused += 1;
        }
    }
    let figures = format!("{alike} files alike with {values} values, {refused} refused");
    assert!(alike > COUNT / 2 && refused > COUNT / 10 && values > COUNT, "{figures}");
    let shown = differences.iter().take(10).map(String::as_str).collect::<Vec<_>>();
    assert!(
        differences.is_empty(),
        "{figures}, {} differ:\n{}",
        differences.len(),
        shown.join("\n")
    );
}

fn is_faulty(file: &EnvFile, name: &str) -> bool {
    file.faults.iter().any(|fault| fault.what.starts_with(&format!(": {name} begins")))
}
