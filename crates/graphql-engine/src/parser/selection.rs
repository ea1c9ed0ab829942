//! What is selected of an object, and the directives and arguments there.

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
        let place = self.place();
        let items = self.delimited_list(["{", "}"], false, Self::selection)?;
        Ok(Positioned::new(SelectionSet { items }, place))
    }

    fn selection(&mut self) -> Result<Positioned<Selection>> {
        let place = self.place();
        let selection = if self.eat("...")? {
            if self.is_word("on") || !self.is_name() {
                let fragment = self.inline_fragment()?;
                Selection::InlineFragment(Positioned::new(fragment, place))
            } else {
                let fragment_name = self.expect_name("the name of a fragment")?;
                let directives = self.directives(Values::Any)?;
                let spread = FragmentSpread { fragment_name, directives };
                Selection::FragmentSpread(Positioned::new(spread, place))
            }
        } else {
            Selection::Field(Positioned::new(self.field()?, place))
        };
        Ok(Positioned::new(selection, place))
    }

    fn inline_fragment(&mut self) -> Result<InlineFragment> {
        let type_condition = if self.is_word("on") { Some(self.type_condition()?) } else { None };
        let directives = self.directives(Values::Any)?;
        let selection_set = self.selection_set()?;
        Ok(InlineFragment { type_condition, directives, selection_set })
    }

    pub(super) fn type_condition(&mut self) -> Result<Positioned<TypeCondition>> {
        let place = self.expect_word("on")?;
        let on = self.expect_name("a type")?;
        Ok(Positioned::new(TypeCondition { on }, place))
    }

    fn field(&mut self) -> Result<Field> {
        let place = self.place();
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
            Positioned::new(SelectionSet::default(), place)
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
            let place = self.expect("@")?;
            let name = self.expect_name("the name of a directive")?;
            let arguments = self.arguments(values)?;
            directives.push(Positioned::new(Directive { name, arguments }, place));
        }
        Ok(directives)
    }
}
