//! What a viewer may do to a row, told before they try.

use domain::{
    AbilityFactory, CurrentUser,
    ability::{Action, Subject},
};

/// Which changes of one row its viewer may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changes {
    /// They may change it.
    pub update: bool,
    /// They may remove it.
    pub delete: bool,
}

impl Changes {
    /// What `viewer` may do to `row`, by the rules that decide when they do it.
    pub(crate) fn of<S: Subject>(
        abilities: &AbilityFactory,
        viewer: Option<&CurrentUser>,
        row: &S,
    ) -> Self {
        let ability = abilities.of(viewer);
        Self { update: ability.can(Action::Update, row), delete: ability.can(Action::Delete, row) }
    }
}
