//! The size of the values of variables, which is limited before they are coerced.

use async_graphql::{Value, Variables};

use crate::{LimitKind, Limits, Operation, RequestError, error::BAD_USER_INPUT};

/// The least that a value takes, in bytes: a list of empty lists is long, too.
const VALUE: usize = 16;

/// Checks the size of the variables that `operation` declares, counted once and for each use.
/// Fails with `BAD_USER_INPUT` when a limit is exceeded or a text contains U+0000.
pub(crate) fn check(
    operation: &Operation,
    variables: &Variables,
    limits: &Limits,
) -> Result<(), RequestError> {
    let (mut bytes, mut copied) = (0_usize, 0_usize);
    for definition in &operation.definition().variable_definitions {
        let name = &definition.node.name.node;
        let default = definition.node.default_value.as_ref().map(|value| &value.node);
        let Some(value) = variables.get(name).or(default) else { continue };
        let VariableSize { bytes: size, longest_list, nul } = VariableSize::of(value);
        bytes = bytes.saturating_add(name.len()).saturating_add(size);
        copied = copied.saturating_add(size.saturating_mul(operation.normalized().uses_of(name)));
        limits.check(LimitKind::VariablesBytes, bytes)?;
        limits.check(LimitKind::VariablesBytes, copied).map_err(|refused| {
            let message = format!("{}, counted once for each use", refused.message);
            RequestError { message, ..refused }
        })?;
        limits.check(LimitKind::ListLength, longest_list)?;
        if nul {
            let message = format!("variable \"${name}\" must not contain the character U+0000");
            return Err(RequestError::new(BAD_USER_INPUT, message));
        }
    }
    Ok(())
}

/// The bytes of all values together.
pub(crate) fn bytes(variables: &Variables) -> usize {
    variables.values().map(|value| VariableSize::of(value).bytes).fold(0, usize::saturating_add)
}

/// The size of a value.
#[derive(Clone, Copy, Default)]
struct VariableSize {
    /// About how many bytes its names, texts, numbers and punctuators have.
    bytes: usize,
    longest_list: usize,
    /// Whether a text contains U+0000, which `PostgreSQL` has in no text: a statement fails.
    nul: bool,
}

impl VariableSize {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::of_text(text),
            Value::Enum(name) => Self::of_text(name),
            // Uploads have limits of their own.
            Value::Binary(_) => Self::default(),
            // No number in JSON is longer.
            Value::Number(_) => Self { bytes: 20, ..Self::default() },
            Value::Null | Value::Boolean(_) => Self { bytes: VALUE, ..Self::default() },
            Value::List(items) => {
                let itself = Self { bytes: VALUE, longest_list: items.len(), nul: false };
                items.iter().map(Self::of).fold(itself, Self::beside)
            }
            Value::Object(entries) => {
                let itself = Self { bytes: VALUE, ..Self::default() };
                let entries = entries.iter();
                entries
                    .map(|(name, value)| Self::of_text(name).beside(Self::of(value)))
                    .fold(itself, Self::beside)
            }
        }
    }

    fn of_text(text: &str) -> Self {
        Self { bytes: text.len().max(VALUE), longest_list: 0, nul: text.contains('\0') }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes).saturating_add(1),
            longest_list: self.longest_list.max(other.longest_list),
            nul: self.nul || other.nul,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::Document;

    #[test]
    fn the_size_of_a_variable_is_limited() {
        let limits = Limits::default().with(LimitKind::VariablesBytes, 200);
        let limits = limits.with(LimitKind::ListLength, 3);
        let document = Document::parse("query($x: X) { a(x: $x) }", &Limits::default()).unwrap();
        let operation = document.operation(None).unwrap();
        let refusal = |x: Value| {
            let variables = Variables::from_value(value!({ "x": x, "undeclared": "\0" }));
            check(&operation, &variables, &limits).err().map(|refused| refused.message)
        };
        assert_eq!(refusal(value!(["a", "b", "c"])), None);
        assert_eq!(refusal("x".repeat(199).into()), None);
        for (value, part) in [
            (value!(["a", "b", "c", "d"]), "GRAPHQL_MAX_LIST_LENGTH"),
            (value!([[], [[1, 2, 3, 4]]]), "GRAPHQL_MAX_LIST_LENGTH"),
            (value!({ "a": [1, 2, 3, 4] }), "GRAPHQL_MAX_LIST_LENGTH"),
            (value!([[[], [], []], [[], [], []], [[], [], []]]), "GRAPHQL_MAX_VARIABLES_BYTES"),
            ("x".repeat(200).into(), "GRAPHQL_MAX_VARIABLES_BYTES"),
            (value!([("x".repeat(100)), ("x".repeat(100))]), "GRAPHQL_MAX_VARIABLES_BYTES"),
            (value!({ "a": [{ "b": "\u{0}" }] }), "U+0000"),
        ] {
            assert!(refusal(value).unwrap().contains(part), "{part}");
        }
    }

    #[test]
    fn a_variable_is_counted_for_each_use() {
        let limits = Limits::default().with(LimitKind::VariablesBytes, 1_000);
        let refusal = |text: &str, variables: Value| {
            let document = Document::parse(text, &Limits::default()).unwrap();
            let operation = document.operation(None).unwrap();
            let variables = Variables::from_value(variables);
            check(&operation, &variables, &limits).err().map(|refused| refused.message)
        };
        let text = |bytes: usize| value!({ "x": ("x".repeat(bytes)) });
        let spread = |count: usize| {
            format!(
                "query($x: X) {{ {} }} fragment F on T {{ a(x: [$x, {{ y: $x }}]) ...G }} \
                 fragment G on T {{ ... {{ b(x: $x) }} }}",
                "...F ".repeat(count)
            )
        };
        let default = format!("query($x: X = \"{}\") {{ a(x: [$x, $x]) }}", "x".repeat(501));
        for (document, variables, refused) in [
            ("query($x: X) { a(x: $x) }", text(990), false),
            ("query($x: X) { a(x: $x) b(x: $x) }", text(500), false),
            ("query($x: X) { a(x: $x) b(x: $x) }", text(501), true),
            ("query($x: X) { a(x: 1) }", text(990), false),
            (&spread(10), text(33), false),
            (&spread(10), text(34), true),
            (&default, value!({}), true),
            (&default, text(2), false),
        ] {
            let found = refusal(document, variables);
            assert_eq!(found.is_some(), refused, "{document:.60} {found:?}");
            assert!(found.is_none_or(|message| message.contains("once for each use")));
        }
    }
}
