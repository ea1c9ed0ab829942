//! Rules for reading: the rows that SQL returns against the ability's decision about each.

use database::{Database, DatabaseUrl, test_server::TestServer, user};
use domain::{
    Role,
    ability::{Ability, Action, Condition as Rule, Rules, Value},
};
use migration::{Direction, migrate};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{RngSeed, TestRunner},
};
use sea_orm::{ConnectionTrait, EntityTrait, StatementBuilder, sea_query::Query};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::{author, book};

/// Users' roles as other servers store them; null is absent.
const ROLES: [&str; 10] = [
    "null",
    "''",
    "'user'",
    "'ADMIN'",
    "'user,admin_ro'",
    "' admin_ro ,user'",
    "'emperor'",
    "'\u{a0}Admin_RW\t'",
    "'ad min'",
    "'a\"b\\,admin'",
];
const IDS: [&str; 3] = ["ann", "bob", "Ann"];
const TEXTS: [&str; 20] = [
    "ann", "bob", "Ann", "A", "a", "", "0", "1", "1815", "null", "true", "é", "user", "admin",
    "admin_ro", "admin_rw", "a\0", "u3", "r7", "A ",
];
const TITLES: [&str; 8] = ["A", "a", "", "0", "1815", "é", "ann", "A "];
const YEARS: [&str; 5] = ["null", "0", "1", "-1", "1815"];

/// Books, authors and users that differ in what rules name.
fn rows(no: &str, yes: &str) -> String {
    let now = "'2026-01-01T00:00:00+00:00'";
    let users = (0..).zip(ROLES).map(|(n, role)| {
        let id = IDS.get(n).map_or_else(|| format!("u{n}"), ToString::to_string);
        let verified = if n % 2 == 0 { yes } else { no };
        format!(
            r#"insert into "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
               values ('{id}', 'U', '{id}{n}@example.com', {verified}, {role}, {now}, {now});"#
        )
    });
    let of = |n: usize| (IDS[n % 3], TITLES[n % 8], YEARS[n % 5], YEARS[n / 5 % 5]);
    let books = (0..60).map(|n| {
        let (owner, title, year, _) = of(n);
        let isbn = TEXTS.get(n / 2).filter(|text| n % 2 == 0 && !text.contains('\0'));
        let isbn = isbn.map_or_else(|| "null".to_owned(), |isbn| format!("'{isbn}'"));
        format!(
            r#"insert into "book" ("id", "title", "titleFolded", "isbn", "releaseYear", "userId", "createdAt", "updatedAt")
               values ('r{n}', '{title}', 'x', {isbn}, {year}, '{owner}', {now}, {now});"#
        )
    });
    let authors = (0..60).map(|n| {
        let (owner, name, birth, death) = of(n);
        format!(
            r#"insert into "author" ("id", "name", "nameFolded", "birthYear", "deathYear", "userId", "createdAt", "updatedAt")
               values ('r{n}', '{name}', 'x', {birth}, {death}, '{owner}', {now}, {now});"#
        )
    });
    users.chain(books).chain(authors).collect()
}

/// A database with these rows, and the rows as they are read from it.
struct Library {
    db: Database,
    books: Vec<Book>,
    authors: Vec<Author>,
    users: Vec<User>,
    _folder: TempDir,
    server: Option<TestServer>,
}

