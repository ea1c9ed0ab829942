//! How much the values of variables hold, before anything looks at what they say.

use async_graphql::{Value, Variables};

use crate::{Limits, Measure, document::Rejection};

/// Fails with `BAD_USER_INPUT` when there is too much of them, or what no database
/// takes.
pub(crate) fn check(variables: &Variables, limits: &Limits) -> Result<(), Rejection> {
    let mut bytes = 0_usize;
    for (name, value) in variables.iter() {
        let Extent { text, longest_list, nul } = Extent::of(value);
        bytes = bytes.saturating_add(name.len()).saturating_add(text);
        limits.check(Measure::VariablesBytes, bytes)?;
        limits.check(Measure::ListLength, longest_list)?;
        if nul {
            let message = format!("variable \"${name}\" must not contain the character U+0000");
            return Err(Rejection::new("BAD_USER_INPUT", message));
        }
    }
    Ok(())
}

/// How much there is of a value.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// Bytes of its names, texts and numbers; the marks between them are one byte each.
    text: usize,
    longest_list: usize,
    /// `PostgreSQL` has no text with U+0000, so that even to look for it would fail.
    nul: bool,
}

impl Extent {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::of_text(text),
            Value::Enum(name) => Self::of_text(name),
            // Files have limits of their own.
            Value::Binary(_) => Self::default(),
            // No number that JSON gives is longer.
            Value::Number(_) => Self { text: 20, ..Self::default() },
            Value::Null | Value::Boolean(_) => Self { text: 4, ..Self::default() },
            Value::List(items) => {
                let itself = Self { longest_list: items.len(), ..Self::default() };
                items.iter().map(Self::of).fold(itself, Self::beside)
            }
            Value::Object(entries) => entries
                .iter()
                .map(|(name, value)| Self::of_text(name).beside(Self::of(value)))
                .fold(Self::default(), Self::beside),
        }
    }

    fn of_text(text: &str) -> Self {
        Self { text: text.len(), longest_list: 0, nul: text.contains('\0') }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            text: self.text.saturating_add(other.text).saturating_add(1),
            longest_list: self.longest_list.max(other.longest_list),
            nul: self.nul || other.nul,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn there_is_not_too_much_of_a_variable() {
        let limits = Limits::default().with(Measure::VariablesBytes, 100);
        let limits = limits.with(Measure::ListLength, 3);
        let refusal = |x: Value| {
            let variables = Variables::from_value(value!({ "x": x }));
            check(&variables, &limits).err().map(|refused| refused.message)
        };
        assert_eq!(refusal(value!(["a", "b", "c"])), None);
        assert_eq!(refusal("x".repeat(99).into()), None);
        for (value, part) in [
            (value!(["a", "b", "c", "d"]), "GRAPHQL_MAX_LIST_LENGTH"),
            (value!([[], [[1, 2, 3, 4]]]), "GRAPHQL_MAX_LIST_LENGTH"),
            (value!({ "a": [1, 2, 3, 4] }), "GRAPHQL_MAX_LIST_LENGTH"),
            ("x".repeat(100).into(), "GRAPHQL_MAX_VARIABLES_BYTES"),
            (value!([("x".repeat(50)), ("x".repeat(50))]), "GRAPHQL_MAX_VARIABLES_BYTES"),
            (value!({ "a": [{ "b": "\u{0}" }] }), "U+0000"),
        ] {
            assert!(refusal(value).unwrap().contains(part), "{part}");
        }
    }
}
