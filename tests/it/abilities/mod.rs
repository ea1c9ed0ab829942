//! Comparison of the rule engine with CASL.

mod draw;

use std::{fmt::Write, fs, process::Command};

use domain::{
    Ability, AbilityFactory, CurrentUser, SessionId,
    ability::{RawRule, Rules},
};
use serde_json::{Value, json};

use self::draw::{ACTIONS, KINDS, NAMES, Random, TestSubject};
use crate::it::support::{Backend, repository_root, skip};

const ABILITIES: usize = 1_500;
/// Numbers of subjects per ability, and of questions of each kind.
const SUBJECTS: usize = 4;
const QUESTIONS: usize = 2;

/// Returns one line for CASL: the rules in the clients' format, the subjects, and the engine's
/// verdicts as `[action, subject's number or type, field, verdict]`.
fn line(
    random: &mut Random,
    raw: &[RawRule<'_>],
    ability: &Ability<'_>,
    subjects: &[TestSubject],
) -> Value {
    let mut verdicts = Vec::new();
    for (number, subject) in subjects.iter().enumerate() {
        for _ in 0..QUESTIONS {
            let action = random.pick(&ACTIONS);
            let mut fields = vec![None, Some(random.pick(&NAMES)), Some("title")];
            fields.push(random.one_in(8).then_some(""));
            for field in fields {
                let yes = subject.verdict(ability, action, field);
                verdicts.push(json!([action, number, field, yes]));
            }
        }
    }
    for kind in KINDS {
        let action = random.pick(&ACTIONS);
        verdicts.push(json!([action, kind, null, ability.can_some(action, kind)]));
    }
    let objects: Vec<_> = subjects.iter().map(|subject| &subject.object).collect();
    json!({ "rules": raw, "subjects": objects, "verdicts": verdicts })
}

/// Returns a line with Bookplate's rules for a user, and stored subjects.
fn bookplate_line(random: &mut Random) -> Value {
    let (id, role) = random.viewer();
    let (email, name) = (String::new(), String::new());
    let session_id = SessionId::from("s");
    let viewer = CurrentUser { id: id.clone(), email, name, role, session_id, is_guest: false };
    let subjects: Vec<_> = (0..SUBJECTS).map(|_| random.stored()).collect();
    let rules = AbilityFactory::default().rules_for(&id, role);
    line(random, &rules.raw(), &AbilityFactory::default().for_viewer(Some(&viewer)), &subjects)
}

/// Returns a line with random rules and subjects.
fn random_line(random: &mut Random) -> Value {
    let rules: Rules<'static> = random.rules();
    let subjects: Vec<_> = (0..SUBJECTS).map(|_| random.subject()).collect();
    let ability = Ability::new(rules.clone(), None);
    line(random, &rules.raw(), &ability, &subjects)
}

/// Returns all lines, and their number of verdicts.
fn all_lines() -> (String, usize) {
    let mut random = Random(2026);
    let (mut lines, mut count) = (String::new(), 0);
    for number in 0..ABILITIES {
        let line =
            if number % 10 == 0 { bookplate_line(&mut random) } else { random_line(&mut random) };
        count += line["verdicts"].as_array().unwrap().len();
        _ = writeln!(lines, "{line}");
    }
    (lines, count)
}

#[test]
fn casl_and_the_engine_have_equal_verdicts() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let (lines, count) = all_lines();
    for part in [r#"{"$in":["#, r#"{"$in":[]}"#, r#"{"$nin":["#, r#"{"$ne":"#, "[null]", ":null"] {
        assert!(lines.contains(part), "no rule contains {part}");
    }
    let folder = repository_root().join("tests/clients");
    if !folder.join("node_modules/@casl").exists() {
        return skip(skips::CLIENTS);
    }
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("verdicts");
    fs::write(&file, lines).unwrap();
    let mut node = Command::new("node");
    node.args(["casl.mjs"]).arg(&file).current_dir(folder).env_remove("NODE_OPTIONS");
    let compared = node.output().unwrap();
    let printed = String::from_utf8(compared.stdout).unwrap();
    assert!(compared.status.success(), "{printed}{}", String::from_utf8_lossy(&compared.stderr));
    for version in ["6.", "7."] {
        let expected = format!("{count} of {count} verdicts on {ABILITIES} abilities agree");
        let found = printed.lines().any(|line| {
            line.starts_with(&format!("@casl/ability {version}")) && line.contains(&expected)
        });
        assert!(found, "{version}: {printed}");
    }
    assert!(printed.contains("members of accessible sets agree"), "{printed}");
    println!("{printed}");
}
