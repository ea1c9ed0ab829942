//! The factory of abilities.

use super::{Ability, Accessible, Action::Read, Kind, Readable, Rules, Subject, rules};
use crate::{Result, id::UserId, role::Role, user::CurrentUser};

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

    /// Returns the rows that `viewer` may read; `None` is an anonymous viewer. Fails with
    /// `FORBIDDEN` if no row can be readable.
    pub fn readable<'u, S: Subject>(
        &self,
        viewer: Option<&'u CurrentUser>,
    ) -> Result<Readable<'u, S>> {
        if self.public.contains(&Some(S::KIND)) {
            return Ok(Readable::everything());
        }
        self.for_viewer(viewer).readable()
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