impl Library {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        // Any number but zero is true.
        Self::filled(Database::connect(&url).await.unwrap(), &rows("0", "2"), folder, None).await
    }

    /// `None` without a server, which is reported.
    async fn postgres() -> Option<Self> {
        let server = TestServer::create("rules for reading on PostgreSQL").await.unwrap()?;
        let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Some(Self::filled(db, &rows("false", "true"), folder, Some(server)).await)
    }

    async fn filled(db: Database, rows: &str, folder: TempDir, server: Option<TestServer>) -> Self {
        let own = db.dedicated().await.unwrap();
        migrate(&own, Direction::Up(None)).await.unwrap();
        own.close().await.unwrap();
        db.writer().execute_unprepared(rows).await.unwrap();
        let books = all::<book::entity::Entity, _>(&db).await;
        let (authors, users) = (
            all::<author::entity::Entity, _>(&db).await,
            all::<user::entity::Entity, _>(&db).await,
        );
        Self { db, books, authors, users, _folder: folder, server }
    }

    /// Compares what SQL returns with the ability's decision about each row.
    async fn compare(&self, ability: &Ability<'_>) {
        self.compare_rows(rule_table::<Book>(), &self.books, |book| &book.id.0, ability).await;
        self.compare_rows(rule_table::<Author>(), &self.authors, |author| &author.id.0, ability)
            .await;
        self.compare_rows(user::RULES, &self.users, |user| &user.id.0, ability).await;
    }

    async fn compare_rows<S: Subject>(
        &self,
        table: RuleTable,
        rows: &[S],
        id: fn(&S) -> &str,
        ability: &Ability<'_>,
    ) {
        let mut decided: Vec<_> =
            rows.iter().filter(|row| ability.can(Action::Read, *row)).map(id).collect();
        decided.sort_unstable();
        let Ok(readable) = ability.readable::<S>() else {
            assert!(decided.is_empty(), "{ability:?}");
            return;
        };
        let backend = self.db.reader().get_database_backend();
        let condition = match condition(backend, RuleTable { alias: "t", ..table }, &readable) {
            Ok(condition) => condition,
            Err(error) => {
                let column = |name: &str| (table.column)(backend, "t", name);
                let rule = readable.condition().unwrap();
                assert!(names(rule).iter().any(|name| column(name).is_none()), "{error}");
                return;
            }
        };
        let id = (Alias::new("t"), Alias::new("id"));
        let mut query = Query::select();
        query.column(id.clone()).from_as(Alias::new(table.alias), Alias::new("t"));
        if let Some(condition) = condition {
            query.cond_where(condition);
        }
        let statement = StatementBuilder::build(&query, &backend);
        let found = self.db.reader().query_all_raw(statement.clone()).await;
        let found = found.unwrap_or_else(|error| panic!("{error}: {statement}"));
        let mut found: Vec<String> =
            found.iter().map(|row| row.try_get("", "id").unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, decided, "{statement}");
    }

    async fn remove(self) {
        self.db.close().await.unwrap();
        if let Some(server) = self.server {
            server.remove().await.unwrap();
        }
    }
}

async fn all<E: EntityTrait, S: From<E::Model>>(db: &Database) -> Vec<S> {
    E::find().all(db.reader()).await.unwrap().into_iter().map(S::from).collect()
}

/// The fields that a condition names.
fn names(rule: &Rule<'_>) -> Vec<&'static str> {
    match rule {
        Rule::Eq(name, _) | Rule::Ne(name, _) | Rule::In(name, _) => vec![*name],
        Rule::All(parts) | Rule::Any(parts) => parts.iter().flat_map(names).collect(),
        Rule::Not(part) => names(part),
    }
}

/// A rule that is drawn.
#[derive(Clone, Debug)]
struct Drawn {
    inverted: bool,
    actions: &'static [Action],
    kinds: &'static [Kind],
    fields: Option<&'static [&'static str]>,
    condition: Option<Rule<'static>>,
}

fn value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => select(&[0, 1, -1, 1815][..]).prop_map(Value::from),
        4 => select(&TEXTS[..]).prop_map(Value::from),
    ]
}

fn conditions(names: &'static [&'static str]) -> impl Strategy<Value = Rule<'static>> {
    let leaf =
        (select(names), vec(value(), 0..4), 0..4_u8).prop_map(|(name, values, form)| {
            match (form, values.first().cloned()) {
                (0 | 1, Some(value)) => Rule::Eq(name, value),
                (2, Some(value)) => Rule::Ne(name, value),
                _ => Rule::In(name, values),
            }
        });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Rule::All),
            vec(inner.clone(), 0..3).prop_map(Rule::Any),
            inner.prop_map(Rule::negated),
        ]
    })
}

