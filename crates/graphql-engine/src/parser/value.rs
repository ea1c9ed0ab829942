//! Values, types and definitions of variables.

use async_graphql::{
    Name, Number, Positioned,
    indexmap::map::{Entry, IndexMap},
    parser::types::{BaseType, Type, VariableDefinition},
};
use async_graphql_value::Value;

use super::{Kind, Parser, Result, invalid, shown, syntax_error};

/// Which values are allowed at a position.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Values {
    /// Values with variables.
    Any,
    /// Values without variables.
    Constant,
}

impl Parser<'_> {
    pub(super) fn value(&mut self, which: Values) -> Result<Positioned<Value>> {
        let position = self.position();
        let value = match &self.token.kind {
            Kind::Punctuator("$") => {
                let value = self.variable()?;
                if which == Values::Constant {
                    let message = format!("the variable \"${}\" has no value here", value.node);
                    return Err(syntax_error(message, position));
                }
                Value::Variable(value.node)
            }
            Kind::Punctuator("[") => {
                Value::List(
                    self.delimited_list(["[", "]"], true, |list| Ok(list.value(which)?.node))?,
                )
            }
            Kind::Punctuator("{") => self.object(which)?,
            &Kind::Int(text) => {
                let whole = text.parse::<i64>().map(Number::from);
                let whole = whole.or_else(|_| text.parse::<u64>().map(Number::from)).ok();
                self.number(text, whole)?
            }
            &Kind::Float(text) => self.number(text, None)?,
            Kind::Text(_) => self.text()?,
            &Kind::Name(name) => {
                let value = match name {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    "null" => Value::Null,
                    name => Value::Enum(Name::new(name)),
                };
                self.take()?;
                value
            }
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Positioned::new(value, position))
    }

    fn object(&mut self, which: Values) -> Result<Value> {
        let mut fields = IndexMap::new();
        self.delimited_list(["{", "}"], true, |object| {
            let name = object.expect_name("the name of an input field")?;
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

    /// A number: an integer if it has at most 64 bits, as in JSON.
    fn number(&mut self, text: &str, whole: Option<Number>) -> Result<Value> {
        let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
        let number = number.ok_or_else(|| {
            syntax_error(format!("the number {} is too large", shown(text)), self.position())
        })?;
        self.take()?;
        Ok(Value::Number(number))
    }

    fn text(&mut self) -> Result<Value> {
        Ok(match self.take()?.kind {
            Kind::Text(text) => Value::String(text.into_owned()),
            _ => Value::Null,
        })
    }

    fn variable(&mut self) -> Result<Positioned<Name>> {
        self.expect("$")?;
        self.expect_name("the name of a variable")
    }

    pub(super) fn variable_definitions(&mut self) -> Result<Vec<Positioned<VariableDefinition>>> {
        if !self.is("(") {
            return Ok(Vec::new());
        }
        self.delimited_list(["(", ")"], false, Self::variable_definition)
    }

    fn variable_definition(&mut self) -> Result<Positioned<VariableDefinition>> {
        let position = self.position();
        self.skip_description()?;
        let name = self.variable()?;
        self.expect(":")?;
        let var_type = self.ty()?;
        let default_value = if self.eat("=")? { self.default_value()? } else { None };
        let directives = self.directives(Values::Constant)?;
        let definition = VariableDefinition { name, var_type, directives, default_value };
        Ok(Positioned::new(definition, position))
    }

    fn default_value(&mut self) -> Result<Option<Positioned<async_graphql::Value>>> {
        let Positioned { pos, node } = self.value(Values::Constant)?;
        // There is no variable in it.
        Ok(node.into_const().map(|value| Positioned::new(value, pos)))
    }

    fn ty(&mut self) -> Result<Positioned<Type>> {
        let position = self.position();
        let base = if self.is("[") {
            self.open("[")?;
            let inner = self.ty()?.node;
            self.close("]")?;
            BaseType::List(Box::new(inner))
        } else {
            BaseType::Named(self.expect_name("a type")?.node)
        };
        let nullable = !self.eat("!")?;
        Ok(Positioned::new(Type { base, nullable }, position))
    }
}
