//! Authors: the stored person, the input that makes or changes one, and its rules.

use chrono::{DateTime, Utc};

use serde::{Deserialize, Serialize};

use crate::{
    Result,
    ability::{Kind, Subject, Value},
    clock,
    entity::Entity,
    field::{EntityField, Field},
    fields,
    filter::{Combinators, Filter},
    id::{AuthorId, UserId},
    page::YearRange,
    patch::Patch,
    search::Search,
    sort::SortTerm,
    validation::Checks,
    version,
};

/// A writer of books, and the user who added them to the library. As JSON, a row of the
/// database and a message to other processes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Author {
    /// `UUIDv7` text.
    pub id: AuthorId,
    /// 1 to 300 characters.
    pub name: String,
    /// A biography of up to 10,000 characters.
    pub bio: Option<String>,
    /// Before Christ is negative.
    pub birth_year: Option<i32>,
    /// Not before the birth.
    pub death_year: Option<i32>,
    /// Who added them.
    pub owner_id: UserId,
    /// When they were added.
    #[serde(deserialize_with = "clock::instant")]
    pub created_at: DateTime<Utc>,
    /// When a field last changed.
    #[serde(deserialize_with = "clock::instant")]
    pub updated_at: DateTime<Utc>,
}

fields! {
    /// A field of an [`Author`].
    AuthorField of Author {
        id: Id = Field::id("id").public().rule();
        name: Name = Field::short_text("name").public().rule();
        bio: Bio = Field::long_text("bio").nullable().public();
        birth_year: BirthYear = Field::int("birthYear").nullable().public().rule();
        death_year: DeathYear = Field::int("deathYear").nullable().public().rule();
        owner_id: OwnerId = Field::id("ownerId").public().rule();
        created_at: CreatedAt = Field::instant("createdAt").public();
        updated_at: UpdatedAt = Field::instant("updatedAt").public();
    }
}

impl Entity for Author {
    type Id = AuthorId;
    type Field = AuthorField;
    type Filter = AuthorFilter;
    type Order = AuthorOrder;
    type Nested = Self;
    const TYPE_NAME: &'static str = "Author";
    const NESTED: Option<&'static str> = None;
    const OTHER_FIELDS: &'static [&'static str] =
        &["__typename", "books", "booksConnection", "owner", "viewerCan"];

    fn id(&self) -> &Self::Id {
        &self.id
    }

    fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

impl Subject for Author {
    const KIND: Kind = Kind::Author;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        AuthorField::in_rules(self, name)
    }
}

impl Author {
    /// A new author, added by `owner_id`.
    #[must_use]
    pub fn new(id: AuthorId, owner_id: UserId, content: NewAuthor, now: DateTime<Utc>) -> Self {
        let NewAuthor { name, bio, birth_year, death_year } = content;
        let (created_at, updated_at) = (now, now);
        Self { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at }
    }

    /// This author with other content, in a new version.
    #[must_use]
    pub fn with(self, content: NewAuthor, now: DateTime<Utc>) -> Self {
        let Self { id, owner_id, created_at, updated_at, .. } = self;
        let updated_at = version::after(updated_at, now);
        Self { created_at, updated_at, ..Self::new(id, owner_id, content, now) }
    }
}

/// An author as a client describes them, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct AuthorInput {
    /// See [`Author::name`].
    pub name: String,
    /// See [`Author::bio`].
    pub bio: Option<String>,
    /// See [`Author::birth_year`].
    pub birth_year: Option<i32>,
    /// See [`Author::death_year`].
    pub death_year: Option<i32>,
}

/// A change of an author as a client describes it, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct AuthorPatch {
    /// Cannot be cleared.
    pub name: Patch<String>,
    /// See [`Author::bio`].
    pub bio: Patch<String>,
    /// See [`Author::birth_year`].
    pub birth_year: Patch<i32>,
    /// See [`Author::death_year`].
    pub death_year: Patch<i32>,
}

/// A checked author, ready to be stored; only [`AuthorInput::validated`] and
/// [`AuthorPatch::validated`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuthor {
    name: String,
    bio: Option<String>,
    birth_year: Option<i32>,
    death_year: Option<i32>,
}

impl AuthorInput {
    /// Fails with every field that breaks a rule. `this_year` bounds the years.
    pub fn validated(self, this_year: i32) -> Result<NewAuthor> {
        self.checked(this_year, None)
    }

