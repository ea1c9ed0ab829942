//! Scopes as they are stored: one text, separated by commas.

/// The scopes of a stored text.
pub(crate) fn split_scopes(scope: Option<&str>) -> Vec<&str> {
    let scopes = scope.unwrap_or_default().split(',').map(str::trim);
    scopes.filter(|scope| !scope.is_empty()).collect()
}

/// The stored scopes and then the new ones, each once, as a text to store; `None` if there are
/// none.
pub(crate) fn merge_scopes(stored: Option<&str>, new: &[String]) -> Option<String> {
    let new = new.iter().map(|scope| scope.trim()).filter(|scope| !scope.is_empty());
    let mut merged = Vec::new();
    for scope in split_scopes(stored).into_iter().chain(new) {
        if !merged.contains(&scope) {
            merged.push(scope);
        }
    }
    (!merged.is_empty()).then(|| merged.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with `mergeScopes` of better-auth 1.7.25.
    #[test]
    fn scopes_are_merged_in_their_order() {
        for (stored, new, merged) in [
            (None, &[][..], None),
            (Some(" , "), &[" "], None),
            (Some("a, b"), &["c", "a"], Some("a,b,c")),
            (None, &["a", "a", "b "], Some("a,b")),
            (Some("a b"), &["b"], Some("a b,b")),
            (Some("a,a"), &[], Some("a")),
        ] {
            let new: Vec<_> = new.iter().map(|&scope: &&str| scope.to_owned()).collect();
            assert_eq!(merge_scopes(stored, &new).as_deref(), merged, "{stored:?} {new:?}");
        }
    }
}
