//! Random rules and subjects with a fixed seed.

use chrono::DateTime;
use domain::{
    Author, AuthorId, Book, BookId, Role, SignInFields, User, UserId,
    ability::{Ability, Action, Condition, Kind, Rules, Subject, Value},
};
use serde_json::{Map, json};

use Action::{Create, Delete, Manage, Read, Update};

pub(super) const ACTIONS: [Action; 5] = [Create, Read, Update, Delete, Manage];
pub(super) const KINDS: [Kind; 4] = [Kind::Book, Kind::Author, Kind::User, Kind::All];
const ACTION_LISTS: [&[Action]; 9] = [
    &[Create],
    &[Read],
    &[Update],
    &[Delete],
    &[Manage],
    &[Update, Delete],
    &[Read, Update],
    &[Read, Manage],
    &[],
];
const KIND_LISTS: [&[Kind]; 8] = [
    &[Kind::Book],
    &[Kind::Book],
    &[Kind::Author],
    &[Kind::User],
    &[Kind::All],
    &[Kind::Book, Kind::Author],
    &[Kind::Book, Kind::All],
    &[],
];
const FIELD_LISTS: [&[&str]; 5] =
    [&["title"], &["title", "isbn"], &["id", "ownerId", "releaseYear"], &["email"], &[]];
/// Field names of rules and questions; no subject has the last one.
pub(super) const NAMES: [&str; 9] =
    ["id", "ownerId", "title", "isbn", "releaseYear", "name", "role", "emailVerified", "email"];
const TEXTS: [&str; 8] = ["ann", "bob", "Ann", "", "0", "1", "null", "true"];
const IDS: [&str; 3] = ["ann", "bob", "eve"];

/// A random number generator with a seed. Source: `SplitMix64`.
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Returns a number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Returns true with a probability of 1 / `number`.
    pub(super) fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    /// Returns one of the items.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Returns a list of fewer than `bound` items.
    fn list<T>(&mut self, bound: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(bound)).map(|_| one(self)).collect()
    }

    /// Generates a value of any type.
    fn value(&mut self) -> Value<'static> {
        match self.below(6) {
            0 => Value::Null,
            1 => self.one_in(2).into(),
            2 => self.pick(&[0, 1, -1, 1815]).into(),
            _ => self.pick(&TEXTS).into(),
        }
    }

    /// Generates a condition with at most `depth` levels.
    fn condition(&mut self, depth: usize) -> Condition<'static> {
        let name = self.pick(&NAMES);
        match self.below(if depth == 0 { 4 } else { 7 }) {
            0 | 1 => Condition::Eq(name, self.value()),
            2 => Condition::Ne(name, self.value()),
            3 => Condition::In(name, self.list(4, Self::value)),
            4 => Condition::All(self.list(4, |dice| dice.condition(depth - 1))),
            5 => Condition::Any(self.list(4, |dice| dice.condition(depth - 1))),
            _ => Condition::Not(Box::new(self.condition(depth - 1))),
        }
    }

    /// Generates rules.
    pub(super) fn rules(&mut self) -> Rules<'static> {
        let mut rules = Rules::default();
        for _ in 0..self.below(9) {
            let (actions, kinds) = (self.pick(&ACTION_LISTS), self.pick(&KIND_LISTS));
            let rule = if self.one_in(3) {
                rules.cannot(actions, kinds)
            } else {
                rules.can(actions, kinds)
            };
            if self.one_in(3) {
                rule.fields(self.pick(&FIELD_LISTS));
            }
            if !self.one_in(3) {
                rule.when(self.condition(3));
            }
        }
        rules
    }

    /// Generates a subject of any kind with random values; some fields are missing.
    pub(super) fn subject(&mut self) -> TestSubject {
        let mut row = Row(Vec::new());
        for name in &NAMES[..NAMES.len() - 1] {
            if !self.one_in(3) {
                row.0.push((name, self.value()));
            }
        }
        match self.below(3) {
            0 => TestSubject::new(RowOfKind::<0>(row)),
            1 => TestSubject::new(RowOfKind::<1>(row)),
            _ => TestSubject::new(RowOfKind::<2>(row)),
        }
    }

    /// Generates a user with a role.
    pub(super) fn viewer(&mut self) -> (UserId, Role) {
        (UserId::from(self.pick(&IDS)), self.pick(&Role::ALL))
    }

    /// Generates a stored book, author or user.
    pub(super) fn stored(&mut self) -> TestSubject {
        let (owner_id, year) = (UserId::from(self.pick(&IDS)), self.pick(&[None, Some(1815)]));
        let (created_at, updated_at) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        match self.below(3) {
            0 => TestSubject::new(Book {
                id: BookId::from("emma"),
                title: "Emma".to_owned(),
                description: None,
                isbn: None,
                release_year: year,
                owner_id,
                created_at,
                updated_at,
            }),
            1 => TestSubject::new(Author {
                id: AuthorId::from("jane"),
                name: "Jane Austen".to_owned(),
                bio: None,
                birth_year: year,
                death_year: None,
                owner_id,
                created_at,
                updated_at,
            }),
            _ => TestSubject::new(User {
                id: owner_id,
                name: "Ann".to_owned(),
                email: "ann@example.com".to_owned(),
                email_verified: self.one_in(2),
                image: None,
                role: self.pick(&Role::ALL),
                created_at,
                updated_at,
                deleted_at: None,
                epoch: 0,
                pending: false,
                sign_in: SignInFields::default(),
                ban: None,
            }),
        }
    }
}

/// Fields with values.
struct Row(Vec<(&'static str, Value<'static>)>);

/// A row as a subject of the `K`th kind.
struct RowOfKind<const K: usize>(Row);

impl<const K: usize> Subject for RowOfKind<K> {
    const KIND: Kind = KINDS[K];

    fn field(&self, name: &str) -> Option<Value<'_>> {
        self.0.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
}

/// Evaluates a rule of an ability for an action and a field.
type Evaluate = dyn Fn(&Ability<'_>, Action, Option<&str>) -> bool;

/// A subject as the engine and as clients see it.
pub(super) struct TestSubject {
    pub(super) object: serde_json::Value,
    evaluate: Box<Evaluate>,
}

impl TestSubject {
    fn new<S: Subject + 'static>(subject: S) -> Self {
        let known = NAMES.iter().filter_map(|name| Some((*name, subject.field(name)?)));
        let mut object: Map<_, _> =
            known.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        object.insert("__typename".to_owned(), json!(S::KIND));
        let evaluate = move |ability: &Ability<'_>, action, field: Option<&str>| match field {
            None => ability.can(action, &subject),
            Some(field) => ability.can_field(action, &subject, field),
        };
        Self { object: object.into(), evaluate: Box::new(evaluate) }
    }

    /// Returns the engine's verdict.
    pub(super) fn verdict(
        &self,
        ability: &Ability<'_>,
        action: Action,
        field: Option<&str>,
    ) -> bool {
        (self.evaluate)(ability, action, field)
    }
}
