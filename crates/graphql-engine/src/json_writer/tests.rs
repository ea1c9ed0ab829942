//! Random operations over the same objects: async-graphql and this crate must give the same
//! answer.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, Data, EmptyMutation, EmptySubscription, OutputType, Positioned, Request,
    Response, Schema, ServerResult, ValidationMode, Value, Variables,
    futures_util::future::try_join_all, parser::types::Field, registry::Registry, value,
};
use proptest::prelude::*;

use crate::{
    Document, LimitKind, Limits, executor::Executor, internals::Environment, json, list::List,
};

/// A list as async-graphql resolves it, except that the path of an error is whole.
struct Stock<T>(Vec<T>);

impl<T> From<Vec<T>> for Stock<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T: OutputType> OutputType for Stock<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let items = self.0.iter().enumerate().map(async |(index, item)| {
            OutputType::resolve(item, &ctx.with_index(index), field).await
        });
        Ok(Value::List(try_join_all(items).await?))
    }
}

/// A tree of things whose fields answer at once or later, with values or errors.
macro_rules! things {
    ($name:ident, $list:ident) => {
        mod $name {
            use async_graphql::{ID, Object};
            use tokio::task::yield_now;

            #[derive(Clone, Copy)]
            pub(super) struct Thing(pub(super) u32);

            type Things = super::$list<Thing>;

            impl Thing {
                fn below(self) -> Vec<Thing> {
                    (1..=self.0 % 4).map(|n| Thing(self.0 * 5 + n)).collect()
                }
            }

            #[Object]
            impl Thing {
                async fn id(&self) -> ID {
                    self.0.into()
                }

                async fn number(&self, #[graphql(default = 1)] by: i32) -> i32 {
                    by.wrapping_mul(7)
                }

                async fn text(&self) -> Option<&str> {
                    (self.0 % 3 > 0).then_some("\"é\u{1}\\")
                }

                async fn later(&self) -> u32 {
                    for _ in 0..self.0 % 3 {
                        yield_now().await;
                    }
                    self.0
                }

                /// An error that makes the field null.
                async fn fails(&self) -> Option<Result<u32, &'static str>> {
                    Some(if self.0 % 2 == 0 { Ok(self.0) } else { Err("it failed") })
                }

                /// An error that makes the thing null.
                async fn breaks(&self) -> Result<u32, &'static str> {
                    if self.0 % 7 == 0 {
                        yield_now().await;
                    }
                    if self.0 % 5 == 4 { Err("it broke") } else { Ok(self.0) }
                }

                async fn one(&self) -> Thing {
                    Thing(self.0 + 1)
                }

                async fn maybe(&self) -> Option<Result<Thing, &'static str>> {
                    yield_now().await;
                    match self.0 % 4 {
                        0 => None,
                        1 => Some(Err("there is none")),
                        _ => Some(Ok(Thing(self.0 + 1))),
                    }
                }

                async fn things(&self) -> Things {
                    self.below().into()
                }

                async fn later_things(&self) -> Option<Result<Things, &'static str>> {
                    yield_now().await;
                    Some(if self.0 % 9 == 8 { Err("no things") } else { Ok(self.below().into()) })
                }
            }
        }
    };
}

things!(stock, Stock);
things!(ours, List);

/// Part of a selection of a thing.
#[derive(Clone, Debug)]
enum Part {
    Leaf(&'static str),
    /// The alias is made from the argument, so that one alias has one argument.
    Number(i32),
    Below(&'static str, Vec<Part>),
    Inline(Vec<Part>, Option<bool>),
    Spread(bool),
    Skip(&'static str, bool),
}

const LEAVES: [&str; 7] = ["id", "text", "__typename", "later", "fails", "breaks", "renamed: id"];
const BELOW: [&str; 5] = ["one", "maybe", "things", "laterThings", "other: things"];

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        6 => prop::sample::select(&LEAVES[..]).prop_map(Part::Leaf),
        1 => (0..3).prop_map(Part::Number),
        1 => any::<bool>().prop_map(Part::Spread),
        1 => (prop::sample::select(&LEAVES[..]), any::<bool>())
            .prop_map(|(leaf, yes)| Part::Skip(leaf, yes)),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let parts = prop::collection::vec(inner, 1..5);
        prop_oneof![
            4 => (prop::sample::select(&BELOW[..]), parts.clone())
                .prop_map(|(name, parts)| Part::Below(name, parts)),
            1 => (parts, any::<Option<bool>>()).prop_map(|(parts, on)| Part::Inline(parts, on)),
        ]
    })
}

