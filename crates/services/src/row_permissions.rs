//! Actions that a viewer may perform on a row.

use domain::{
    AbilityFactory, CurrentUser,
    ability::{Action, Subject},
};

/// Actions that a viewer may perform on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPermissions {
    /// Whether the viewer may update the row.
    pub update: bool,
    /// Whether the viewer may delete the row.
    pub delete: bool,
}

impl RowPermissions {
    /// Evaluates the rules for `viewer` and `row`.
    pub(crate) fn evaluate<S: Subject>(
        abilities: &AbilityFactory,
        viewer: Option<&CurrentUser>,
        row: &S,
    ) -> Self {
        let ability = abilities.for_viewer(viewer);
        Self { update: ability.can(Action::Update, row), delete: ability.can(Action::Delete, row) }
    }
}
