//! Search on PostgreSQL: words that triggers extract, under a GIN index.
//!
//! Neither `to_tsvector` nor character classes are used, because their words depend on the parser
//! and on the database's locale.

use super::{
    SOURCES,
    letters::{LOWER, SEPARATORS, UPPER},
};

/// `searchWords` returns the words of a text in lower case, without diacritics, separated by
/// spaces. `searchVector` gives each word a position, which carries its weight.
const FUNCTIONS: &str = r#"
create function "searchWords"(source text) returns text language sql immutable strict parallel safe as $words$
  select regexp_replace(regexp_replace(normalize({lowered}, NFC), '[{separators}]+', ' ', 'g'), '([^ ]{60})[^ ]+', '\1', 'g')
$words$;

create function "searchVector"(title text, body text) returns tsvector language sql immutable parallel safe as $vector$
  select (regexp_replace("searchWords"(title), '([^ ]+)', '\1:1A', 'g') || ' ' || regexp_replace("searchWords"(coalesce(body, '')), '([^ ]+)', '\1:2', 'g'))::tsvector
$vector$;
"#;

/// Decomposes letters and removes their marks.
const LOWERED: &str = r"translate(lower(regexp_replace(normalize(left(source, 10000), NFD), '[\u0300-\u036f]+', '', 'g')), '{upper}', '{lower}')";

/// Letters that are written as two or three letters.
const PAIRS: [(&str, &str); 15] = [
    ("ß", "ss"),
    ("ẞ", "ss"),
    ("æ", "ae"),
    ("Æ", "ae"),
    ("œ", "oe"),
    ("Œ", "oe"),
    ("þ", "th"),
    ("Þ", "th"),
    ("ﬀ", "ff"),
    ("ﬁ", "fi"),
    ("ﬂ", "fl"),
    ("ﬃ", "ffi"),
    ("ﬄ", "ffl"),
    ("ﬅ", "st"),
    ("ﬆ", "st"),
];

const TABLES: &str = r#"
create table "{table}Search" ("{table}Id" text collate "C" not null primary key references "{table}" ("id") on delete cascade on update cascade, "words" tsvector not null);

create function "{table}Search"() returns trigger language plpgsql as $search$ begin
  insert into "{table}Search" ("{table}Id", "words") values (new."id", "searchVector"(new."{title}", new."{body}"))
    on conflict ("{table}Id") do update set "words" = excluded."words";
  return null;
end $search$;

create trigger "{table}_search_insert" after insert on "{table}" for each row execute function "{table}Search"();
create trigger "{table}_search_update" after update of "{title}", "{body}" on "{table}" for each row
  when (old."{title}" is distinct from new."{title}" or old."{body}" is distinct from new."{body}") execute function "{table}Search"();

insert into "{table}Search" ("{table}Id", "words") select "id", "searchVector"("{title}", "{body}") from "{table}";
create index "{table}Search_words_idx" on "{table}Search" using gin ("words");
"#;

const DOWN: &str = r#"
drop trigger "{table}_search_insert" on "{table}";
drop trigger "{table}_search_update" on "{table}";
drop function "{table}Search"();
drop table "{table}Search";
"#;

const DOWN_FUNCTIONS: &str = r#"
drop function "searchVector"(text, text);
drop function "searchWords"(text);
"#;

pub(crate) fn up() -> String {
    let lowered = PAIRS
        .iter()
        .fold(LOWERED.to_owned(), |text, (from, to)| format!("replace({text}, '{from}', '{to}')"));
    let functions = FUNCTIONS
        .replace("{lowered}", &lowered)
        .replace("{separators}", &SEPARATORS.concat())
        .replace("{upper}", &UPPER.concat())
        .replace("{lower}", &LOWER.concat());
    let tables = SOURCES.iter().map(|source| source.fill(TABLES));
    functions + &tables.collect::<String>()
}

pub(crate) fn down() -> String {
    let tables = SOURCES.iter().map(|source| source.fill(DOWN));
    tables.collect::<String>() + DOWN_FUNCTIONS
}