fn text(parts: &[Part]) -> String {
    let texts = parts.iter().map(|part| match part {
        Part::Leaf(name) => (*name).to_owned(),
        Part::Number(0) => "number".to_owned(),
        Part::Number(1) => "n1: number(by: $by)".to_owned(),
        Part::Number(n) => format!("n{n}: number(by: {n})"),
        Part::Below(name, parts) => format!("{name} {}", text(parts)),
        Part::Inline(parts, None) => format!("... {}", text(parts)),
        Part::Inline(parts, Some(true)) => format!("... on Thing {}", text(parts)),
        Part::Inline(parts, Some(false)) => format!("... @skip(if: $yes) {}", text(parts)),
        Part::Spread(true) => "...Some".to_owned(),
        Part::Spread(false) => "...Some @include(if: $no)".to_owned(),
        Part::Skip(name, true) => format!("{name} @skip(if: $no)"),
        Part::Skip(name, false) => format!("{name} @include(if: $no)"),
    });
    format!("{{ {} }}", texts.collect::<Vec<_>>().join(" "))
}

/// The answer of async-graphql.
async fn ask<T: async_graphql::ObjectType + 'static>(
    root: T,
    request: Request,
) -> (String, Vec<String>) {
    let schema = Schema::build(root, EmptyMutation, EmptySubscription)
        // A plan has objects whose fields are all left out.
        .validation_mode(ValidationMode::Fast)
        .finish();
    shown(&schema.execute(request).await)
}

/// An answer's data as JSON, and its errors.
fn shown(response: &Response) -> (String, Vec<String>) {
    let mut data = Vec::new();
    json::write(&response.data, &mut data);
    let errors = response.errors.iter().map(|error| serde_json::to_string(error).unwrap());
    (String::from_utf8(data).unwrap(), errors.collect())
}

fn check(root: u32, parts: &[Part]) -> Result<(), TestCaseError> {
    let query = format!(
        "query($by: Int, $yes: Boolean!, $no: Boolean! = false) {} \
         fragment Some on Thing {{ id later things {{ number ...Leaf }} }} \
         fragment Leaf on Thing {{ text id }}",
        text(parts)
    );
    let variables = || Variables::from_value(value!({ "by": 3, "yes": true, "no": false }));
    let limits = [LimitKind::Fields, LimitKind::RootFields, LimitKind::Aliases, LimitKind::Depth]
        .into_iter()
        .fold(Limits::default(), |limits, of| limits.with(of, 10_000));
    let document = Document::parse(&query, &limits).unwrap();
    let operation = document.operation(None).unwrap();
    let plan = operation.plan(&variables());
    let schema = Schema::build(ours::Thing(root), EmptyMutation, EmptySubscription);
    let environment = Environment::of(schema).unwrap();
    let executor = Executor::new(ours::Thing(root), EmptyMutation, environment);
    let mut planned = Request::new("").variables(variables());
    planned.set_parsed_query(plan.document());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ours = shown(&runtime.block_on(executor.execute(&plan, variables(), Data::default())));
    let listed = runtime.block_on(ask(stock::Thing(root), planned));
    prop_assert_eq!(&ours, &listed, "{}", query);
    // async-graphql resolves a field twice that is selected twice, and reports errors twice.
    let request = Request::new(&query).variables(variables());
    let whole = runtime.block_on(ask(stock::Thing(root), request));
    if whole.1.is_empty() {
        prop_assert_eq!(&ours, &whole, "{}", query);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn responses_equal_those_of_async_graphql(
        root in 0..60_u32,
        parts in prop::collection::vec(part(), 1..6),
    ) {
        check(root, &parts)?;
    }
}
