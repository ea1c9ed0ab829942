//! Bookplate's rules, and the factory of abilities.

use super::{
    Ability, Accessible,
    Action::{Create, Delete, Manage, Read, Update},
    Condition, Kind, Readable, Rules, Subject, Value,
};
use crate::{
    Result,
    author::NewAuthor,
    book::NewBook,
    id::UserId,
    user::{CurrentUser, NewUser, Role, User},
};

/// The kinds that every viewer reads and every signed-in user creates.
const LIBRARY: &[Kind] = &[Kind::Book, Kind::Author];

/// Fields of a user that everyone may read.
const PUBLIC_USER_FIELDS: &[&str] = &[
    "id",
    "name",
    "image",
    "createdAt",
    "books",
    "booksConnection",
    "authors",
    "authorsConnection",
];

/// Bookplate's rules for a user of this id and role; `None` is an anonymous viewer.
#[must_use]
pub fn rules(viewer: Option<(&UserId, Role)>) -> Rules<'_> {
    let mut rules = Rules::default();

    // Every viewer reads.
    rules.can(&[Read], LIBRARY);
    rules.can(&[Read], &[Kind::User]).fields(PUBLIC_USER_FIELDS);

    // Every signed-in user creates rows, and changes their own.
    let Some((id, role)) = viewer else { return rules };
    let id = id.as_str();
    rules.can(&[Create], LIBRARY);
    rules.can(&[Update, Delete], LIBRARY).when(Condition::eq("ownerId", id));
    rules.can(&[Read, Update, Delete], &[Kind::User]).when(Condition::eq("id", id));

    match role {
        Role::User => {}
        Role::AdminRo => _ = rules.can(&[Read], &[Kind::All]),
        Role::AdminRw => _ = rules.can(&[Manage], &[Kind::All]),
    }

    // No user reads the rules of another user.
    rules.cannot(&[Read], &[Kind::User]).fields(&["abilities"]).when(Condition::ne("id", id));
    rules
}

/// A function that returns the rules for a user of this id and role; `None` is an anonymous
/// viewer.
pub type RuleSet = for<'u> fn(Option<(&'u UserId, Role)>) -> Rules<'u>;

/// Creates the abilities of viewers from one set of rules.
#[derive(Clone, Copy, Debug)]
pub struct AbilityFactory {
    rules: RuleSet,
    /// Kinds of which every viewer may read every row. Reads of these kinds skip the rules.
    public: [Option<Kind>; Kind::OF_SUBJECTS.len()],
}

/// Creates abilities from [`rules`].
impl Default for AbilityFactory {
    fn default() -> Self {
        Self::new(rules)
    }
}

/// An id that no user has.
static NO_ID: UserId = UserId(String::new());

impl AbilityFactory {
    /// Creates a factory with these rules.
    #[must_use]
    pub fn new(rules: RuleSet) -> Self {
        let everybody_reads = |kind| {
            let mut all = abilities_of_all_roles(rules);
            all.all(|ability| ability.accessible(Read, kind) == Accessible::Everything)
        };
        let public = Kind::OF_SUBJECTS.map(|kind| everybody_reads(kind).then_some(kind));
        Self { rules, public }
    }

    /// Returns the ability of a viewer; `None` is an anonymous viewer.
    #[must_use]
    pub fn for_viewer<'u>(&self, viewer: Option<&'u CurrentUser>) -> Ability<'u> {
        Ability::new((self.rules)(viewer.map(|user| (&user.id, user.role))), viewer)
    }

    /// Returns the rules for a user of this id and role.
    #[must_use]
    pub fn rules_for<'u>(&self, id: &'u UserId, role: Role) -> Rules<'u> {
        (self.rules)(Some((id, role)))
    }

    /// Returns the rows that `reader` may read; `None` is an anonymous viewer. Fails with
    /// `FORBIDDEN` if no row can be readable.
    pub fn readable<'u, S: Subject>(
        &self,
        reader: Option<&'u CurrentUser>,
    ) -> Result<Readable<'u, S>> {
        if self.public.contains(&Some(S::KIND)) {
            return Ok(Readable::everything());
        }
        self.for_viewer(reader).readable()
    }

    /// Whether every viewer may read every row of every kind. If so, a response made of rows is
    /// the same for all viewers.
    #[must_use]
    pub fn is_all_public(&self) -> bool {
        self.public.iter().all(Option::is_some)
    }

    /// Returns the readable rows of an anonymous viewer and of each role, for a check of the
    /// rules. Viewers without readable rows are omitted.
    pub fn readable_by_role<S: Subject>(&self) -> impl Iterator<Item = Readable<'static, S>> {
        abilities_of_all_roles(self.rules).filter_map(|ability| ability.readable().ok())
    }

    /// Whether a rule about reading subjects of `kind` is limited to some of their fields.
    #[must_use]
    pub fn limits_fields(&self, kind: Kind) -> bool {
        abilities_of_all_roles(self.rules).any(|ability| {
            let mut rules = ability.rules.iter().filter(|rule| rule.is_about(Read, kind));
            rules.any(|rule| rule.fields.is_some())
        })
    }
}

/// Returns the abilities of an anonymous viewer and of a user of each role.
fn abilities_of_all_roles(rules: RuleSet) -> impl Iterator<Item = Ability<'static>> {
    let users = Role::ALL.into_iter().map(|role| Some((&NO_ID, role)));
    std::iter::once(None).chain(users).map(move |viewer| Ability::new(rules(viewer), None))
}

impl Subject for NewBook {
    const KIND: Kind = Kind::Book;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "title" => self.title().into(),
            "isbn" => self.isbn().into(),
            "releaseYear" => self.release_year().into(),
            _ => return None,
        })
    }
}

impl Subject for NewAuthor {
    const KIND: Kind = Kind::Author;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "name" => self.name().into(),
            "birthYear" => self.birth_year().into(),
            "deathYear" => self.death_year().into(),
            _ => return None,
        })
    }
}

impl Subject for User {
    const KIND: Kind = Kind::User;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "id" => self.id.as_str().into(),
            "role" => self.role.as_str().into(),
            "emailVerified" => self.email_verified.into(),
            _ => return None,
        })
    }
}

impl Subject for NewUser {
    const KIND: Kind = Kind::User;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "id" => self.id.as_str().into(),
            "role" => self.role.as_str().into(),
            _ => return None,
        })
    }
}
