//! Values, types and what variables are declared to be.

use async_graphql::{
    Name, Number, Positioned,
    indexmap::map::{Entry, IndexMap},
    parser::types::{BaseType, Type, VariableDefinition},
};
use async_graphql_value::Value;

use super::{Kind, Parser, Result, invalid, shown, syntax_error};

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Values {
    /// Where variables have values.
    Any,
    /// Where they have none yet.
    Constant,
}

impl Parser<'_> {
    pub(super) fn value(&mut self, which: Values) -> Result<Positioned<Value>> {
        let place = self.place();
        let value = match &self.token.kind {
            Kind::Mark("$") => {
                let value = self.variable()?;
                if which == Values::Constant {
                    let message = format!("the variable \"${}\" has no value here", value.node);
                    return Err(syntax_error(message, place));
                }
                Value::Variable(value.node)
            }
            Kind::Mark("[") => {
                Value::List(self.between(["[", "]"], true, |list| Ok(list.value(which)?.node))?)
            }
            Kind::Mark("{") => self.object(which)?,
            Kind::Int(_) | Kind::Float(_) => self.number()?,
            Kind::Text(_) | Kind::Name(_) => match self.take()?.kind {
                Kind::Text(text) => Value::String(text.into_owned()),
                Kind::Name("true") => Value::Boolean(true),
                Kind::Name("false") => Value::Boolean(false),
                Kind::Name("null") => Value::Null,
                Kind::Name(name) => Value::Enum(Name::new(name)),
                _ => Value::Null,
            },
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Positioned::new(value, place))
    }

    fn object(&mut self, which: Values) -> Result<Value> {
        let mut fields = IndexMap::new();
        self.between(["{", "}"], true, |object| {
            let name = object.name("the name of an input field")?;
            object.expect(":")?;
            let value = object.value(which)?.node;
            match fields.entry(name.node) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                    Ok(())
                }
                Entry::Occupied(entry) => {
                    let message =
                        format!("there can be only one input field named \"{}\"", entry.key());
                    Err(invalid(message, name.pos))
                }
            }
        })?;
        Ok(Value::Object(fields))
    }

    /// A whole number is one of 64 bits if it fits, as in JSON.
    fn number(&mut self) -> Result<Value> {
        let token = self.take()?;
        let (Kind::Int(text) | Kind::Float(text)) = token.kind else { return Ok(Value::Null) };
        let whole = match token.kind {
            Kind::Int(_) => text.parse::<i64>().map(Number::from).ok(),
            _ => None,
        };
        let whole = whole.or_else(|| text.parse::<u64>().map(Number::from).ok());
        let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
        number.map(Value::Number).ok_or_else(|| {
            syntax_error(format!("the number {} is too large", shown(text)), token.place)
        })
    }

    fn variable(&mut self) -> Result<Positioned<Name>> {
        self.expect("$")?;
        self.name("the name of a variable")
    }

    pub(super) fn variable_definitions(&mut self) -> Result<Vec<Positioned<VariableDefinition>>> {
        if !self.is("(") {
            return Ok(Vec::new());
        }
        self.between(["(", ")"], false, Self::variable_definition)
    }

    fn variable_definition(&mut self) -> Result<Positioned<VariableDefinition>> {
        let place = self.place();
        self.skip_description()?;
        let name = self.variable()?;
        self.expect(":")?;
        let var_type = self.ty()?;
        let default_value = match self.has("=")? {
            true => self.default_value()?,
            false => None,
        };
        let directives = self.directives(Values::Constant)?;
        let definition = VariableDefinition { name, var_type, directives, default_value };
        Ok(Positioned::new(definition, place))
    }

    fn default_value(&mut self) -> Result<Option<Positioned<async_graphql::Value>>> {
        let Positioned { pos, node } = self.value(Values::Constant)?;
        // There is no variable in it.
        Ok(node.into_const().map(|value| Positioned::new(value, pos)))
    }

    fn ty(&mut self) -> Result<Positioned<Type>> {
        let place = self.place();
        let base = if self.is("[") {
            self.open("[")?;
            let inner = self.ty()?.node;
            self.close("]")?;
            BaseType::List(Box::new(inner))
        } else {
            BaseType::Named(self.name("a type")?.node)
        };
        let nullable = !self.has("!")?;
        Ok(Positioned::new(Type { base, nullable }, place))
    }
}
