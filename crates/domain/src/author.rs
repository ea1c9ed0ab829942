//! Authors: the stored row, the input for creating and updating it, and its rules.

use chrono::{DateTime, Utc};

use serde::{Deserialize, Serialize};

use crate::{
    Result,
    ability::{Kind, Subject, Value},
    clock,
    entity::Entity,
    field::{EntityField, Field},
    fields,
    filter::{Combinators, Filter, YearRange},
    id::{AuthorId, UserId},
    patch::Patch,
    search::Search,
    sort::SortTerm,
    validation::Checks,
    version,
};

/// An author of books. As JSON, it is a row of the database and part of a message to other
/// processes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Author {
    /// `UUIDv7` text.
    pub id: AuthorId,
    /// 1 to 300 characters.
    pub name: String,
    /// A biography of up to 10,000 characters.
    pub bio: Option<String>,
    /// Year of birth; years BC are negative.
    pub birth_year: Option<i32>,
    /// Year of death, not before the birth.
    pub death_year: Option<i32>,
    /// The user who created the author.
    pub owner_id: UserId,
    /// Time of creation.
    #[serde(deserialize_with = "clock::instant")]
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
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
    /// Creates an author, owned by `owner_id`.
    #[must_use]
    pub fn new(id: AuthorId, owner_id: UserId, content: NewAuthor, now: DateTime<Utc>) -> Self {
        let NewAuthor { name, bio, birth_year, death_year } = content;
        let (created_at, updated_at) = (now, now);
        Self { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at }
    }

    /// Returns this author with other content and a new version.
    #[must_use]
    pub fn with(self, content: NewAuthor, now: DateTime<Utc>) -> Self {
        let Self { id, owner_id, created_at, updated_at, .. } = self;
        let updated_at = version::after(updated_at, now);
        Self { created_at, updated_at, ..Self::new(id, owner_id, content, now) }
    }
}

/// A client's input for a new author, not yet validated.
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

/// A client's update of an author, not yet validated.
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

/// The validated content of an author. Only [`AuthorInput::validated`] and
/// [`AuthorPatch::validated`] create one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuthor {
    name: String,
    bio: Option<String>,
    birth_year: Option<i32>,
    death_year: Option<i32>,
}

impl AuthorInput {
    /// Validates the input. Fails with every field that breaks a rule. `this_year` limits the
    /// years.
    pub fn validated(self, this_year: i32) -> Result<NewAuthor> {
        self.checked(this_year, None)
    }

    /// An unchanged name is not validated again, because older rules may have allowed it.
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
    /// Applies the update to `author` and validates the result. Fails with every field that
    /// breaks a rule.
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

/// A filter of authors. All conditions must hold; an absent condition always holds.
#[derive(Clone, Debug, Default)]
pub struct AuthorFilter {
    /// Part of the name, ignoring case.
    pub name: Option<String>,
    /// The year of birth.
    pub birth_year: YearRange,
    /// The user who created the author.
    pub owner_id: Option<UserId>,
    /// Words that the author must contain; absent in a nested filter.
    pub search: Option<Search>,
    /// The combined filters.
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

/// A sort key of authors; an unknown year is last in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the schema")]
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
mod tests;
