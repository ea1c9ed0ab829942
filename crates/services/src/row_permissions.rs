//! The actions on a row that its viewer may take.

use domain::{
    AbilityFactory, CurrentUser,
    ability::{Action, Subject},
};

/// The actions on a row that a viewer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPermissions {
    /// Whether the viewer may change it.
    pub update: bool,
    /// Whether the viewer may remove it.
    pub delete: bool,
}

impl RowPermissions {
    /// The actions that the rules allow `viewer` on `row`.
    pub(crate) fn of<S: Subject>(
        abilities: &AbilityFactory,
        viewer: Option<&CurrentUser>,
        row: &S,
    ) -> Self {
        let ability = abilities.for_viewer(viewer);
        Self { update: ability.can(Action::Update, row), delete: ability.can(Action::Delete, row) }
    }
}
