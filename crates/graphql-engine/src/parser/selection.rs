//! Selection sets with their arguments and directives.

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, Field, FragmentSpread, InlineFragment, Selection, SelectionSet, TypeCondition,
    },
};
use async_graphql_value::Value;

use super::{Parser, Result, value::Values};

type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

impl Parser<'_> {
    pub(super) fn selection_set(&mut self) -> Result<Positioned<SelectionSet>> {
        let position = self.position();
        let items = self.delimited_list(["{", "}"], false, Self::selection)?;
        Ok(Positioned::new(SelectionSet { items }, position))
    }

    fn selection(&mut self) -> Result<Positioned<Selection>> {
        let position = self.position();
        let selection = if self.eat("...")? {
            if self.is_word("on") || !self.is_name() {
                let fragment = self.inline_fragment()?;
                Selection::InlineFragment(Positioned::new(fragment, position))
            } else {
                let fragment_name = self.expect_name("the name of a fragment")?;
                let directives = self.directives(Values::Any)?;
                let spread = FragmentSpread { fragment_name, directives };
                Selection::FragmentSpread(Positioned::new(spread, position))
            }
        } else {
            Selection::Field(Positioned::new(self.field()?, position))
        };
        Ok(Positioned::new(selection, position))
    }

    fn inline_fragment(&mut self) -> Result<InlineFragment> {
        let type_condition = if self.is_word("on") { Some(self.type_condition()?) } else { None };
        let directives = self.directives(Values::Any)?;
        let selection_set = self.selection_set()?;
        Ok(InlineFragment { type_condition, directives, selection_set })
    }

    pub(super) fn type_condition(&mut self) -> Result<Positioned<TypeCondition>> {
        let position = self.expect_word("on")?;
        let on = self.expect_name("a type")?;
        Ok(Positioned::new(TypeCondition { on }, position))
    }

    fn field(&mut self) -> Result<Field> {
        let position = self.position();
        let first = self.expect_name("a field, \"...\" or \"}\"")?;
        let (alias, name) = if self.eat(":")? {
            (Some(first), self.expect_name("a field")?)
        } else {
            (None, first)
        };
        let arguments = self.arguments(Values::Any)?;
        let directives = self.directives(Values::Any)?;
        let selection_set = if self.is("{") {
            self.selection_set()?
        } else {
            Positioned::new(SelectionSet::default(), position)
        };
        Ok(Field { alias, name, arguments, directives, selection_set })
    }

    fn arguments(&mut self, values: Values) -> Result<Arguments> {
        if !self.is("(") {
            return Ok(Vec::new());
        }
        self.delimited_list(["(", ")"], false, |arguments| {
            let name = arguments.expect_name("the name of an argument")?;
            arguments.expect(":")?;
            Ok((name, arguments.value(values)?))
        })
    }

    pub(super) fn directives(&mut self, values: Values) -> Result<Vec<Positioned<Directive>>> {
        let mut directives = Vec::new();
        while self.is("@") {
            let position = self.expect("@")?;
            let name = self.expect_name("the name of a directive")?;
            let arguments = self.arguments(values)?;
            directives.push(Positioned::new(Directive { name, arguments }, position));
        }
        Ok(directives)
    }
}
