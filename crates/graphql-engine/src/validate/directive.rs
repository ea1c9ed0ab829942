//! Directives: defined, in an allowed location, and unique per location.

use std::collections::HashSet;

use async_graphql::{Name, Positioned, parser::types::Directive};

use super::walk::Walk;

impl<'d> Walk<'d, '_> {
    /// Checks the directives of one location, which is named as in introspection.
    pub(super) fn directives(&mut self, directives: &'d [Positioned<Directive>], location: &str) {
        let mut names = HashSet::new();
        for Positioned { node: directive, pos } in directives {
            let name = &directive.name.node;
            let Some(known) = self.index.directives.get(name) else {
                let known = self.index.directives.keys().map(Name::as_str);
                self.errors.unknown(*pos, name, known, || format!("unknown directive \"@{name}\""));
                self.arguments(&directive.arguments, None, *pos, String::new);
                continue;
            };
            if !known.locations.iter().any(|known| known == location) {
                self.errors.add(*pos, || {
                    format!("the directive \"@{name}\" cannot be used on {location}")
                });
            }
            if !names.insert(name) && !known.is_repeatable {
                self.errors.add(*pos, || format!("the directive \"@{name}\" is used here twice"));
            }
            let owner = || format!("the directive \"@{name}\"");
            self.arguments(&directive.arguments, Some(&known.arguments), *pos, owner);
        }
    }
}