/// Kinds, and the fields that conditions about them name; `pages` is no column.
const ABOUT: [(&[Kind], &[&str]); 6] = [
    (&[Kind::Book], &["id", "ownerId", "title", "isbn", "releaseYear"]),
    (&[Kind::Author], &["id", "ownerId", "name", "birthYear", "deathYear"]),
    (&[Kind::User], &["id", "role", "role", "emailVerified"]),
    (&[Kind::Book, Kind::Author], &["id", "ownerId"]),
    (&[Kind::All], &["id"]),
    (&[Kind::Book], &["title", "title", "pages"]),
];
const ACTIONS: [&[Action]; 4] =
    [&[Action::Read], &[Action::Manage], &[Action::Update], &[Action::Read, Action::Update]];
const FIELDS: [Option<&[&str]>; 5] = [None, None, None, Some(&["title"]), Some(&[])];

fn rule() -> impl Strategy<Value = Drawn> {
    let about = select(&ABOUT[..]).prop_flat_map(|(kinds, names)| {
        (Just(kinds), prop::option::weighted(0.8, conditions(names)))
    });
    (any::<bool>(), select(&ACTIONS[..]), about, select(&FIELDS[..])).prop_map(
        |(inverted, actions, (kinds, condition), fields)| Drawn {
            inverted,
            actions,
            kinds,
            fields,
            condition,
        },
    )
}

fn ability(drawn: Vec<Drawn>) -> Ability<'static> {
    let mut rules = Rules::default();
    for Drawn { inverted, actions, kinds, fields, condition } in drawn {
        let rule = if inverted { rules.cannot(actions, kinds) } else { rules.can(actions, kinds) };
        if let Some(fields) = fields {
            rule.fields(fields);
        }
        if let Some(condition) = condition {
            rule.when(condition);
        }
    }
    Ability::new(rules, None)
}

fn check(runtime: &Runtime, library: Library, cases: u32) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_130),
        ..ProptestConfig::default()
    };
    let compared = TestRunner::new(config).run(&vec(rule(), 0..8), |drawn| {
        runtime.block_on(library.compare(&ability(drawn)));
        Ok(())
    });
    compared.unwrap();
    runtime.block_on(library.remove());
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn sqlite_returns_the_rows_that_the_ability_lets_read() {
    let runtime = runtime();
    let library = runtime.block_on(Library::sqlite());
    check(&runtime, library, 1_500);
}

#[test]
fn postgres_returns_the_rows_that_the_ability_lets_read() {
    let runtime = runtime();
    let Some(library) = runtime.block_on(Library::postgres()) else { return };
    check(&runtime, library, 400);
}

#[test]
fn every_role_of_a_user_is_found() {
    let runtime = runtime();
    let library = runtime.block_on(Library::sqlite());
    for role in Role::ALL {
        let mut rules = Rules::default();
        rules.can(&[Action::Read], &[Kind::User]).when(Rule::eq("role", role.as_str()));
        let ability = Ability::new(rules, None);
        assert!(library.users.iter().any(|user| ability.can(Action::Read, user)), "{role}");
        runtime.block_on(library.compare(&ability));
    }
    runtime.block_on(library.remove());
}

fn rules_about_pages(_: Option<(&domain::UserId, Role)>) -> Rules<'_> {
    let mut rules = Rules::default();
    rules.can(&[Action::Read], &[Kind::Book]).when(Rule::eq("pages", 1));
    rules
}

fn rules_about_titles(_: Option<(&domain::UserId, Role)>) -> Rules<'_> {
    let mut rules = Rules::default();
    rules.can(&[Action::Read], &[Kind::Book]).fields(&["title"]);
    rules
}

#[test]
fn a_rule_that_cannot_be_enforced_is_found_at_the_start() {
    assert!(check_rules(&AbilityFactory::default()).is_ok());
    for (rules, message) in [
        (rules_about_pages as domain::ability::RuleSet, "names pages, not a column"),
        (rules_about_titles, "must not be limited to fields"),
    ] {
        let Err(Error::Internal(error)) = check_rules(&AbilityFactory::new(rules)) else {
            panic!("{message}")
        };
        assert!(error.to_string().contains(message), "{error}");
    }
}
