//! Rules as CASL takes them: the same verdicts as the engine's.

mod draw;

use std::{fmt::Write, fs, process::Command};

use domain::{
    Ability, AbilityFactory, CurrentUser, SessionId,
    ability::{RawRule, Rules},
};
use serde_json::{Value, json};

use self::draw::{ACTIONS, Asked, Dice, KINDS, NAMES};
use crate::it::support::{Backend, repository, skip};

const ABILITIES: usize = 1_500;
/// So many subjects are asked about, and so many questions of each kind.
const SUBJECTS: usize = 4;
const QUESTIONS: usize = 2;

/// One line for CASL: the rules as clients get them, the subjects, and what the
/// engine says, as `[action, subject's number or type, field, verdict]`.
fn line(dice: &mut Dice, raw: &[RawRule<'_>], ability: &Ability<'_>, asked: &[Asked]) -> Value {
    let mut verdicts = Vec::new();
    for (number, subject) in asked.iter().enumerate() {
        for _ in 0..QUESTIONS {
            let action = dice.pick(&ACTIONS);
            let mut fields = vec![None, Some(dice.pick(&NAMES)), Some("title")];
            fields.push(dice.one_in(8).then_some(""));
            for field in fields {
                let yes = subject.verdict(ability, action, field);
                verdicts.push(json!([action, number, field, yes]));
            }
        }
    }
    for kind in KINDS {
        let action = dice.pick(&ACTIONS);
        verdicts.push(json!([action, kind, null, ability.can_some(action, kind)]));
    }
    let objects: Vec<_> = asked.iter().map(|subject| &subject.object).collect();
    json!({ "rules": raw, "subjects": objects, "verdicts": verdicts })
}

/// Bookplate's rules for some user, asked about what is stored.
fn of_bookplate(dice: &mut Dice) -> Value {
    let (id, role) = dice.viewer();
    let (email, name) = (String::new(), String::new());
    let session_id = SessionId::from("s");
    let viewer = CurrentUser { id: id.clone(), email, name, role, session_id };
    let asked: Vec<_> = (0..SUBJECTS).map(|_| dice.stored()).collect();
    let rules = AbilityFactory::default().rules_for(&id, role);
    line(dice, &rules.raw(), &AbilityFactory::default().for_viewer(Some(&viewer)), &asked)
}

/// Any rules, asked about anything.
fn of_anything(dice: &mut Dice) -> Value {
    let rules: Rules<'static> = dice.rules();
    let asked: Vec<_> = (0..SUBJECTS).map(|_| dice.subject()).collect();
    let ability = Ability::new(rules.clone(), None);
    line(dice, &rules.raw(), &ability, &asked)
}

/// All lines, and how many verdicts are in them.
fn drawn() -> (String, usize) {
    let mut dice = Dice(2026);
    let (mut lines, mut count) = (String::new(), 0);
    for number in 0..ABILITIES {
        let line = if number % 10 == 0 { of_bookplate(&mut dice) } else { of_anything(&mut dice) };
        count += line["verdicts"].as_array().unwrap().len();
        _ = writeln!(lines, "{line}");
    }
    (lines, count)
}

#[test]
fn casl_decides_as_the_engine_does() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let (lines, count) = drawn();
    for part in [r#"{"$in":["#, r#"{"$in":[]}"#, r#"{"$nin":["#, r#"{"$ne":"#, "[null]", ":null"] {
        assert!(lines.contains(part), "never drawn: {part}");
    }
    let folder = repository().join("tests/clients");
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
        let said = format!("{count} of {count} verdicts on {ABILITIES} abilities agree");
        let found = printed.lines().any(|line| {
            line.starts_with(&format!("@casl/ability {version}")) && line.contains(&said)
        });
        assert!(found, "{version}: {printed}");
    }
    assert!(printed.contains("members of accessible sets agree"), "{printed}");
    println!("{printed}");
}
