//! Search on SQLite: FTS5 over a table that triggers fill.

use std::fmt::Write;

use super::{
    SOURCES, Source,
    letters::{SCRIPTS, Script},
};

/// Number of nested calls in one statement. With about twenty more, the parser's stack of older
/// versions of SQLite overflows, and they cannot read the schema at all.
const NESTED: usize = 16;

/// `unicode61` folds case and the marks of Latin letters; it treats marks of other scripts as
/// parts of words.
const TABLES: &str = r#"
create table "{table}Search" ("number" integer not null primary key, "{table}Id" text not null unique references "{table}" ("id") on delete cascade, "title" text not null, "body" text not null);

create virtual table "{table}SearchIndex" using fts5("title", "body", content='{table}Search', content_rowid='number', prefix='1 2 3', tokenize="unicode61 remove_diacritics 2 categories 'L* N* M* Co'");
"#;

const FILL: &str = r#"
insert into "{table}Search" ("{table}Id", "title", "body") select "id", substr("{title}", 1, 10000), substr(coalesce("{body}", ''), 1, 10000) from "{table}" order by "id";
{folded}
insert into "{table}SearchIndex" ("{table}SearchIndex") values ('rebuild');
"#;

/// A trigger per script: rows without letters of the script skip the work.
const FOLD: &str = r#"
create trigger "{table}_search_{script}" after insert on "{table}Search" when new."title" || new."body" glob '*[{range}]*' begin {folded} end;
"#;

/// An updated row is removed from the index and added again.
const TRIGGERS: &str = r#"
create trigger "{table}_search_insert" after insert on "{table}" begin {enter} end;
create trigger "{table}_search_delete" before delete on "{table}" begin {leave} end;
create trigger "{table}_search_leave" before update of "id", "{title}", "{body}" on "{table}" when {changed} begin {leave} end;
create trigger "{table}_search_enter" after update of "id", "{title}", "{body}" on "{table}" when {changed} begin {enter} end;
"#;

const CHANGED: &str = r#"old."id" is not new."id" or old."{title}" is not new."{title}" or old."{body}" is not new."{body}""#;

const ENTER: &str = r#"
insert into "{table}Search" ("{table}Id", "title", "body") values (new."id", substr(new."{title}", 1, 10000), substr(coalesce(new."{body}", ''), 1, 10000));
insert into "{table}SearchIndex" (rowid, "title", "body") select "number", "title", "body" from "{table}Search" where "{table}Id" = new."id";
"#;

const LEAVE: &str = r#"
insert into "{table}SearchIndex" ("{table}SearchIndex", rowid, "title", "body") select 'delete', "number", "title", "body" from "{table}Search" where "{table}Id" = old."id";
delete from "{table}Search" where "{table}Id" = old."id";
"#;

/// A row's words leave the index together with its row of `{table}Search`, however that row is
/// deleted.
const FORGET: &str = r#"
create trigger "{table}_search_forget" before delete on "{table}Search" begin
insert into "{table}SearchIndex" ("{table}SearchIndex", rowid, "title", "body") values ('delete', old."number", old."title", old."body");
end;
"#;

const NO_TRIGGERS: &str = r#"
drop trigger "{table}_search_insert";
drop trigger "{table}_search_delete";
drop trigger "{table}_search_leave";
drop trigger "{table}_search_enter";
"#;

const DOWN: &str = r#"
drop table "{table}SearchIndex";
drop table "{table}Search";
"#;

pub(crate) fn up() -> String {
    let of = |source: &Source| {
        let all: String = SCRIPTS.iter().map(|script| folded(script, "")).collect();
        let fill = FILL.replace("{folded}", &all);
        source.fill(&[TABLES, &fill, &folding(), &triggers(ENTER, LEAVE)].concat())
    };
    SOURCES.iter().map(of).collect()
}

/// The triggers that fold the letters of scripts.
pub(super) fn folding() -> String {
    let fold = |script: &Script| {
        FOLD.replace("{script}", script.name)
            .replace("{range}", script.range)
            .replace("{folded}", &folded(script, r#""number" = new."number" and"#))
    };
    SCRIPTS.iter().map(fold).collect()
}

pub(crate) fn down() -> String {
    SOURCES.iter().map(|source| source.fill(&[NO_TRIGGERS, DOWN].concat())).collect()
}

/// Changes [`up`]: the index follows the rows of `{table}Search`.
pub(crate) fn follow_rows() -> String {
    let leave = r#"delete from "{table}Search" where "{table}Id" = old."id";"#;
    let enter = [r#"delete from "{table}Search" where "{table}Id" = new."id";"#, ENTER].concat();
    let rebuild = r#"insert into "{table}SearchIndex" ("{table}SearchIndex") values ('rebuild');"#;
    let all = [NO_TRIGGERS, &triggers(&enter, leave), FORGET, rebuild].concat();
    SOURCES.iter().map(|source| source.fill(&all)).collect()
}

/// Restores [`up`]: the index follows the statements on `{table}`.
pub(crate) fn follow_statements() -> String {
    let forget = r#"drop trigger "{table}_search_forget";"#;
    let all = [NO_TRIGGERS, forget, &triggers(ENTER, LEAVE)].concat();
    SOURCES.iter().map(|source| source.fill(&all)).collect()
}

fn triggers(enter: &str, leave: &str) -> String {
    TRIGGERS.replace("{enter}", enter).replace("{leave}", leave).replace("{changed}", CHANGED)
}

/// Returns statements that replace a script's letters in the rows that contain them and for which
/// `condition` holds.
fn folded(script: &Script, condition: &str) -> String {
    let pairs =
        script.letters.iter().flat_map(|(to, from)| from.chars().map(move |from| (from, *to)));
    let pairs: Vec<_> = pairs.collect();
    let mut statements = String::new();
    for pairs in pairs.chunks(NESTED) {
        let letters: String = pairs.iter().map(|(from, _)| from).collect();
        let replaced = |column: &str| {
            pairs.iter().fold(format!(r#""{column}""#), |text, (from, to)| {
                format!("replace({text}, '{from}', '{to}')")
            })
        };
        let (title, body) = (replaced("title"), replaced("body"));
        _ = writeln!(
            statements,
            r#"update "{{table}}Search" set "title" = {title}, "body" = {body} where {condition} "title" || "body" glob '*[{letters}]*';"#
        );
    }
    statements
}
