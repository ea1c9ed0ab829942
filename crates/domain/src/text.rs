//! Text in the form in which it is searched and sorted.

use unicode_normalization::UnicodeNormalization;

/// Folds case and compatibility forms away, beyond ASCII too, so that equal means
/// "the same to a reader": `fold("STRASSE") == fold("straße")`. The database
/// stores folded titles and names and compares them byte by byte, which gives
/// SQLite and `PostgreSQL` one search and one order whatever their locale.
#[must_use]
pub fn fold(text: &str) -> String {
    // Upper, then lower: the detour joins what lower alone keeps apart (ß and ss, ς and σ).
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_goes_beyond_ascii() {
        for (left, right) in [
            ("STRASSE", "straße"),
            ("ΟΔΥΣΣΕΎΣ", "Οδυσσεύς"),
            ("LES MISÉRABLES", "les mise\u{301}rables"),
            ("ПРЕСТУПЛЕНИЕ", "преступление"),
            ("\u{fb01}n", "FIN"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} and {right}");
        }
        assert_ne!(fold("résumé"), fold("resume"));
    }
}