    /// A name that stays is not checked again: rules may have been others when it was
    /// given.
    fn checked(self, this_year: i32, known_name: Option<&str>) -> Result<NewAuthor> {
        let Self { name, bio, birth_year, death_year } = self;
        let mut checks = Checks::default();
        let stays = known_name == Some(&*name);
        let name = if stays { name } else { checks.name("name", &name) };
        let bio = bio.map(|text| checks.text("bio", text));
        for (field, year) in [("birthYear", birth_year), ("deathYear", death_year)] {
            if let Some(year) = year {
                checks.year(field, year, this_year + 1);
            }
        }
        let lived = birth_year.zip(death_year).is_none_or(|(birth, death)| birth <= death);
        checks.require(lived, "deathYear", "must not be before birthYear");
        checks.finish()?;
        Ok(NewAuthor { name, bio, birth_year, death_year })
    }
}

impl AuthorPatch {
    /// `author` after this patch. Fails with every field that breaks a rule.
    pub fn validated(self, author: &Author, this_year: i32) -> Result<NewAuthor> {
        let Self { name, bio, birth_year, death_year } = self;
        AuthorInput {
            name: name.apply(Some(author.name.clone())).unwrap_or_default(),
            bio: bio.apply(author.bio.clone()),
            birth_year: birth_year.apply(author.birth_year),
            death_year: death_year.apply(author.death_year),
        }
        .checked(this_year, Some(&author.name))
    }
}

impl NewAuthor {
    /// 1 to 300 characters, trimmed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Up to 10,000 characters.
    #[must_use]
    pub fn bio(&self) -> Option<&str> {
        self.bio.as_deref()
    }

    /// -3000 to next year.
    #[must_use]
    pub fn birth_year(&self) -> Option<i32> {
        self.birth_year
    }

    /// -3000 to next year, not before the birth.
    #[must_use]
    pub fn death_year(&self) -> Option<i32> {
        self.death_year
    }
}

/// Which authors a list has: all conditions must hold, an absent one always does.
#[derive(Clone, Debug, Default)]
pub struct AuthorFilter {
    /// Text within the name, whatever its case.
    pub name: Option<String>,
    /// The year of birth.
    pub birth_year: YearRange,
    /// The user who added them.
    pub owner_id: Option<UserId>,
    /// Words that they must have; absent in a filter within another.
    pub search: Option<Search>,
    /// The filters that must hold besides.
    pub combinators: Combinators<Self>,
}

impl Filter for AuthorFilter {
    fn check(&self, checks: &mut Checks) {
        checks.search("name", self.name.as_ref());
    }

    fn combinators(&self) -> &Combinators<Self> {
        &self.combinators
    }

    fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }
}

/// One key to sort authors by; an unknown year comes last either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AuthorOrder {
    NameAsc,
    NameDesc,
    BirthYearAsc,
    BirthYearDesc,
    CreatedAtAsc,
    CreatedAtDesc,
}

impl From<AuthorOrder> for SortTerm {
    fn from(order: AuthorOrder) -> Self {
        match order {
            AuthorOrder::NameAsc => AuthorField::Name.asc(),
            AuthorOrder::NameDesc => AuthorField::Name.desc(),
            AuthorOrder::BirthYearAsc => AuthorField::BirthYear.asc(),
            AuthorOrder::BirthYearDesc => AuthorField::BirthYear.desc(),
            AuthorOrder::CreatedAtAsc => AuthorField::CreatedAt.asc(),
            AuthorOrder::CreatedAtDesc => AuthorField::CreatedAt.desc(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn homer() -> Author {
        Author {
            id: AuthorId::from("a1"),
            name: "Homer".to_owned(),
            bio: None,
            birth_year: Some(-750),
            death_year: None,
            owner_id: UserId::from("u1"),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn nobody_dies_before_being_born_in_a_patch_either() {
        for (death, ok) in [(-751, false), (-750, true), (-700, true)] {
            let patch = AuthorPatch { death_year: Patch::Set(death), ..AuthorPatch::default() };
            assert_eq!(patch.validated(&homer(), 2026).is_ok(), ok, "{death}");
        }
    }

    #[test]
    fn every_failure_is_reported_at_once() {
        let input = AuthorInput {
            name: "x".repeat(301),
            bio: Some("\0".to_owned()),
            birth_year: Some(-3001),
            death_year: Some(9999),
        };
        let Err(Error::Invalid(failures)) = input.validated(2026) else { panic!("accepted") };
        let fields: Vec<_> = failures.iter().map(|failure| &*failure.field).collect();
        assert_eq!(fields, ["name", "bio", "birthYear", "deathYear"]);
    }
}
