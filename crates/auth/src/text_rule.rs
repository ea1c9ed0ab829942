//! Rules of texts that a setting gives as a regular expression.

use std::str::FromStr;

use regex::Regex;

/// A regular expression that matches a whole text. Its classes are of ASCII: it has `[0-9]` instead
/// of `\d`.
#[derive(Clone, Debug)]
pub struct TextRule(Regex);

impl TextRule {
    /// A rule of this code; tests make each of them.
    pub(crate) fn constant(pattern: &'static str) -> Self {
        #[expect(clippy::expect_used, reason = "a constant, and a test makes it")]
        pattern.parse().expect("a regular expression")
    }

    /// Whether the text follows the rule.
    pub(crate) fn allows(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl FromStr for TextRule {
    type Err = regex::Error;

    fn from_str(pattern: &str) -> Result<Self, Self::Err> {
        Regex::new(&format!("^(?:{pattern})$")).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_matches_the_whole_text() {
        let rule: TextRule = "[a-z]+|[0-9]+".parse().unwrap();
        for (text, allowed) in
            [("ann", true), ("12", true), ("ann1", false), ("ann\n", false), ("", false)]
        {
            assert_eq!(rule.allows(text), allowed, "{text:?}");
        }
        assert!("[a".parse::<TextRule>().is_err());
        assert!("^[a-z]+$".parse::<TextRule>().unwrap().allows("ann"));
    }
}
